// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/audit.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/interior.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace migralab {

namespace {

struct Options {
  std::string lab;
  std::string host;
  bool json = false;
};

/// The hosts of a lab, where it runs. The list comes out of the lab as a file: what looks inside is a process of its
/// own.
std::vector<AuditItem> look_inside(const std::string& lab) {
  const auto state = LabFolder(lab).read();
  if (!state || state->phase != LabState::Phase::up || !keeper_runs(state->keeper)) {
    return {};
  }
  const OpenLab open = open_lab(lab);
  const std::string file = (LabFolder(lab).path() / fmt::format("audit.{}.json", ::getpid())).native();
  inside(
      open.state.keeper,
      [&] {
        SystemRunner runner;
        nlohmann::json list = nlohmann::json::array();
        for (const AuditItem& item : audit_hosts(open.topology, open.state, runner)) {
          list.push_back({static_cast<int>(item.verdict), item.lab, item.place, item.kind, item.what});
        }
        write_file(file, list.dump());
        return 0;
      },
      std::chrono::minutes(2));
  std::vector<AuditItem> items;
  for (const auto& item : nlohmann::json::parse(read_file(file))) {
    items.push_back(
        {static_cast<AuditItem::Verdict>(item.at(0).get<int>()), item.at(1), item.at(2), item.at(3), item.at(4)});
  }
  std::filesystem::remove(file);
  return items;
}

/// The hosts of a lab that outlive it.
std::vector<AuditItem> look_at_remote_hosts(const std::string& lab) {
  const LabFolder folder(lab);
  const auto state = folder.read();
  if (!state || state->simulated || !std::filesystem::exists(folder.topology())) {
    return {};
  }
  SystemRunner runner;
  return audit_remote_hosts(deployed_topology(folder, *state), *state, runner);
}

/// The machine, and the hosts of every lab that runs, or of one.
std::vector<AuditItem> look(const std::string& wished) {
  std::vector<AuditItem> items = audit_machine();
  for (const std::string& lab : lab_names()) {
    if (!wished.empty() && lab != wished) {
      continue;
    }
    for (const auto look_there : {look_inside, look_at_remote_hosts}) {
      try {
        const std::vector<AuditItem> found = look_there(lab);
        items.insert(items.end(), found.begin(), found.end());
      } catch (const Error& error) {
        if (error.status() == ExitStatus::interrupted) {
          throw;
        }
        items.push_back({AuditItem::Verdict::left_over, lab, "its hosts", "lab", error.what()});
      }
    }
  }
  if (!wished.empty()) {
    std::erase_if(items, [&](const AuditItem& item) { return !item.lab.empty() && item.lab != wished; });
  }
  return items;
}

std::vector<AuditItem> look_at_machine(const std::string& destination, const std::string& wished) {
  SystemRunner runner;
  std::vector<AuditItem> items = audit_machine_at(destination, runner);
  if (!wished.empty()) {
    std::erase_if(items, [&](const AuditItem& item) { return item.lab != wished; });
  }
  return items;
}

int audit(const Options& options) {
  const std::vector<AuditItem> items =
      options.host.empty() ? look(options.lab) : look_at_machine(options.host, options.lab);
  const auto left = std::count_if(
      items.begin(), items.end(), [](const AuditItem& item) { return item.verdict == AuditItem::Verdict::left_over; });
  if (options.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const AuditItem& item : items) {
      list.push_back(
          {{"verdict", to_string(item.verdict)},
           {"lab", item.lab},
           {"place", item.place},
           {"kind", item.kind},
           {"what", item.what}});
    }
    fmt::print("{}\n", nlohmann::ordered_json{{"schema", "migralab.audit/1"}, {"items", list}}.dump(2));
  } else {
    std::vector<std::vector<std::string>> rows{{"VERDICT", "LAB", "PLACE", "KIND", "WHAT"}};
    for (const AuditItem& item : items) {
      rows.push_back({std::string(to_string(item.verdict)), item.lab, item.place, item.kind, item.what});
    }
    if (!items.empty()) {
      fmt::print("{}", render_rows(rows));
    } else {
      fmt::print(
          "nothing of {} is on {}\n",
          options.lab.empty() ? "any lab" : "lab " + options.lab,
          options.host.empty() ? "this machine" : options.host);
    }
  }
  if (left > 0) {
    talk(fmt::format("{} left over: `migralab down LAB` removes what is of a lab, `migralab down --all` all", left));
  }
  return left > 0 ? 1 : 0;
}

} // namespace

void add_audit(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "audit",
      "list every object of labs on this machine and its hosts, and what looks like one; exit code 1: something is "
      "left over");
  verb->add_option("LAB", options->lab, "this lab only");
  verb->add_option(
      "--host", options->host, "look at this machine instead, where ssh finds it: all labs that it knows of");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options, &outcome] { outcome.code = audit(*options); });
}

} // namespace migralab
