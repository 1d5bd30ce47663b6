// SPDX-License-Identifier: Apache-2.0
// Long work on stderr: one line with a bar that is drawn over at a terminal, else a line for each step.
#pragma once

#include "migralab/image/image.hpp"

#include <string>

namespace migralab {

/// The line, without its end: "[######..............]  31% installing packages: unpacking gcc-12", cut to `width`
/// columns. Pure.
[[nodiscard]] std::string render_bar(const ImageStep& step, unsigned width);

class ProgressBar {
public:
  ProgressBar(); // looks whether stderr is a terminal
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar(); // leaves an empty line

  void show(const ImageStep& step);
  [[nodiscard]] ImageProgress as_progress();

private:
  bool terminal_;
  std::string last_; // step, or line
};

} // namespace migralab
