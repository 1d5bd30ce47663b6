// SPDX-License-Identifier: Apache-2.0
// Two samples beside each other: do they differ, by how much, and how sure is that. Pure; what is random in it comes
// from a seed.
//
// Every function throws Error when a sample is empty or a value is not finite.
#pragma once

#include "migralab/statistics/interval.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace migralab {

/// How a p value was found.
enum class RankTestMethod {
  exact, ///< from all orders of the values; no ties, at most 50 values in each sample
  normal ///< from the normal distribution, with correction for ties and for continuity
};

/// Mann and Whitney's U test (Annals of Mathematical Statistics 18, 1947), two-sided.
struct RankTest {
  double u = 0; ///< pairs in which the first sample's value is larger; equal pairs count one half
  double p = 1;
  RankTestMethod method = RankTestMethod::exact;
  /// least_p_of samples of this size. Above 0.05 (fewer than 4 values in each) nothing can be significant.
  double least_p = 1;
  /// Cliff's delta: P(first > second) - P(first < second), from -1 to 1; 0: no difference.
  double cliffs_delta = 0;
};
[[nodiscard]] RankTest mann_whitney(std::span<const double> first, std::span<const double> second);
/// The least p that the test can give for so many values: all of one sample are above all of the other. 0: too little
/// to matter.
[[nodiscard]] double least_p_of(std::size_t first, std::size_t second);

/// Hodges and Lehmann's estimate of first - second: the median of the differences of all pairs.
[[nodiscard]] double hodges_lehmann_shift(std::span<const double> first, std::span<const double> second);

struct Bootstrap {
  double confidence = 0.95;
  unsigned resamples = 10'000;
  std::uint64_t seed = 1;
};

/// Median of first over median of second, and its interval.
struct RatioOfMedians {
  double ratio = 0;
  IntervalOrRefusal interval;
};
/// The percentile bootstrap interval (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13): both
/// samples are drawn anew, each from itself. Not BCa: its acceleration comes from the jackknife, which is inconsistent
/// for a median (the same book, section 11.6). Same values, same seed: same interval, on every machine; the order of
/// the values does not matter. Refused when a sample has fewer values than its median's interval needs (6 at 95 %), and
/// when a value is not above 0: a ratio needs a true zero. Throws Error for fewer than 1000 resamples.
[[nodiscard]] RatioOfMedians
ratio_of_medians(std::span<const double> first, std::span<const double> second, const Bootstrap& how = {});

/// Holm's correction (Scandinavian Journal of Statistics 6, 1979) of p values that are read together, in their order.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

} // namespace migralab
