// SPDX-License-Identifier: Apache-2.0
#include "migralab/statistics/comparison.hpp"

#include "migralab/core/error.hpp"
#include "migralab/statistics/summary.hpp"
#include "precondition.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/binomial.hpp>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace migralab {
namespace {

using statistics::expect_values;

constexpr std::size_t largest_exact = 50;

/// Pairs (i, j) with first[i] > second[j]; equal ones count one half.
double pairs_won(std::span<const double> first, std::span<const double> second) {
  double won = 0;
  for (const double a : first) {
    for (const double b : second) {
      won += a > b ? 1.0 : a == b ? 0.5 : 0.0;
    }
  }
  return won;
}

/// The sum of t^3 - t over all groups of t equal values.
double tie_sum(std::span<const double> first, std::span<const double> second) {
  std::vector<double> all(first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  std::sort(all.begin(), all.end());
  double sum = 0;
  for (auto from = all.begin(); from != all.end();) {
    const auto to = std::upper_bound(from, all.end(), *from);
    const auto count = static_cast<double>(to - from);
    sum += count * count * count - count;
    from = to;
  }
  return sum;
}

/// P(U >= u) without ties: how many orders of m and n values give each U, by N(i, j, U) = N(i - 1, j, U - j) +
/// N(i, j - 1, U), whichever sample the largest value is of. Only positive numbers are added, so nothing cancels.
double upper_tail(std::size_t m, std::size_t n, double u) {
  const std::size_t top = m * n;
  std::vector<double> nothing_won(top + 1, 0.0);
  nothing_won[0] = 1; // i = 0 or j = 0: one order, U = 0
  std::vector<std::vector<double>> row(n + 1, nothing_won);
  for (std::size_t i = 1; i <= m; ++i) {
    for (std::size_t j = 1; j <= n; ++j) { // row[j] still holds i - 1, row[j - 1] holds i already
      std::vector<double> orders(top + 1, 0.0);
      for (std::size_t k = 0; k <= i * j; ++k) {
        orders[k] = row[j - 1][k] + (k >= j ? row[j][k - j] : 0.0);
      }
      row[j] = std::move(orders);
    }
  }
  const std::vector<double>& orders = row[n];
  const double all = std::accumulate(orders.begin(), orders.end(), 0.0);
  const auto from = orders.begin() + static_cast<std::ptrdiff_t>(std::ceil(u));
  return std::accumulate(from, orders.end(), 0.0) / all;
}

double normal_p(double m, double n, double largest_u, double ties) {
  const double all = m + n;
  const double variance = m * n / 12 * (all + 1 - ties / (all * (all - 1)));
  if (!(variance > 0)) { // every value is the same
    return 1;
  }
  const double z = (largest_u - m * n / 2 - 0.5) / std::sqrt(variance);
  const boost::math::normal_distribution<double> normal;
  return std::min(1.0, 2 * boost::math::cdf(boost::math::complement(normal, z)));
}

} // namespace

double least_p_of(std::size_t first, std::size_t second) {
  const std::size_t all = first + second;
  if (all > 2 * largest_exact) {
    return 0;
  }
  return std::min(
      1.0, 2 / boost::math::binomial_coefficient<double>(static_cast<unsigned>(all), static_cast<unsigned>(first)));
}

RankTest mann_whitney(std::span<const double> first, std::span<const double> second) {
  expect_values(first);
  expect_values(second);
  const auto m = static_cast<double>(first.size());
  const auto n = static_cast<double>(second.size());
  const double ties = tie_sum(first, second);
  RankTest test;
  test.u = pairs_won(first, second);
  test.cliffs_delta = (2 * test.u - m * n) / (m * n);
  test.least_p = least_p_of(first.size(), second.size());
  const double largest = std::max(test.u, m * n - test.u);
  if (ties == 0 && first.size() <= largest_exact && second.size() <= largest_exact) {
    test.method = RankTestMethod::exact;
    test.p = std::min(1.0, 2 * upper_tail(first.size(), second.size(), largest));
  } else {
    test.method = RankTestMethod::normal;
    test.p = normal_p(m, n, largest, ties);
  }
  return test;
}

double hodges_lehmann_shift(std::span<const double> first, std::span<const double> second) {
  expect_values(first);
  expect_values(second);
  std::vector<double> differences;
  differences.reserve(first.size() * second.size());
  for (const double a : first) {
    for (const double b : second) {
      differences.push_back(a - b);
    }
  }
  return median(differences);
}

std::vector<double> holm(std::span<const double> p_values) {
  for (const double p : p_values) {
    if (!(p >= 0 && p <= 1)) {
      throw Error(fmt::format("statistics: a p value is {}; it lies between 0 and 1", p));
    }
  }
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> corrected(p_values.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - i) * p_values[order[i]]));
    corrected[order[i]] = largest;
  }
  return corrected;
}

} // namespace migralab
