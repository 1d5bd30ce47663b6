// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include <cmath>

namespace migralab {

void LatencyHistogram::add(const LatencyHistogram& other) {
  answered_.merge(other.answered_);
  unanswered_ += other.unanswered_;
}

std::optional<Nanoseconds> LatencyHistogram::quantile(double probability) const {
  // A hair less than the product: 0.99 * 100 is a little above 99 in binary.
  const double rank = std::max(1.0, std::ceil(probability * static_cast<double>(count()) * (1 - 1e-12)));
  const auto answered = static_cast<double>(answered_.count());
  return rank <= answered ? std::optional(answered_.quantile(rank / answered)) : std::nullopt;
}

} // namespace migralab
