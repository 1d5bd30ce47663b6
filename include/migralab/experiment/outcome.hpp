// SPDX-License-Identifier: Apache-2.0
// What a run of an experiment brought: facts only, in the order they happened. A run is a folder of trials; everything
// else (tables, figures, the page) is made from these facts alone, again and again (see report.hpp).
#pragma once

#include "migralab/balancer/trace.hpp"
#include "migralab/experiment/design.hpp"
#include "migralab/hypervisor/inspection.hpp"
#include "migralab/hypervisor/migration.hpp"
#include "migralab/lab/host_facts.hpp"
#include "migralab/lab/network_rates.hpp"
#include "migralab/measure/counters.hpp"
#include "migralab/measure/packets.hpp"
#include "migralab/measure/probe.hpp"
#include "migralab/measure/processors.hpp"
#include "migralab/workload/workload.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace migralab {

/// What one guest of a trial went through.
struct GuestOutcome {
  std::string guest;
  std::optional<MigrationRecord> migration; // none in a trial without one
  std::vector<ProbeTrace> traces;           // "udp", "http", "push"
  std::vector<DirtyRate> dirty_rates = {};  // as the hypervisor measured it before, by rising periods
};

/// Processor time of this machine from `during` to `after` of a trial.
struct MachineUse {
  unsigned processors = 1; ///< that it has
  Nanoseconds span{};      ///< by the clock
  Nanoseconds busy{};      ///< of all processors together, whoever for
  Nanoseconds hosts{};     ///< of that, for the hosts of the lab
};

/// One trial: a stretch of measuring with a migration (or several at once, or none) in its middle. All instants are of
/// one clock, whose zero is `origin`.
struct TrialOutcome {
  PlannedTrial plan;
  std::string began_at;    // UTC, for provenance
  std::string accelerator; // "kvm" or "tcg"; printed with every figure
  Instant origin;          // just before the observers began
  Instant before;          // from here the undisturbed guest is measured
  Instant during;          // the first migration was asked for (without one: when it would have been)
  Instant after;           // the last one had ended
  Instant end;             // measuring was over
  std::string error;       // why the trial could not be carried out to its end; empty otherwise
  std::vector<GuestOutcome> guests;
  std::vector<WorkloadTrace> workloads;
  std::vector<CounterSample> counters; // interface names are "NETWORK.NODE"
  std::vector<ProcessorSample> processors;
  std::map<std::string, HostFacts> hosts;        // those that are not this machine
  std::optional<MachineUse> machine;             // nothing: it did not come to that
  std::vector<PacketSighting> packets;           // ARP and RARP on the switch
  std::vector<BridgeSnapshot> bridges;           // forwarding tables before, during and after
  std::vector<LinkRate> link_rates;              // of the shaped links, measured before the trial
  std::optional<balancer::BalanceTrace> balance; // of a trial with a balancer

  /// Carried out, and every guest that was to move did.
  [[nodiscard]] bool succeeded() const {
    for (const GuestOutcome& guest : guests) {
      if (guest.migration && !guest.migration->succeeded) {
        return false;
      }
    }
    return error.empty();
  }
};

/// Where and with what it was measured: key and value, in a stable order ("accelerator" -> "tcg").
using Provenance = std::vector<std::pair<std::string, std::string>>;

/// A whole run, as its folder has it.
struct RunRecord {
  Experiment experiment;
  std::string created_at; // UTC
  Provenance provenance;
  std::vector<Cell> cells;
  std::vector<TrialOutcome> trials; // by number; those that are complete
};

} // namespace migralab
