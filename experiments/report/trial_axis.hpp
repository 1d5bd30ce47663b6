// SPDX-License-Identifier: Apache-2.0
// What figures of a trial over time share: the time axis with the migration's shade and the guests' stops, how a trial
// is called, the panels of its workloads.
#pragma once

#include "figures.hpp"
#include "migralab/experiment/outcome.hpp"

#include <string>
#include <vector>

namespace migralab {

/// Any guest migrated by plan.
[[nodiscard]] bool moves(const TrialOutcome& trial);

/// Times count from the call of the migration.
class TrialAxis {
public:
  TrialAxis(const TrialOutcome& trial, Instant from, Instant to);

  [[nodiscard]] Instant from() const { return from_; }
  [[nodiscard]] Instant to() const { return to_; }
  [[nodiscard]] Nanoseconds bin() const;
  [[nodiscard]] double at(Instant instant) const;
  /// For below the last panel.
  [[nodiscard]] const char* name() const;
  /// Of a panel's script: the range, the migrations' shade, when guests stopped and went on.
  void set(Script& script) const;
  /// What these look like.
  void add_legend(std::vector<LegendEntry>& entries) const;

private:
  const TrialOutcome& trial_;
  Instant from_;
  Instant to_;
};

/// "trial 7, block 2, leg 1"
[[nodiscard]] std::string trial_words(const TrialOutcome& trial);
/// As Figure::warning.
[[nodiscard]] std::string warning_of(const TrialOutcome& trial);

/// A panel for each metric of each workload. A workload that would be too much for the timeline, and all after it, are
/// in a figure of their own.
struct WorkloadPanels {
  std::vector<Panel> in_timeline;
  std::vector<Panel> others;
  std::vector<std::string> elsewhere; // the workloads of `others`
  std::string left_out;               // a sentence on what is in neither, for a caption; empty: nothing
};
[[nodiscard]] WorkloadPanels workload_panels(const TrialOutcome& trial, const TrialAxis& axis);

} // namespace migralab
