// SPDX-License-Identifier: Apache-2.0
// What one run of an experiment brought: facts only, in the order they happened. Reports are made from this alone.
#pragma once

#include "migralab/hypervisor/migration.hpp"
#include "migralab/lab/network_rates.hpp"
#include "migralab/measure/counters.hpp"
#include "migralab/measure/outage.hpp"
#include "migralab/measure/probe.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace migralab {

/// Bytes that crossed one lab network during a trial, as its switch counted them on entry (every port's received).
struct NetworkBytes {
  std::string network;
  std::uint64_t bytes = 0;
};

struct TrialOutcome {
  unsigned trial = 0; // from 1
  std::string technique = "pre-copy";
  MigrationRecord migration;
  std::map<std::string, Outage> outages;       // by probe name; absent: no outage seen
  std::map<std::string, bool> never_returned;  // by probe name
  std::map<std::string, TraceSummary> summary; // by probe name, over the whole window of the trial
  std::vector<NetworkBytes> network_bytes;
};

/// Where and with what it was measured: key and value, in a stable order ("accelerator" -> "tcg").
using Provenance = std::vector<std::pair<std::string, std::string>>;

struct RunOutcome {
  std::string experiment;
  std::string lab;
  std::string accelerator; // "kvm" or "tcg"; printed with every figure
  Instant origin;          // zero of every time axis
  Provenance provenance;
  std::vector<LinkRate> link_rates; // of the shaped links, measured before the first trial
  std::vector<ProbeTrace> traces;
  std::vector<CounterSample> counters; // interface names are "NETWORK.NODE"
  std::vector<TrialOutcome> trials;
};

} // namespace migralab
