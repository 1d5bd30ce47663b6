// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/runner.hpp"

#include "machine_use.hpp"
#include "migralab/balancer/balancer.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/units.hpp"
#include "migralab/hypervisor/inspection.hpp"
#include "migralab/lab/host_facts.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/network_rates.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/workload/place.hpp"
#include "observers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <thread>

namespace migralab {

namespace {

/// Looks at the interrupt flag while time passes.
void pause_for(Nanoseconds span) {
  const Deadline deadline(span);
  while (!deadline.passed()) {
    throw_if_interrupted();
    std::this_thread::sleep_for(std::min<Nanoseconds>(std::chrono::milliseconds(50), deadline.left()));
  }
}

/// Where a guest is before a leg of its route.
std::string origin_of(const GuestRoute& route, unsigned leg, const Topology& topology) {
  return leg == 1 ? guest_of(topology, route.guest).host : route.hosts.at(leg - 2);
}

/// Guests and where they are before the trial: those that move by a plan; with a balancer, all there are.
std::vector<Move> origins_of(const PlannedTrial& trial, const Cell& cell) {
  std::vector<Move> origins;
  for (const GuestRoute& route : cell.experiment.routes) {
    origins.push_back({route.guest, origin_of(route, trial.leg, cell.topology)});
  }
  if (cell.experiment.balance) {
    for (const GuestSpec& guest : cell.topology.guests) {
      origins.push_back({guest.name, guest.host});
    }
  }
  return origins;
}

/// Nothing is measured yet. The plain technique: an option that slows a migration has no business here.
void bring_to_origin(const PlannedTrial& trial, const Cell& cell, Interior& lab) {
  for (const Move& origin : origins_of(trial, cell)) {
    if (lab.find(origin.guest).host == origin.to) {
      continue;
    }
    MigrationOptions options;
    options.copy_storage = cell.experiment.migration.copy_storage;
    if (guest_of(cell.topology, origin.guest).mode == GuestSpec::Mode::pv) { // it cannot go live
      options.technique = Technique::stop_and_copy;
    }
    const MigrationRecord moved = lab.migrate(origin.guest, origin.to, options);
    throw_if_interrupted();
    if (!moved.succeeded) {
      throw Error(
          fmt::format("cannot bring guest {} to {}, where it starts: {}", origin.guest, origin.to, moved.error));
    }
  }
}

/// For as long as the experiment says. What there is of a balancer that does not stay up is in the trial, too.
void balance(TrialOutcome& trial, const Cell& cell, const LabState& state) {
  balancer::BalanceWish wish = cell.experiment.balance->wish;
  wish.migration = cell.experiment.migration;
  const auto balancer =
      balancer::start_balancer(cell.topology, state, wish, LabFolder(cell.topology.lab).path() / "balancer");
  try {
    for (const Deadline deadline(cell.experiment.balance->lasts); !deadline.passed();) {
      pause_for(std::min<Nanoseconds>(std::chrono::milliseconds(200), deadline.left()));
      balancer->look();
    }
    trial.balance = balancer->stop();
    expect_whole(*trial.balance, LabFolder(cell.topology.lab).path() / "balancer");
  } catch (const Error&) {
    trial.balance = trial.balance ? std::move(trial.balance) : balancer->trace();
    throw;
  }
}

/// What is refused before it begins (the guest has ended, a daemon is gone, a prerequisite is missing) is an outcome of
/// each guest, too.
std::vector<MigrationRecord> migrate_all(const PlannedTrial& trial, const Cell& cell, Interior& lab) {
  std::vector<Move> moves;
  for (const GuestRoute& route : cell.experiment.routes) {
    moves.push_back({route.guest, route.hosts.at(trial.leg - 1)});
  }
  MigrationOptions options = cell.experiment.migration;
  options.timeout = std::min(options.timeout, cell.experiment.trial_limit);
  const Instant began = std::chrono::steady_clock::now();
  try {
    std::vector<MigrationRecord> records = lab.migrate(moves, options);
    throw_if_interrupted();
    return records;
  } catch (const Error& error) {
    throw_if_interrupted();
    std::vector<MigrationRecord> refused(moves.size());
    for (std::size_t i = 0; i < moves.size(); ++i) {
      refused[i].guest = moves[i].guest;
      refused[i].from = origin_of(cell.experiment.routes[i], trial.leg, cell.topology);
      refused[i].to = moves[i].to;
      refused[i].began = began;
      refused[i].ended = std::chrono::steady_clock::now();
      refused[i].error = error.what();
    }
    return refused;
  }
}

Instant earliest_begin(const std::vector<MigrationRecord>& records) {
  return std::min_element(
             records.begin(), records.end(), [](const auto& a, const auto& b) { return a.began < b.began; })
      ->began;
}

/// A guest that has ended meanwhile is what the trial found, whatever else went well.
void expect_guests_alive(const TrialOutcome& trial, const Cell& cell, Interior& lab) {
  for (const Move& guest : origins_of(trial.plan, cell)) {
    static_cast<void>(lab.find(guest.guest));
  }
}

constexpr auto answer_limit = std::chrono::seconds(4);   // of a libvirtd that has been up
constexpr auto workload_limit = std::chrono::minutes(2); // logins to several busy emulated guests, and a set to fill

/// Over two periods, so that models see how much of what is written is written again.
void ask_for_dirty_rates(TrialOutcome& trial, const Topology& topology, Interior& lab) {
  for (GuestOutcome& guest : trial.guests) {
    const std::string host = lab.find(guest.guest).host;
    const LibvirtHost libvirt = libvirt_of(topology, host);
    if (libvirt.hypervisor == HostSpec::Hypervisor::xen) {
      continue; // libxl has no measurement
    }
    const auto inspection = connect_inspection(libvirt, answer_limit);
    for (const auto period : {std::chrono::seconds(1), std::chrono::seconds(2)}) {
      guest.dirty_rates.push_back(inspection->measure_dirty_rate(guest.guest, period));
      throw_if_interrupted();
    }
  }
}

void measure(
    TrialOutcome& trial,
    const Cell& cell,
    Interior& lab,
    const LabState& state,
    const std::filesystem::path& guest_programs) {
  const Experiment& experiment = cell.experiment;
  Observers observers(cell, state, guest_programs);
  std::optional<MachineMeter> machine;
  std::string problem;
  try {
    observers.await_workloads(workload_limit);
    pause_for(experiment.settle);
    if (experiment.dirty_rate) {
      ask_for_dirty_rates(trial, cell.topology, lab);
    }
    trial.before = std::chrono::steady_clock::now();
    pause_for(experiment.before);
    observers.look_at_bridges("before");
    trial.during = std::chrono::steady_clock::now();
    machine.emplace();
    if (experiment.moves) {
      std::vector<MigrationRecord> records = migrate_all(trial.plan, cell, lab);
      trial.during = earliest_begin(records); // what was looked at before is not part of it
      for (std::size_t i = 0; i < records.size(); ++i) {
        trial.guests[i].migration = std::move(records[i]);
      }
    }
    if (experiment.balance) {
      balance(trial, cell, state);
    }
    trial.after = experiment.moves || experiment.balance ? std::chrono::steady_clock::now() : trial.during;
    machine->stop();
    observers.look_at_bridges("after");
    pause_for(experiment.after);
    trial.end = std::chrono::steady_clock::now();
    observers.look_at_bridges("end");
    expect_guests_alive(trial, cell, lab);
  } catch (const Error& error) {
    throw_if_interrupted();
    problem = error.what();
  }
  const Instant over = std::chrono::steady_clock::now();
  for (Instant* instant : {&trial.before, &trial.during, &trial.after, &trial.end}) {
    *instant = *instant == Instant{} ? over : *instant; // a trial that was cut short has no later phases
  }
  observers.stop_into(trial);
  trial.machine = machine ? machine->use(trial.processors) : std::nullopt;
  if (!problem.empty()) {
    trial.error = problem;
  }
}

/// Measured once for each lab that is brought up; on record after that.
std::vector<LinkRate> link_rates(const Cell& cell) {
  const LabFolder folder(cell.topology.lab);
  const NetworkRecord record = read_network_record(folder);
  return record.measured_at.empty() ? measure_lab(cell.topology, folder) : record.rates;
}

} // namespace

void expect_workloads(const Cell& cell, const std::filesystem::path& guest_programs) {
  const Experiment& experiment = cell.experiment;
  SystemRunner runner;
  for (const WorkloadSpec& spec : workloads_of(experiment)) {
    expect_programs(
        spec,
        cell.topology,
        make_place(cell.topology, spec.node, experiment.client, Ipv4Address{}, guest_programs),
        runner);
  }
}

TrialOutcome run_trial(
    const PlannedTrial& planned,
    const Cell& cell,
    const LabState& state,
    const std::filesystem::path& guest_programs) {
  TrialOutcome trial;
  trial.plan = planned;
  trial.began_at = utc_timestamp();
  trial.accelerator = state.accelerator;
  for (const GuestRoute& route : cell.experiment.routes) {
    trial.guests.push_back({.guest = route.guest, .migration = std::nullopt, .traces = {}});
  }
  trial.origin = std::chrono::steady_clock::now();
  Interior lab(cell.topology);
  try {
    bring_to_origin(planned, cell, lab);
    trial.link_rates = link_rates(cell);
    SystemRunner runner;
    trial.hosts = ask_host_facts(cell.topology, runner);
    trial.origin = std::chrono::steady_clock::now();
    measure(trial, cell, lab, state, guest_programs);
  } catch (const Error& error) {
    throw_if_interrupted();
    trial.error = error.what();
    trial.before = trial.during = trial.after = trial.end = std::chrono::steady_clock::now();
  }
  return trial;
}

} // namespace migralab
