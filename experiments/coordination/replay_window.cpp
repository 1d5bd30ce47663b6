// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/replay_window.hpp"

namespace migralab::coordination {

ReplayWindow::Verdict ReplayWindow::take(std::uint64_t number) {
  if (number > highest_) {
    const std::uint64_t step = number - highest_;
    seen_ = step < width ? seen_ << step | 1U : 1U;
    highest_ = number;
    return Verdict::fresh;
  }
  const std::uint64_t behind = highest_ - number;
  if (behind >= width || number == 0) {
    return Verdict::too_old;
  }
  const std::uint64_t bit = std::uint64_t{1} << behind;
  if ((seen_ & bit) != 0) {
    return Verdict::repeated;
  }
  seen_ |= bit;
  return Verdict::fresh;
}

} // namespace migralab::coordination
