// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/simulation/policies.hpp"
#include "session.hpp"
#include "simulation_table.hpp"
#include "timed_balancer.hpp"
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

SimulationRun simulated(const simulation::ScenarioFile& file, Nanoseconds length, std::size_t policy, unsigned seed) {
  const simulation::PolicyChoice& choice = file.policies[policy];
  const auto balancer = simulation::make_policy(choice.policy, simulation::settings_of(choice, seed), file.interval);
  TimedBalancer timed(*balancer);
  SimulationRun run{policy, seed, {}, {}};
  run.outcome = simulation::simulate(simulation::scenario_of(file, length, seed), timed);
  run.mean_decision = timed.mean();
  return run;
}

void run(const Options& options) {
  const simulation::ScenarioFile file = simulation::load_scenario(options.scenario);
  const simulation::Extent& extent = options.quick ? file.quick : file.full;
  SimulationTable table{file, extent, options.quick, {}};
  for (std::size_t policy = 0; policy < file.policies.size(); ++policy) {
    for (unsigned seed = 1; seed <= extent.seeds; ++seed) {
      throw_if_interrupted(); // no table of some of the runs
      table.runs.push_back(with_context(
          fmt::format("{}: policy '{}', seed {}", options.scenario, file.policies[policy].label, seed),
          [&] { return simulated(file, extent.length, policy, seed); }));
    }
  }
  if (!options.csv.empty()) {
    write_file(options.csv, csv_of(table));
    talk(fmt::format("every run is in {}", options.csv));
  }
  tell(options.json ? json_of(table) : text_of(table));
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
