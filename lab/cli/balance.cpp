// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/policies.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using simulation::PolicyInfo;

void print_policies() {
  for (const PolicyInfo& policy : simulation::policies()) {
    fmt::print("{}: {}\n  runs {}\n", policy.name, policy.about, policy.live ? "live and simulated" : "simulated");
    if (!policy.source.empty()) {
      fmt::print("  {}\n", policy.source);
    }
    if (policy.parameters.empty()) {
      fmt::print("  no parameters\n\n");
      continue;
    }
    std::vector<std::vector<std::string>> rows{{"  PARAMETER", "DEFAULT", ""}};
    for (const balance::ParameterInfo& parameter : policy.parameters) {
      rows.push_back({"  " + parameter.name, parameter.value, parameter.about});
    }
    fmt::print("{}\n", render_rows(rows));
  }
}

void print_policies_as_json() {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const PolicyInfo& policy : simulation::policies()) {
    Json parameters = Json::array();
    for (const balance::ParameterInfo& parameter : policy.parameters) {
      parameters.push_back({{"name", parameter.name}, {"default", parameter.value}, {"about", parameter.about}});
    }
    list.push_back(
        {{"name", policy.name},
         {"about", policy.about},
         {"source", policy.source},
         {"runs", policy.live ? Json{"live", "simulated"} : Json{"simulated"}},
         {"parameters", parameters}});
  }
  fmt::print("{}\n", Json{{"schema", "migralab.policies/1"}, {"policies", list}}.dump(2));
}

} // namespace

void add_balance(CLI::App& app, Outcome& outcome) {
  CLI::App* balance = app.add_subcommand("balance", "which guests should move, and where to (docs/balancing.md)");
  balance->require_subcommand(1);
  add_balance_decide(*balance);
  add_balance_run(*balance, outcome);
  add_balance_replay(*balance);
  add_balance_simulate(*balance);
  add_balance_compare(*balance);
  add_balance_hbal(*balance);
  auto json = std::make_shared<bool>(false);
  CLI::App* list = balance->add_subcommand("policies", "the policies and their parameters");
  list->add_flag("--json", *json, "for scripts");
  list->callback([json] {
    if (*json) {
      print_policies_as_json();
    } else {
      print_policies();
    }
  });
}

} // namespace migralab
