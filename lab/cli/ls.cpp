// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

/// "up", "starting", "unfinished" where its `up` was killed, or "ended" where the keeper is gone and only files are
/// left.
std::string condition(const std::optional<LabState>& state) {
  if (state && state->simulated) {
    return "up";
  }
  if (!state || !keeper_runs(state->keeper)) {
    return "ended";
  }
  if (state->phase == LabState::Phase::up) {
    return "up";
  }
  return is_being_made(LabFolder(state->lab)) ? "starting" : "unfinished";
}

std::optional<LabState> read_or_nothing(const std::string& lab) {
  try {
    return LabFolder(lab).read();
  } catch (const Error&) {
    return std::nullopt; // a damaged record: listed as ended, `down` clears it
  }
}

void ls(bool json) {
  std::vector<std::vector<std::string>> rows{{"LAB", "STATE", "GUESTS RUN BY", "CREATED", "TOPOLOGY"}};
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::string& lab : lab_names()) {
    const auto state = read_or_nothing(lab);
    const LabState known = state.value_or(LabState{});
    list.push_back(
        {{"lab", lab},
         {"state", condition(state)},
         {"accelerator", known.accelerator},
         {"created", known.created},
         {"topology", known.topology_file.native()},
         {"uuid", known.uuid}});
    rows.push_back({lab, condition(state), known.accelerator, known.created, known.topology_file.native()});
  }
  if (json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"schema", "migralab.labs/1"}, {"labs", list}}.dump(2));
  } else if (list.empty()) {
    talk("no lab is up");
  } else {
    fmt::print("{}", render_rows(rows));
  }
}

} // namespace

void add_ls(CLI::App& app, Outcome& /*outcome*/) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("ls", "list the labs of this user");
  verb->add_flag("--json", *json, "for scripts");
  verb->callback([json] { ls(*json); });
}

} // namespace migralab
