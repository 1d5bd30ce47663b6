// SPDX-License-Identifier: Apache-2.0
// Everything that measures while a trial goes on. Private to this room.
#pragma once

#include "migralab/experiment/outcome.hpp"
#include "migralab/lab/interior.hpp"

#include <memory>
#include <string>
#include <vector>

namespace migralab {

class Observers {
public:
  /// Starts them all; inside the lab. Throws Error when one cannot be started.
  Observers(const Cell& cell, Interior& lab, const LabState& state);

  /// What the bridges' tables say now.
  void look_at_bridges(const std::string& when);

  /// Stops them and moves what they saw into the trial. One that failed leaves a sentence in the trial's error.
  void stop_into(TrialOutcome& trial);

private:
  struct GuestProbe {
    std::string guest;
    std::unique_ptr<Probe> probe;
  };
  void start_probes(const Experiment& experiment, const Topology& topology);

  const Cell& cell_;
  std::vector<GuestProbe> probes_;
  std::vector<std::unique_ptr<RunningWorkload>> workloads_;
  std::unique_ptr<CounterSampler> counters_;
  std::unique_ptr<ProcessorSampler> processors_;
  std::unique_ptr<PacketWatch> packets_;
  std::vector<BridgeSnapshot> bridges_;
};

} // namespace migralab
