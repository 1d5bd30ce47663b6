// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/simulation/generate.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace migralab::simulation::test {
namespace {

using Kind = Pattern::Kind;
constexpr auto all_kinds = {Kind::steady, Kind::steps, Kind::bursts, Kind::diurnal, Kind::ar1, Kind::planetlab};

Pattern of_kind(Kind kind) {
  Pattern pattern;
  pattern.kind = kind;
  return pattern;
}

double mean_of(std::span<const double> samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

double autocorrelation(std::span<const double> samples) {
  const double mean = mean_of(samples);
  double both = 0;
  double all = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    all += (samples[i] - mean) * (samples[i] - mean);
    both += i > 0 ? (samples[i] - mean) * (samples[i - 1] - mean) : 0;
  }
  return both / all;
}

TEST(Generated, IsTheSameForASeedAndAnotherForAnother) {
  for (const Kind kind : all_kinds) {
    Pattern pattern = of_kind(kind);
    pattern.noise = 0.01;
    const Trace one = generated(pattern, 3, 100, std::chrono::seconds(5), 1);
    EXPECT_EQ(one.cpu, generated(pattern, 3, 100, std::chrono::seconds(5), 1).cpu);
    EXPECT_NE(one.cpu, generated(pattern, 3, 100, std::chrono::seconds(5), 2).cpu);
    EXPECT_EQ(one.interval, std::chrono::seconds(5));
    EXPECT_EQ(one.steps, 100U);
    EXPECT_EQ(one.guests.at(2).name, "g3");
    const Trace more = generated(pattern, 5, 100, std::chrono::seconds(5), 1);
    EXPECT_TRUE(std::equal(one.cpu.begin(), one.cpu.end(), more.cpu.begin())) << "more guests change no other";
  }
}

TEST(Generated, IsTheSameOnEveryMachine) {
  // From an independent implementation: a change of the algorithm changes every experiment that was made with it.
  const Trace trace = generated(of_kind(Kind::ar1), 1, 3, std::chrono::seconds(5), 1);
  EXPECT_EQ(trace.cpu, (std::vector<double>{0, 0.46619454989702025, 0.517753704437496}));
}

TEST(Generated, IsAShare) {
  for (const Kind kind : all_kinds) {
    Pattern pattern = of_kind(kind);
    pattern.mean = 0.5;
    pattern.swing = 1;
    pattern.noise = 0.3;
    const Trace trace = generated(pattern, 4, 500, std::chrono::seconds(5), 3);
    EXPECT_TRUE(std::all_of(trace.cpu.begin(), trace.cpu.end(), [](double share) { return share >= 0 && share <= 1; }));
  }
}

TEST(Generated, SteadyIsSteady) {
  const Trace trace = generated(of_kind(Kind::steady), 2, 50, std::chrono::seconds(5), 1);
  EXPECT_EQ(trace.cpu, std::vector<double>(100, 0.3));
}

TEST(Generated, StepsHoldAndLeap) {
  Pattern pattern = of_kind(Kind::steps);
  pattern.mean = 0.5;
  const Trace trace = generated(pattern, 1, 20'000, std::chrono::seconds(5), 1);
  std::size_t leaps = 0;
  for (std::size_t i = 1; i < trace.steps; ++i) {
    leaps += trace.cpu[i] != trace.cpu[i - 1] ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(leaps) / 20'000, pattern.change, 0.006);
  EXPECT_NEAR(mean_of(trace.cpu), 0.5, 0.02);
  EXPECT_GE(*std::min_element(trace.cpu.begin(), trace.cpu.end()), 0.3);
  EXPECT_LE(*std::max_element(trace.cpu.begin(), trace.cpu.end()), 0.7);
}

TEST(Generated, BurstsLastAsLongAsWasSet) {
  Pattern pattern = of_kind(Kind::bursts);
  pattern.change = 0.02;
  pattern.burst_length = 8;
  const Trace trace = generated(pattern, 1, 100'000, std::chrono::seconds(5), 1);
  std::size_t bursts = 0;
  std::size_t busy = 0;
  for (std::size_t i = 1; i < trace.steps; ++i) {
    busy += trace.cpu[i] == 0.5 ? 1U : 0U;
    bursts += trace.cpu[i] == 0.5 && trace.cpu[i - 1] == 0.3 ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(busy) / static_cast<double>(bursts), 8, 0.5);
  // A burst of 8 samples, then 50 until the next.
  EXPECT_NEAR(static_cast<double>(busy) / 100'000, 8.0 / 58, 0.01);
}

TEST(Generated, DiurnalComesBackAfterItsPeriod) {
  Pattern pattern = of_kind(Kind::diurnal);
  const Trace trace = generated(pattern, 2, 3 * 288, std::chrono::minutes(5), 1);
  const auto first = trace.cpu_of(0);
  for (std::size_t i = 0; i + 288 < first.size(); ++i) {
    ASSERT_NEAR(first[i], first[i + 288], 1e-9);
    ASSERT_NEAR(first[i] + first[i + 144], 0.6, 1e-9) << "half a period later as far below the mean";
  }
  EXPECT_NEAR(*std::max_element(first.begin(), first.end()), 0.5, 1e-3);
  // Like a sine: within its 0.0017 of one with the phase of its own highest point.
  const auto top = static_cast<std::size_t>(std::max_element(first.begin(), first.begin() + 288) - first.begin());
  for (std::size_t i = 0; i < 288; ++i) {
    const double angle = 2 * std::acos(-1.0) * (static_cast<double>(i) - static_cast<double>(top)) / 288;
    ASSERT_NEAR(first[i], 0.3 + 0.2 * std::cos(angle), 0.2 * 0.0017 + 0.2 * 0.011) << "and half a sample of phase";
  }
  EXPECT_NE(trace.cpu_of(1)[0], first[0]) << "guests do not begin together";
}

TEST(Generated, Ar1HasTheCorrelationThatWasSet) {
  for (const double correlation : {-0.5, 0.0, 0.3, 0.9}) {
    Pattern pattern = of_kind(Kind::ar1);
    pattern.mean = 0.5;
    pattern.swing = 0.1;
    pattern.correlation = correlation;
    const Trace trace = generated(pattern, 1, 50'000, std::chrono::seconds(5), 1);
    EXPECT_NEAR(autocorrelation(trace.cpu), correlation, 0.015);
    EXPECT_NEAR(mean_of(trace.cpu), 0.5, 0.01);
    double squares = 0;
    for (const double share : trace.cpu) {
      squares += (share - 0.5) * (share - 0.5);
    }
    EXPECT_NEAR(std::sqrt(squares / 50'000), 0.1, 0.005);
  }
}

TEST(Generated, RefusesWhatMakesNoSense) {
  const auto refused = [](const Pattern& pattern, std::size_t guests = 1) {
    try {
      (void)generated(pattern, guests, 10, std::chrono::seconds(5), 1);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  Pattern pattern = of_kind(Kind::ar1);
  pattern.correlation = 1;
  EXPECT_EQ(refused(pattern), "pattern: correlation 1 makes no sense; take a number above -1 and below 1");
  pattern = of_kind(Kind::bursts);
  pattern.burst_length = 0.5;
  EXPECT_EQ(refused(pattern), "pattern: burst_length 0.5 makes no sense; take a number of samples from 1");
  pattern = of_kind(Kind::steady);
  pattern.mean = 30;
  EXPECT_EQ(refused(pattern), "pattern: mean 30 makes no sense; take a share from 0 to 1");
  EXPECT_EQ(refused(of_kind(Kind::steady), 0), "pattern: guests 0 makes no sense; take at least one");
}

double correlation_of(std::span<const double> a, std::span<const double> b) {
  const double mean_a = mean_of(a);
  const double mean_b = mean_of(b);
  double both = 0;
  double of_a = 0;
  double of_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    of_a += (a[i] - mean_a) * (a[i] - mean_a);
    of_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return both / std::sqrt(of_a * of_b);
}

TEST(Generated, MemoryAndNetworkGoWithTheProcessorsAsTheyWereSet) {
  Pattern pattern = of_kind(Kind::ar1);
  pattern.mean = 0.5;
  pattern.swing = 0.1;
  pattern.memory = Companion{.mean = 0.5, .swing = 0.1, .correlation = 0.8};
  pattern.network = Companion{.mean = 5000, .swing = 1000, .correlation = -0.5};
  const Trace trace = generated(pattern, 1, 20'000, std::chrono::seconds(5), 1);
  ASSERT_EQ(trace.mem.size(), trace.cpu.size());
  ASSERT_EQ(trace.net.size(), trace.cpu.size());
  EXPECT_NEAR(correlation_of(trace.cpu, trace.mem), 0.8, 0.02);
  EXPECT_NEAR(correlation_of(trace.cpu, trace.net), -0.5, 0.02);
  EXPECT_NEAR(mean_of(trace.mem), 0.5, 0.005);
  EXPECT_NEAR(mean_of(trace.net), 5000, 30);
  pattern.memory->correlation = 2;
  EXPECT_THROW(static_cast<void>(generated(pattern, 1, 2, std::chrono::seconds(5), 1)), Error);
}

/// Quantiles of the day itself: reference/anchors-balancing.md of the project's notes; the trace is not shipped.
TEST(Generated, OfPlanetLabsShapeHasItsQuantiles) {
  const Trace trace = generated(of_kind(Kind::planetlab), 1052, 288, std::chrono::minutes(5), 1);
  std::vector<double> means;
  std::vector<double> deviations;
  std::vector<double> greatest;
  std::vector<double> correlations;
  for (std::size_t guest = 0; guest < trace.guests.size(); ++guest) {
    const auto samples = trace.cpu_of(guest);
    const double mean = mean_of(samples);
    double squares = 0;
    for (const double sample : samples) {
      squares += (sample - mean) * (sample - mean);
    }
    means.push_back(mean);
    deviations.push_back(std::sqrt(squares / 288));
    greatest.push_back(*std::max_element(samples.begin(), samples.end()));
    correlations.push_back(autocorrelation(samples));
  }
  const auto quantile = [](std::vector<double> values, double probability) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(probability * static_cast<double>(values.size()))];
  };
  EXPECT_NEAR(mean_of(trace.cpu), 0.1231, 0.015);
  EXPECT_NEAR(quantile(means, 0.25), 0.028, 0.01);
  EXPECT_NEAR(quantile(means, 0.5), 0.068, 0.015);
  EXPECT_NEAR(quantile(means, 0.75), 0.144, 0.03);
  EXPECT_NEAR(quantile(means, 0.95), 0.405, 0.06);
  EXPECT_NEAR(quantile(deviations, 0.5), 0.053, 0.012);
  EXPECT_NEAR(quantile(deviations, 0.95), 0.171, 0.04);
  EXPECT_NEAR(quantile(greatest, 0.5), 0.42, 0.1);
  EXPECT_NEAR(quantile(greatest, 0.75), 0.76, 0.15);
  EXPECT_NEAR(quantile(correlations, 0.5), 0.05, 0.05);
  EXPECT_NEAR(quantile(correlations, 0.95), 0.33, 0.1);
}

} // namespace
} // namespace migralab::simulation::test
