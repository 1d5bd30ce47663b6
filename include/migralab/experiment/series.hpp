// SPDX-License-Identifier: Apache-2.0
// The trials of a run, one after the other: which is next, when it is enough, and when to give up. What is measured is
// in the run's folder and nowhere else, so that a series that was ended goes on where it was.
#pragma once

#include "migralab/experiment/run_folder.hpp"

#include <functional>
#include <string>

namespace migralab {

/// How one trial is carried out.
class TrialRunner {
public:
  virtual ~TrialRunner() = default;
  /// Leaves the trial in the folder, also one that failed. Throws Error when trials cannot go on (no lab, a full disk,
  /// an interrupt).
  virtual void run(const PlannedTrial& trial, const Cell& cell) = 0;
};

/// How far a series is. `most` is what the stopping rule would allow.
struct SeriesProgress {
  unsigned done = 0;
  unsigned expected = 0; // at least so many; grows while the stopping rule asks for more
  PlannedTrial trial;    // the one that ended just now
  std::string line;      // what came of it
  Nanoseconds left{};    // estimated, by the trials so far; 0: unknown
};

struct SeriesEnd {
  unsigned trials = 0;   // complete, those of earlier runs of this series included
  unsigned failed = 0;   // of these
  std::string cut_short; // why trials that were wanted were not run; empty: all of them were
};

/// Runs what is missing. Trials that the folder has are not run again. Pure but for `runner`, the folder and the clock.
[[nodiscard]] SeriesEnd run_series(
    const RunFolder& folder,
    const RunRecord& header,
    TrialRunner& runner,
    const std::function<void(const SeriesProgress&)>& report);

} // namespace migralab
