// SPDX-License-Identifier: Apache-2.0
// Traces that nobody measured: from a pattern and a seed, the same on every machine.
#pragma once

#include "migralab/simulation/trace.hpp"

#include <cstdint>
#include <optional>

namespace migralab::simulation {

/// Another resource of the same guest, that goes with its processors or against them.
struct Companion {
  double mean = 0;        ///< in its own unit
  double swing = 0;       ///< standard deviation
  double correlation = 0; ///< with the processors, from -1 to 1
};

/// How the demand of guests goes. Each guest draws lots of its own, from the seed and its number: adding guests changes
/// none of the others.
struct Pattern {
  enum class Kind {
    steady,  ///< `mean`, always
    steps,   ///< holds, and leaps now and then to another level, anywhere between mean - swing and mean + swing
    bursts,  ///< `mean`, and `mean` + `swing` while a burst lasts
    diurnal, ///< a wave around `mean`, `swing` high, once in `period`; guests begin anywhere in it
    ar1,     ///< x(t+1) = mean + correlation (x(t) - mean) + noise, of standard deviation `swing`
    /// Guests as different, as restless and as hard to predict as those of a day of PlanetLab (2011-03-03): means,
    /// deviations and correlations of a sample with the next are drawn from its quantiles, and what is added has a long
    /// tail. Nothing but `noise` changes it.
    planetlab
  };
  Kind kind = Kind::steady;
  double mean = 0.3;                           ///< share of a guest's processors
  double swing = 0.2;                          ///< likewise
  double correlation = 0;                      ///< of ar1: of a sample and the next, above -1 and below 1
  double change = 0.05;                        ///< of steps, bursts: how likely a leap or a burst begins with a sample
  double burst_length = 5;                     ///< samples, in the mean; at least 1
  Nanoseconds period = std::chrono::hours(24); ///< of diurnal
  double noise = 0;                            ///< standard deviation of what is added to every sample

  std::optional<Companion> memory;  ///< share of the guest's memory; none: the trace does not tell
  std::optional<Companion> network; ///< kB/s; likewise
};

/// Samples below 0 are 0, above 1 are 1; so a `mean` near one of them, or a large `swing`, makes means and correlations
/// of what comes out differ from those that were set. Throws Error (exit code 2) for numbers that make no sense.
[[nodiscard]] Trace
generated(const Pattern& pattern, std::size_t guests, std::size_t steps, Nanoseconds interval, std::uint64_t seed);

} // namespace migralab::simulation
