// SPDX-License-Identifier: Apache-2.0
// Everything that measures while a trial goes on. Private to this room.
#pragma once

#include "migralab/experiment/outcome.hpp"
#include "migralab/lab/lab_state.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace migralab {

class Observers {
public:
  /// Starts them all; inside the lab. Throws Error when one cannot be started.
  Observers(const Cell& cell, const LabState& state, const std::filesystem::path& guest_programs);

  /// Returns when every workload does what it is for, or waits for its time, which counts from then on. Throws Error
  /// that names the one that takes longer than `limit`.
  void await_workloads(Nanoseconds limit);

  /// What the bridges' tables say now.
  void look_at_bridges(const std::string& when);

  /// Stops them and moves what they saw into the trial. One that failed leaves a sentence in the trial's error.
  void stop_into(TrialOutcome& trial);

private:
  struct GuestProbe {
    std::string guest;
    std::unique_ptr<Probe> probe;
  };
  void start_workloads(const std::filesystem::path& guest_programs);
  void start_probes(const Experiment& experiment, const Topology& topology);
  /// The name of network and node for a port of the switch ("lan.h1"), or the port's own.
  [[nodiscard]] std::string named(const std::string& port) const;

  const Cell& cell_;
  std::map<std::string, std::string> names_; // of the switch's ports
  std::vector<GuestProbe> probes_;
  struct Workload {
    std::string name; // "writer (memory-writer on web)"
    std::unique_ptr<RunningWorkload> running;
  };
  std::vector<Workload> workloads_;
  std::unique_ptr<CounterSampler> counters_;
  std::unique_ptr<ProcessorSampler> processors_;
  std::unique_ptr<PacketWatch> packets_;
  std::vector<BridgeSnapshot> bridges_;
};

} // namespace migralab
