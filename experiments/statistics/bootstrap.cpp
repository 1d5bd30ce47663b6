// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/statistics/comparison.hpp"
#include "migralab/statistics/summary.hpp"
#include "precondition.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <random>

namespace migralab {
namespace {

constexpr unsigned fewest_resamples = 1000;

/// Draws of a sample with replacement. Unlike std::uniform_int_distribution, whose algorithm each library chooses, this
/// draws the same on every machine; the sample is sorted, so that the order it came in does not matter.
class Resampler {
public:
  Resampler(std::span<const double> values, std::mt19937_64& random)
      : values_(values.begin(), values.end()), drawn_(values.size()), random_(random) {
    std::sort(values_.begin(), values_.end());
  }

  double next_median() {
    for (double& value : drawn_) {
      value = values_[index()];
    }
    const std::size_t half = drawn_.size() / 2;
    const auto middle = drawn_.begin() + static_cast<std::ptrdiff_t>(half);
    std::nth_element(drawn_.begin(), middle, drawn_.end());
    return drawn_.size() % 2 == 1 ? *middle : (*std::max_element(drawn_.begin(), middle) + *middle) / 2;
  }

private:
  std::size_t index() {
    const std::uint64_t n = values_.size();
    const std::uint64_t uneven = (std::mt19937_64::max() % n + 1) % n; // as many draws at the top would favour some
    std::uint64_t draw = random_();
    while (draw > std::mt19937_64::max() - uneven) {
      draw = random_();
    }
    return draw % n;
  }

  std::vector<double> values_;
  std::vector<double> drawn_;
  std::mt19937_64& random_;
};

bool all_positive(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
}

} // namespace

RatioOfMedians ratio_of_medians(std::span<const double> first, std::span<const double> second, const Bootstrap& how) {
  statistics::expect_values(first);
  statistics::expect_values(second);
  statistics::expect_probability(how.confidence, "the confidence");
  if (how.resamples < fewest_resamples) {
    throw Error(fmt::format("statistics: {} resamples; it takes {}", how.resamples, fewest_resamples));
  }
  RatioOfMedians result;
  if (!all_positive(first) || !all_positive(second)) {
    result.interval.refusal = "a ratio of medians takes values above 0";
    return result;
  }
  result.ratio = median(first) / median(second);
  const std::size_t needed = values_needed(0.5, how.confidence);
  result.interval.needed = needed;
  if (first.size() < needed || second.size() < needed) {
    result.interval.refusal = fmt::format(
        "a {:.6g} % interval of the ratio of medians takes {} values of each, there are {} and {}",
        100 * how.confidence,
        needed,
        first.size(),
        second.size());
    return result;
  }
  std::mt19937_64 random(how.seed);
  Resampler above(first, random);
  Resampler below(second, random);
  std::vector<double> ratios(how.resamples);
  for (double& ratio : ratios) {
    const double numerator = above.next_median();
    ratio = numerator / below.next_median();
  }
  const double tail = (1 - how.confidence) / 2;
  result.interval.interval = Interval{quantile(ratios, tail), quantile(ratios, 1 - tail), how.confidence};
  return result;
}

} // namespace migralab
