// SPDX-License-Identifier: Apache-2.0
// Continuous-time Markov chains with few states. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace migralab {

/// States with names and the rates between them.
class MarkovChain {
public:
  explicit MarkovChain(std::vector<std::string> states);

  /// Adds to the rate from one state to another, per unit of time of the caller's choice. Throws Error for a state that
  /// there is not, one to itself, and a rate below 0 or not finite.
  void add(std::size_t from, std::size_t to, double rate);

  /// The probability of each state in the long run. By the algorithm of Grassmann, Taksar and Heyman (Operations
  /// Research 33, 1985): Gaussian elimination without a subtraction, so that rates may lie many orders of magnitude
  /// apart (years between failures, milliseconds of downtime) and each probability is still right to rounding. Throws
  /// Error when some state cannot be reached from, or cannot reach, the first ("state 'failed' is never left").
  [[nodiscard]] std::vector<double> steady_state() const;

private:
  std::vector<std::string> states_;
  std::vector<std::vector<double>> rates_;
};

} // namespace migralab
