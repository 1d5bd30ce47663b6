// SPDX-License-Identifier: Apache-2.0
// Akoush et al.: a migration simulated round by round, in whole pages.
#include "rounds.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::models {
namespace {

/// `bytes` as whole pages, at most all of the memory's. The small subtraction keeps rounding from making a page.
double whole_pages(const ModelInputs& inputs, double bytes) {
  const double page = static_cast<double>(inputs.page_size.count);
  const double pages = std::ceil(bytes / page - 1e-6);
  return std::min(static_cast<double>(inputs.memory.count), std::max(0.0, pages) * page);
}

/// What was dirtied from the history's beginning until `time`, repeating it without end.
double dirtied_until(const std::vector<double>& sums, double interval, double time) {
  const double length = interval * static_cast<double>(sums.size() - 1);
  const double repeats = std::floor(time / length);
  const double position = std::clamp((time - repeats * length) / interval, 0.0, static_cast<double>(sums.size() - 1));
  const auto at = std::min(static_cast<std::size_t>(position), sums.size() - 2);
  return repeats * sums.back() + sums[at] + (position - static_cast<double>(at)) * (sums[at + 1] - sums[at]);
}

} // namespace

MigrationPrediction average(const ModelInputs& inputs) {
  const double rate = bytes_per_second(inputs.dirty_rate);
  const Dirtying dirtying{[&inputs, rate](double, double length) { return whole_pages(inputs, rate * length); }};
  return pre_copy(inputs, follow(inputs, first_round(inputs), dirtying));
}

MigrationPrediction history(const ModelInputs& inputs) {
  if (inputs.history.empty() || inputs.history_interval <= Nanoseconds(0)) {
    throw Error("there is no history").with_hint("It takes what was dirtied in each interval, and how long each was.");
  }
  std::vector<double> sums{0};
  for (const Bytes dirtied : inputs.history) {
    sums.push_back(sums.back() + static_cast<double>(dirtied.count));
  }
  const double interval = seconds(inputs.history_interval);
  const Dirtying dirtying{
      .next_round =
          [&, interval](double began, double length) {
            // Pages dirtied in two intervals count twice: the sum is bounded by the memory alone.
            return whole_pages(
                inputs, dirtied_until(sums, interval, began + length) - dirtied_until(sums, interval, began));
          },
      .depends_on_time = true};
  return pre_copy(inputs, follow(inputs, first_round(inputs), dirtying));
}

} // namespace migralab::models
