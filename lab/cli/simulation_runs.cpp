// SPDX-License-Identifier: Apache-2.0
#include "simulation_runs.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/simulation/gap.hpp"
#include "migralab/simulation/policies.hpp"
#include "migralab/statistics/summary.hpp"
#include "timed_balancer.hpp"

#include <fmt/format.h>
#include <utility>

namespace migralab {

namespace {

SimulationRun one_run(const simulation::ScenarioFile& file, Nanoseconds length, std::size_t policy, unsigned seed) {
  const simulation::PolicyChoice& choice = file.policies[policy];
  const auto balancer = simulation::make_policy(choice.policy, simulation::settings_of(choice, seed), file.interval);
  TimedBalancer timed(*balancer);
  SimulationRun run{policy, seed, {}, {}, {}};
  simulation::GapMeter meter(timed);
  run.outcome = simulation::simulate(simulation::scenario_of(file, length, seed), meter);
  run.mean_decision = timed.mean();
  run.gap = meter.mean();
  return run;
}

} // namespace

SimulationRuns run_all(simulation::ScenarioFile file, bool quick, const std::string& name) {
  SimulationRuns all{std::move(file), {}, quick, {}};
  all.extent = quick ? all.file.quick : all.file.full;
  for (std::size_t policy = 0; policy < all.file.policies.size(); ++policy) {
    for (unsigned seed = 1; seed <= all.extent.seeds; ++seed) {
      throw_if_interrupted(); // no table of some of the runs
      all.runs.push_back(
          with_context(fmt::format("{}: policy '{}', seed {}", name, all.file.policies[policy].label, seed), [&] {
            return one_run(all.file, all.extent.length, policy, seed);
          }));
    }
  }
  return all;
}

std::vector<double> values_of(const SimulationRuns& all, std::size_t policy, const simulation::Measure& measure) {
  std::vector<double> values;
  for (const SimulationRun& run : all.runs) {
    if (run.policy == policy) {
      values.push_back(measure.value(run.outcome));
    }
  }
  return values;
}

std::optional<double> median_gap(const SimulationRuns& all, std::size_t policy) {
  std::vector<double> values;
  for (const SimulationRun& run : all.runs) {
    if (run.policy == policy && run.gap) {
      values.push_back(*run.gap);
    }
  }
  return values.empty() ? std::nullopt : std::optional(median(values));
}

std::string gap_words(const std::optional<double>& gap) {
  constexpr double points = 100;
  return gap ? fmt::format("{:.1f}", *gap * points) : "-";
}

Nanoseconds median_decision(const SimulationRuns& all, std::size_t policy) {
  std::vector<double> values;
  for (const SimulationRun& run : all.runs) {
    if (run.policy == policy) {
      values.push_back(static_cast<double>(run.mean_decision.count()));
    }
  }
  return Nanoseconds(static_cast<Nanoseconds::rep>(median(values)));
}

std::size_t guests_of(const simulation::ScenarioFile& file) {
  std::size_t guests = file.trace.guests.size();
  for (const simulation::GuestGroup& group : file.groups) {
    guests += group.guests.size();
  }
  return guests;
}

std::string title_of(const SimulationRuns& all) {
  const simulation::ScenarioFile& file = all.file;
  const Nanoseconds::rep steps =
      all.extent.length.count() > 0 ? all.extent.length / file.interval : Nanoseconds::rep(file.trace.steps);
  const Nanoseconds length = steps * file.interval; // in whole samples
  const std::string title = fmt::format(
      "simulated, not measured: {}, {} guests on {} hosts, {:g} s with a sample every {:g} s{}\n",
      file.name,
      guests_of(file),
      file.hosts.size(),
      std::chrono::duration<double>(length).count(),
      std::chrono::duration<double>(file.interval).count(),
      all.quick ? "; quick: to see that it works" : "");
  return title + (file.about.empty() ? "" : file.about + "\n");
}

} // namespace migralab
