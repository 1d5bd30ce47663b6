// SPDX-License-Identifier: Apache-2.0
#include "progress_bar.hpp"

#include "session.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace migralab {

namespace {

constexpr unsigned bar_width = 20;
constexpr unsigned default_width = 80;

unsigned terminal_width() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : default_width;
}

} // namespace

std::string render_bar(const ImageStep& step, unsigned width) {
  const double done = std::clamp(step.done, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(done * bar_width);
  std::string line = fmt::format(
      "[{}{}] {:3}% {}",
      std::string(filled, '#'),
      std::string(bar_width - filled, '.'),
      static_cast<int>(done * 100),
      step.what);
  if (!step.detail.empty()) {
    line += ": " + step.detail;
  }
  return line.substr(0, width > 0 ? width - 1 : 0); // a full line would make the terminal begin another
}

ProgressBar::ProgressBar() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (terminal_ && !last_.empty()) {
    static_cast<void>(std::fputs("\r\x1b[K", stderr)); // a closed terminal needs no cleaning
  }
}

void ProgressBar::show(const ImageStep& step) {
  if (!terminal_) {
    if (step.what != last_) {
      talk(step.what);
    }
    last_ = step.what;
    return;
  }
  const std::string line = render_bar(step, terminal_width());
  if (line != last_) {
    static_cast<void>(std::fputs(("\r" + line + "\x1b[K").c_str(), stderr)); // nobody to show it to is no failure
  }
  last_ = line;
}

ImageProgress ProgressBar::as_progress() {
  return [this](const ImageStep& step) { show(step); };
}

} // namespace migralab
