// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same on every machine: the algorithm is fixed here, and only operations that IEEE 754
// rounds exactly are used. The distributions of the standard library differ from library to library.
#pragma once

#include <array>
#include <cstdint>

namespace migralab::simulation {

/// xoshiro256** 1.0 of D. Blackman and S. Vigna, 2018, its state filled by SplitMix64 from the seed. Period 2^256 - 1.
class Random {
public:
  explicit Random(std::uint64_t seed);

  [[nodiscard]] std::uint64_t next();
  /// From 0, below 1, in steps of 2^-53.
  [[nodiscard]] double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  /// From 0, below `limit`, which is above 0; each equally often.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit);
  /// Mean 0, variance 1, within -6 and 6: the sum of twelve uniform numbers, less 6 (Irwin-Hall). Beyond 3.5 it is
  /// rarer than a normal one.
  [[nodiscard]] double about_normal();

private:
  std::array<std::uint64_t, 4> state_{};
};

} // namespace migralab::simulation
