// SPDX-License-Identifier: Apache-2.0
#include "migralab/statistics/proportion.hpp"

#include "migralab/core/error.hpp"
#include "precondition.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <fmt/format.h>

namespace migralab {

Proportion wilson(std::size_t events, std::size_t trials, double confidence) {
  statistics::expect_probability(confidence, "the confidence");
  if (trials == 0) {
    throw Error("statistics: a share of no trials is asked for");
  }
  if (events > trials) {
    throw Error(fmt::format("statistics: {} events in {} trials", events, trials));
  }
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(events) / n;
  const boost::math::normal_distribution<double> normal;
  const double z = boost::math::quantile(boost::math::complement(normal, (1 - confidence) / 2));
  const double scale = 1 + z * z / n;
  const double centre = (share + z * z / (2 * n)) / scale;
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale;
  // At 0 and at n one end is exactly the share; rounding must not push it past.
  return {
      share,
      {events == 0 ? 0 : std::max(0.0, centre - half),
       events == trials ? 1 : std::min(1.0, centre + half),
       confidence}};
}

} // namespace migralab
