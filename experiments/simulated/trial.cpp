// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulated/trial.hpp"

#include "balancing.hpp"
#include "flight.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/experiment/runner.hpp"
#include "migralab/plan/plan.hpp"
#include "probes.hpp"

#include <algorithm>
#include <cmath>

namespace migralab {

namespace {

using simulated::World;

constexpr Instant noon{std::chrono::hours(12)};
constexpr auto sampling_interval = std::chrono::milliseconds(50); // of counters and processors, as in a real lab
constexpr auto telling_interval = std::chrono::seconds(1);        // of workloads
constexpr auto beat = std::chrono::milliseconds(100);             // of gap detectors
constexpr auto longest = std::chrono::hours(24);

std::string measured_guest(const Experiment& experiment) {
  return experiment.routes.empty() ? "" : experiment.routes.front().guest;
}

/// The trial goes on: what samplers would have read meanwhile.
class Watch {
public:
  Watch(World& world, const std::vector<WorkloadSpec>& workloads, TrialOutcome& trial)
      : world_(world), workloads_(workloads), trial_(trial) {
    for (const WorkloadSpec& spec : workloads) {
      trial.workloads.push_back(
          {.name = spec.name,
           .kind = spec.kind,
           .node = spec.node,
           .began = world.timeline().now(),
           .ended = {},
           .samples = {},
           .error = {},
           .output = {}});
    }
    every(sampling_interval, [this] { sample(); });
    every(telling_interval, [this] { tell(); });
    if (std::any_of(workloads.begin(), workloads.end(), [](const auto& spec) { return spec.kind == "gap-detector"; })) {
      every(beat, [this] { tell_beats(); });
    }
  }

  void finish() {
    for (WorkloadTrace& trace : trial_.workloads) {
      trace.ended = world_.timeline().now();
      if (trace.kind == "gap-detector") {
        add_gaps(trace);
      }
    }
  }

private:
  template <typename What> void every(Nanoseconds span, What what) {
    world_.timeline().after(span, [this, span, what] {
      what();
      every(span, what);
    });
  }

  void sample() {
    const Instant now = world_.timeline().now();
    ProcessorSample processors{.at = now, .used = {}};
    for (const HostSpec& host : world_.topology().hosts) {
      Nanoseconds& used = used_[host.name];
      used += std::chrono::duration_cast<Nanoseconds>(sampling_interval * world_.used_on(host.name));
      processors.used[host.name] = used;
    }
    trial_.processors.push_back(std::move(processors));
    CounterSample counters{.at = now, .interfaces = {}};
    for (const auto& [cable, bytes] : world_.links().carried()) { // "lan.h1.up"
      const std::size_t dot = cable.rfind('.');
      InterfaceCount& count = counters.interfaces[cable.substr(0, dot)];
      (cable.substr(dot) == ".up" ? count.received_bytes : count.sent_bytes) = static_cast<std::uint64_t>(bytes);
    }
    trial_.counters.push_back(std::move(counters));
  }

  /// What there is a model of: how much of what it wants a guest gets.
  void tell() {
    for (std::size_t i = 0; i < workloads_.size(); ++i) {
      const auto& places = world_.places();
      if (places.contains(workloads_[i].node) && workloads_[i].kind != "gap-detector") {
        constexpr double percent = 100;
        trial_.workloads[i].samples.push_back(
            {world_.timeline().now(), "speed", "%", percent * world_.speed_of(workloads_[i].node)});
      }
    }
  }

  void tell_beats() {
    for (std::size_t i = 0; i < workloads_.size(); ++i) {
      if (workloads_[i].kind == "gap-detector" && world_.speed_of(workloads_[i].node) > 0) {
        trial_.workloads[i].samples.push_back({world_.timeline().now(), "lag", "ms", 0});
      }
    }
  }

  void add_gaps(WorkloadTrace& trace) {
    for (const simulated::Standstill& one : world_.standstills(trace.node)) {
      const double ms = std::chrono::duration<double, std::milli>(one.to - one.from).count();
      trace.samples.push_back({one.to, "gap_monotonic", "ms", ms});
    }
    std::stable_sort(
        trace.samples.begin(), trace.samples.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  }

  World& world_;
  const std::vector<WorkloadSpec>& workloads_;
  TrialOutcome& trial_;
  std::map<std::string, Nanoseconds> used_;
};

void place_guests(World& world, const PlannedTrial& planned, const Cell& cell) {
  for (const GuestRoute& route : cell.experiment.routes) {
    world.place(
        route.guest, planned.leg == 1 ? guest_of(cell.topology, route.guest).host : route.hosts.at(planned.leg - 2));
  }
}

/// As libvirt measures it: distinct pages of a period, per second.
void ask_for_dirty_rates(World& world, TrialOutcome& trial) {
  for (GuestOutcome& guest : trial.guests) {
    for (const auto period : {std::chrono::seconds(1), std::chrono::seconds(2)}) {
      const auto span = static_cast<double>(period.count());
      const double bytes = simulated::dirtied(world.writers_of(guest.guest), span) / span;
      guest.dirty_rates.push_back({period, Bytes{static_cast<std::uint64_t>(std::llround(bytes))}});
      world.timeline().run_until(world.timeline().now() + period);
    }
  }
}

void migrate(World& world, const PlannedTrial& planned, const Cell& cell, TrialOutcome& trial) {
  std::size_t open = trial.guests.size();
  MigrationOptions options = cell.experiment.migration;
  options.timeout = std::min(options.timeout, cell.experiment.trial_limit);
  for (std::size_t i = 0; i < trial.guests.size(); ++i) {
    const GuestRoute& route = cell.experiment.routes[i];
    simulated::begin_flight(
        world, route.guest, route.hosts.at(planned.leg - 1), options, [&trial, &open, i](MigrationRecord record) {
          trial.guests[i].migration = std::move(record);
          --open;
        });
  }
  world.timeline().run_while([&] { return open > 0; }, world.timeline().now() + longest);
}

void run_balancer(World& world, const Cell& cell, TrialOutcome& trial) {
  balancer::BalanceWish wish = cell.experiment.balance->wish;
  wish.migration = cell.experiment.migration;
  simulated::Balancing balancing(world, wish);
  world.timeline().run_until(world.timeline().now() + cell.experiment.balance->lasts);
  balancing.stop();
  world.timeline().run_while([&] { return balancing.flying() > 0; }, world.timeline().now() + longest);
  trial.balance = balancing.trace();
}

void ask(World& world, const Cell& cell, TrialOutcome& trial) {
  const Experiment& experiment = cell.experiment;
  for (GuestOutcome& guest : trial.guests) {
    const auto path = world.guest_path(experiment.client, guest_of(cell.topology, guest.guest).host);
    simulated::Reach reach{.round_trip = world.round_trip(path), .loss = 0};
    for (const simulated::Cable& cable : path) {
      const double loss = network_of(cell.topology, cable.substr(0, cable.find('.'))).shaping.loss;
      reach.loss = 1 - (1 - reach.loss) * (1 - loss);
    }
    const auto& still = world.standstills(guest.guest);
    for (const auto& [name, rate] : {std::pair("udp", experiment.udp_rate), {"push", experiment.push_rate}}) {
      if (rate) {
        guest.traces.push_back(simulated::udp_seen(name, *rate, trial.origin, trial.end, reach, still, world.random()));
      }
    }
    if (experiment.http) {
      guest.traces.push_back(
          simulated::http_seen(experiment.http->rate, trial.origin, trial.end, reach, still, world.random()));
    }
  }
}

std::uint64_t seed_of(const PlannedTrial& planned, const Experiment& experiment) {
  constexpr std::uint64_t apart = 1'000'003;
  return experiment.seed * apart + planned.number;
}

} // namespace

TrialOutcome simulate_trial(const PlannedTrial& planned, const Cell& cell) {
  const Experiment& experiment = cell.experiment;
  const std::vector<WorkloadSpec> workloads = workloads_of(experiment);
  World world(cell.topology, workloads, measured_guest(experiment), noon, seed_of(planned, experiment));
  TrialOutcome trial;
  trial.plan = planned;
  trial.began_at = utc_timestamp();
  trial.accelerator = simulated_accelerator;
  for (const GuestRoute& route : experiment.routes) {
    trial.guests.push_back({.guest = route.guest, .migration = std::nullopt, .traces = {}});
  }
  place_guests(world, planned, cell);
  trial.origin = noon;
  Watch watch(world, workloads, trial);
  world.go();
  const auto pass = [&](Nanoseconds span) { world.timeline().run_until(world.timeline().now() + span); };
  pass(experiment.settle);
  if (experiment.dirty_rate) {
    ask_for_dirty_rates(world, trial);
  }
  trial.before = world.timeline().now();
  pass(experiment.before);
  trial.during = world.timeline().now();
  try {
    if (experiment.moves) {
      migrate(world, planned, cell, trial);
    }
    if (experiment.balance) {
      run_balancer(world, cell, trial);
    }
  } catch (const Error& error) {
    throw_if_interrupted();
    trial.error = error.what();
  }
  trial.after = world.timeline().now();
  pass(experiment.after);
  trial.end = world.timeline().now();
  watch.finish();
  ask(world, cell, trial);
  return trial;
}

} // namespace migralab
