// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/cluster_file.hpp"
#include "migralab/balance/decision_json.hpp"
#include "migralab/experiment/experiment.hpp"
#include "migralab/simulation/scenario_file.hpp"
#include "migralab/topology/load.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <map>
#include <memory>
#include <string>

namespace migralab {

void add_schema(CLI::App& app, Outcome& /*outcome*/) {
  static const std::map<std::string, std::string (*)()> schemas{
      {"topology", topology_schema},
      {"experiment", experiment_schema},
      {"balance-state", balance::cluster_schema},
      {"balance-decision", balance::decision_schema},
      {"balance-scenario", simulation::scenario_schema}};
  auto kind = std::make_shared<std::string>("topology");
  CLI::App* verb = app.add_subcommand("schema", "print the JSON Schema of a kind of file, for editors and scripts");
  verb->add_option("KIND", *kind, "topology, experiment, balance-state, balance-decision or balance-scenario")
      ->check(CLI::IsMember({"topology", "experiment", "balance-state", "balance-decision", "balance-scenario"}))
      ->capture_default_str();
  verb->callback([kind] { fmt::print("{}", schemas.at(*kind)()); });
}

} // namespace migralab
