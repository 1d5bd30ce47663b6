// SPDX-License-Identifier: Apache-2.0
// How far a run is, on stderr: at a terminal one line with a bar and the time left that is drawn over, else a line for
// each trial.
#pragma once

#include "migralab/experiment/series.hpp"
#include "progress_bar.hpp"

#include <optional>
#include <string>

namespace migralab {

/// "trial 3/6 (2 min left)". Pure.
[[nodiscard]] std::string progress_words(const SeriesProgress& progress);

class RunProgress {
public:
  void show(const SeriesProgress& progress);
  /// A line that stays.
  void say(const std::string& line);
  /// Takes the bar away.
  void close() { bar_.reset(); }

private:
  void draw();

  std::optional<ProgressBar> bar_{std::in_place};
  ImageStep step_;
};

} // namespace migralab
