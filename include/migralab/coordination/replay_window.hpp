// SPDX-License-Identifier: Apache-2.0
// Which of the numbered messages of one sender have come (RFC 4303, 3.4.3: the anti-replay window of IPsec).
#pragma once

#include <cstdint>

namespace migralab::coordination {

class ReplayWindow {
public:
  /// Messages that may overtake one another. A sender has no more than these on their way at once.
  static constexpr std::uint64_t width = 64;

  enum class Verdict {
    fresh,
    repeated,
    too_old ///< it may be either, and is not taken
  };
  /// `number`: from 1.
  [[nodiscard]] Verdict take(std::uint64_t number);

private:
  std::uint64_t highest_ = 0;
  std::uint64_t seen_ = 0; // bit i: highest_ - i has come
};

} // namespace migralab::coordination
