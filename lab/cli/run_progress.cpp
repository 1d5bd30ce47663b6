// SPDX-License-Identifier: Apache-2.0
#include "run_progress.hpp"

#include "migralab/core/units.hpp"
#include "session.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace migralab {

std::string progress_words(const SeriesProgress& progress) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(progress.left).count();
  std::string left;
  if (progress.done < progress.expected) {
    left = progress.left > std::chrono::minutes(1) ? fmt::format(" ({} min left)", minutes)
                                                   : fmt::format(" ({} left)", human(progress.left));
  }
  return fmt::format("trial {}/{}{}", progress.done, progress.expected, left);
}

void RunProgress::say(const std::string& line) {
  if (::isatty(STDERR_FILENO) == 1) {
    static_cast<void>(std::fputs("\r\x1b[K", stderr)); // over the bar
  }
  talk(line);
  draw();
}

void RunProgress::show(const SeriesProgress& progress) {
  const std::string words = progress_words(progress);
  step_ = {
      .what = words,
      .detail = "",
      .done = progress.expected == 0 ? 0 : static_cast<double>(progress.done) / progress.expected};
  say(words + ": " + progress.line);
}

void RunProgress::draw() {
  if (bar_ && !step_.what.empty() && ::isatty(STDERR_FILENO) == 1) {
    bar_->show(step_);
  }
}

} // namespace migralab
