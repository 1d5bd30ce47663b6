// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/units.hpp"
#include "migralab/experiment/experiment.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/substrate/nodes.hpp"
#include "network_bytes.hpp"
#include "reachable_address.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <thread>

namespace migralab {

namespace {

constexpr auto counter_interval = std::chrono::milliseconds(100);
constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t echo_port = 7;

/// Looks at the interrupt flag while time passes.
void settle(Nanoseconds span) {
  const Deadline deadline(span);
  while (!deadline.passed()) {
    throw_if_interrupted();
    std::this_thread::sleep_for(std::min<Nanoseconds>(std::chrono::milliseconds(50), deadline.left()));
  }
}

/// Everything that measures while the experiment goes on.
class Observers {
public:
  Observers(const Experiment& experiment, const Topology& topology) {
    ProbeTarget target;
    target.address = reachable_address(experiment, topology).value(); // check_experiment has made sure
    target.enter = [client = experiment.client] { join_network_of(client); };
    if (experiment.udp_rate) {
      target.port = echo_port;
      target.rate = *experiment.udp_rate;
      probes_.push_back(start_udp_echo_probe(target));
    }
    if (experiment.http) {
      target.port = http_port;
      target.rate = experiment.http->rate;
      target.path = experiment.http->path;
      probes_.push_back(start_http_probe(target));
    }
    counters_ = start_counter_sampler(counter_interval, [] { join_network_of(switch_node); });
  }

  void stop_into(RunOutcome& run) {
    for (const auto& probe : probes_) {
      run.traces.push_back(probe->stop());
    }
    run.counters = counters_->stop();
  }

private:
  std::vector<std::unique_ptr<Probe>> probes_;
  std::unique_ptr<CounterSampler> counters_;
};

void evaluate(TrialOutcome& trial, const RunOutcome& run, const Topology& topology, Nanoseconds settle_time) {
  const Instant from = trial.migration.began;
  const Instant to = trial.migration.ended + settle_time;
  for (const ProbeTrace& trace : run.traces) {
    if (const auto outage = longest_outage(trace, from, to)) {
      trial.outages[trace.probe] = *outage;
    }
    trial.never_returned[trace.probe] = never_returned(trace, trial.migration.ended);
    trial.summary[trace.probe] = summarize(trace, from, to);
  }
  trial.network_bytes = bytes_between(run.counters, topology, from, trial.migration.ended);
}

/// A migration that could not even be tried (the guest has ended, a daemon is gone) is an outcome, too: what was
/// measured before it counts.
MigrationRecord try_migration(
    const std::string& guest,
    const std::string& from,
    const std::string& to,
    bool copy_storage,
    Interior& lab) {
  MigrationRecord record;
  record.guest = guest;
  record.from = from;
  record.to = to;
  record.began = std::chrono::steady_clock::now();
  try {
    MigrationOptions options;
    options.copy_storage = copy_storage;
    return lab.migrate(guest, to, options);
  } catch (const Error& error) {
    throw_if_interrupted();
    record.error = error.what();
  }
  record.ended = std::chrono::steady_clock::now();
  return record;
}

std::string trial_line(const TrialOutcome& trial, std::size_t count) {
  const MigrationRecord& migration = trial.migration;
  if (!migration.succeeded) {
    return fmt::format(
        "migration {}/{}: {} to {} failed: {}", trial.trial, count, migration.from, migration.to, migration.error);
  }
  return fmt::format(
      "migration {}/{}: {} to {} in {}",
      trial.trial,
      count,
      migration.from,
      migration.to,
      human(migration.total_time()));
}

} // namespace

std::vector<std::pair<std::string, std::string>> trials_of(const Experiment& experiment, const Topology& topology) {
  std::vector<std::pair<std::string, std::string>> trials;
  std::string here = guest_of(topology, experiment.guest).host;
  for (unsigned repetition = 0; repetition < experiment.repetitions; ++repetition) {
    for (const std::string& next : experiment.route) {
      trials.emplace_back(here, next);
      here = next;
    }
  }
  return trials;
}

RunOutcome run_experiment(
    const Experiment& experiment,
    const Topology& topology,
    Interior& lab,
    const std::function<void(const std::string&)>& talk) {
  RunOutcome run;
  run.experiment = experiment.name;
  run.lab = topology.lab;
  run.origin = std::chrono::steady_clock::now();
  const auto trials = trials_of(experiment, topology);
  Observers observers(experiment, topology);
  settle(experiment.settle);
  for (const auto& [from, to] : trials) {
    TrialOutcome trial;
    trial.trial = static_cast<unsigned>(run.trials.size() + 1);
    trial.migration = try_migration(experiment.guest, from, to, experiment.copy_storage, lab);
    throw_if_interrupted();
    talk(trial_line(trial, trials.size()));
    settle(experiment.settle);
    const bool moved = trial.migration.succeeded;
    run.trials.push_back(std::move(trial));
    if (!moved) {
      talk("the guest is not where the next migration expects it: the rest is left out");
      break;
    }
  }
  observers.stop_into(run);
  name_ports(run.counters, port_names(topology));
  for (TrialOutcome& trial : run.trials) {
    evaluate(trial, run, topology, experiment.settle);
  }
  return run;
}

} // namespace migralab
