// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace migralab {

namespace {

constexpr unsigned fine_bits = 6; // 64 steps to a power of two
constexpr std::uint64_t fine = 1U << fine_bits;

std::uint32_t step_of(std::uint64_t ns) {
  if (ns < fine) {
    return static_cast<std::uint32_t>(ns);
  }
  const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1 - fine_bits;
  return static_cast<std::uint32_t>((power + 1) * fine + ((ns >> power) - fine));
}

Nanoseconds middle_of(std::uint32_t step) {
  if (step < fine) {
    return Nanoseconds(step);
  }
  const std::uint64_t power = step / fine - 1;
  const std::uint64_t low = (fine + step % fine) << power;
  return Nanoseconds(static_cast<std::int64_t>(low + ((std::uint64_t{1} << power) >> 1U)));
}

} // namespace

void LatencyHistogram::add(Nanoseconds latency) {
  ++steps_[step_of(static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0)))];
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (const auto& [step, count] : other.steps_) {
    steps_[step] += count;
  }
  unanswered_ += other.unanswered_;
}

std::uint64_t LatencyHistogram::count() const {
  std::uint64_t all = unanswered_;
  for (const auto& [step, count] : steps_) {
    all += count;
  }
  return all;
}

std::optional<Nanoseconds> LatencyHistogram::quantile(double probability) const {
  const std::uint64_t all = count();
  // A hair less than the product: 0.99 * 100 is a little above 99 in binary.
  const double exact = probability * static_cast<double>(all) * (1 - 1e-12);
  const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(exact)), 1);
  std::uint64_t seen = 0;
  for (const auto& [step, count] : steps_) {
    seen += count;
    if (seen >= rank) {
      return middle_of(step);
    }
  }
  return std::nullopt;
}

} // namespace migralab
