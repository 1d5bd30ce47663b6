// SPDX-License-Identifier: Apache-2.0
// How often something happens: failed migrations among all. Pure.
#pragma once

#include "migralab/statistics/interval.hpp"

namespace migralab {

struct Proportion {
  double share = 0;
  Interval interval;
};

/// Wilson's score interval (Journal of the American Statistical Association 22, 1927), without continuity correction;
/// right also for 0 of n, where it ends at z^2 / (n + z^2). Its coverage is the confidence, on average.
/// Throws Error for no trials, or more events than trials.
[[nodiscard]] Proportion wilson(std::size_t events, std::size_t trials, double confidence = 0.95);

} // namespace migralab
