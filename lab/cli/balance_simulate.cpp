// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/files.hpp"
#include "session.hpp"
#include "simulation_table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string scenario;
  std::string csv;
  bool quick = false;
  bool json = false;
};

void run(const Options& options) {
  const SimulationRuns all = run_all(simulation::load_scenario(options.scenario), options.quick, options.scenario);
  if (!options.csv.empty()) {
    write_file(options.csv, csv_of(all));
    talk(fmt::format("every run is in {}", options.csv));
  }
  tell(options.json ? json_of(all) : text_of(all));
}

} // namespace

void add_balance_simulate(CLI::App& balance) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = balance.add_subcommand(
      "simulate", "policies beside each other on a simulated cluster, seed by seed (docs/simulator.md)");
  verb->add_option("SCENARIO", options->scenario, "NAME.sim.yaml; `migralab schema balance-scenario` describes it")
      ->required();
  verb->add_flag("--quick", options->quick, "the short form that the scenario has");
  verb->add_option("--csv", options->csv, "a file for every run, a line each");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options] { run(*options); });
}

} // namespace migralab
