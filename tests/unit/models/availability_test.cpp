// SPDX-License-Identifier: Apache-2.0
// Markov chains against closed forms, and the availability of a service that migrates.
#include "migralab/models/availability.hpp"
#include "migralab/models/markov_chain.hpp"

#include "migralab/core/error.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <string>

namespace migralab {
namespace {

using namespace std::chrono_literals;

TEST(MarkovChain, OfTwoStates) {
  MarkovChain chain({"up", "failed"});
  chain.add(0, 1, 0.2);
  chain.add(1, 0, 3);
  const auto shares = chain.steady_state();
  EXPECT_DOUBLE_EQ(shares[0], 3 / 3.2);
  EXPECT_DOUBLE_EQ(shares[1], 0.2 / 3.2);
}

TEST(MarkovChain, OfThreeStatesInACircleAndInALine) {
  MarkovChain circle({"a", "b", "c"}); // shares are as the times spent: 1/2, 1/3, 1/5
  circle.add(0, 1, 2);
  circle.add(1, 2, 3);
  circle.add(2, 0, 5);
  const auto round = circle.steady_state();
  const double all = 1.0 / 2 + 1.0 / 3 + 1.0 / 5;
  EXPECT_DOUBLE_EQ(round[0], 1.0 / 2 / all);
  EXPECT_DOUBLE_EQ(round[1], 1.0 / 3 / all);
  EXPECT_DOUBLE_EQ(round[2], 1.0 / 5 / all);

  MarkovChain line({"none", "one", "two"}); // birth and death: M/M/1/2 with load 1/4
  line.add(0, 1, 1);
  line.add(1, 2, 1);
  line.add(1, 0, 4);
  line.add(2, 1, 4);
  const auto queue = line.steady_state();
  const double sum = 1 + 0.25 + 0.0625;
  EXPECT_DOUBLE_EQ(queue[0], 1 / sum);
  EXPECT_DOUBLE_EQ(queue[1], 0.25 / sum);
  EXPECT_DOUBLE_EQ(queue[2], 0.0625 / sum);
}

TEST(MarkovChain, FlowsBalance) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> exponent(-9, 6); // rates fifteen orders of magnitude apart
  constexpr std::size_t n = 6;
  std::vector<std::vector<double>> rates(n, std::vector<double>(n, 0.0));
  MarkovChain chain(std::vector<std::string>(n, "s"));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i != j) {
        rates[i][j] = std::pow(10, exponent(random));
        chain.add(i, j, rates[i][j]);
      }
    }
  }
  const auto shares = chain.steady_state();
  EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-15);
  for (std::size_t i = 0; i < n; ++i) {
    double in = 0;
    double out = 0;
    for (std::size_t j = 0; j < n; ++j) {
      in += shares[j] * rates[j][i];
      out += shares[i] * rates[i][j];
    }
    EXPECT_NEAR(in, out, 1e-12 * out);
  }
}

std::string complaint(const auto& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(MarkovChain, RefusesWhatHasNoLongRun) {
  MarkovChain trap({"up", "failed"});
  trap.add(0, 1, 1);
  EXPECT_EQ(complaint([&] { (void)trap.steady_state(); }), "a Markov chain's state 'failed' is never left for 'up'");
  MarkovChain island({"up", "failed"});
  island.add(1, 0, 1);
  EXPECT_EQ(
      complaint([&] { (void)island.steady_state(); }), "a Markov chain's state 'failed' is never reached from 'up'");
  EXPECT_EQ(complaint([&] { trap.add(0, 2, 1); }), "a Markov chain of 2 states has no state 2");
  EXPECT_EQ(complaint([&] { trap.add(0, 0, 1); }), "the rate from 'up' to 'up': a state does not change into itself");
  EXPECT_EQ(complaint([&] { trap.add(0, 1, -1); }), "the rate from 'up' to 'failed' is -1.000000");
  EXPECT_EQ(complaint([] { MarkovChain({}); }), "a Markov chain has at least one state");
}

double elasticity_of(const Availability& found, AvailabilityInput input) {
  for (const Sensitivity& one : found.sensitivities) {
    if (one.input == input) {
      return one.elasticity;
    }
  }
  ADD_FAILURE() << "no sensitivity to the " << to_string(input);
  return 0;
}

TEST(Availability, WithoutMigrationsIsTheTextbooks) {
  AvailabilityInputs inputs;
  inputs.time_to_failure = 999h;
  inputs.time_to_repair = 1h;
  const Availability found = availability(inputs);
  EXPECT_DOUBLE_EQ(found.available(), 0.999);
  EXPECT_DOUBLE_EQ(found.unavailable(), 0.001);
  EXPECT_NEAR(std::chrono::duration<double>(found.downtime_per_year).count(), 0.001 * 365.25 * 86400, 1e-6);
  // U = r / (f + r): elasticities A and -A.
  EXPECT_NEAR(elasticity_of(found, AvailabilityInput::time_to_repair), 0.999, 1e-9);
  EXPECT_NEAR(elasticity_of(found, AvailabilityInput::time_to_failure), -0.999, 1e-9);
  EXPECT_EQ(found.sensitivities.size(), 2U);
}

AvailabilityInputs migrating_daily() {
  AvailabilityInputs inputs;
  inputs.time_to_failure = 10'000h;
  inputs.time_to_repair = 2h;
  inputs.time_between_migrations = 24h;
  inputs.migration_time = 60s;
  inputs.migration_downtime = 300ms;
  return inputs;
}

TEST(Availability, WithoutFailuresIsTheDowntimesShare) {
  AvailabilityInputs inputs = migrating_daily();
  inputs.time_to_failure = 2'000'000h; // 228 years, against repairs of a millisecond: none
  inputs.time_to_repair = 1ms;
  const Availability found = availability(inputs);
  // A circle of up, migrating, switching: shares are as the times spent.
  const double circle = 86400 + 60;
  EXPECT_NEAR(found.switching, 0.3 / circle, 1e-9 * 0.3 / circle * 100);
  EXPECT_NEAR(found.migrating, 59.7 / circle, 1e-7);
  EXPECT_NEAR(elasticity_of(found, AvailabilityInput::migration_downtime), 1, 1e-4);
  EXPECT_NEAR(elasticity_of(found, AvailabilityInput::time_between_migrations), -86400 / circle, 1e-4);
}

TEST(Availability, SharesAddUp) {
  AvailabilityInputs inputs = migrating_daily();
  inputs.migration_failure = 0.01;
  const Availability found = availability(inputs);
  EXPECT_NEAR(found.up + found.migrating + found.switching + found.failed, 1, 1e-15);
  EXPECT_EQ(found.sensitivities.size(), 6U);
  for (std::size_t i = 1; i < found.sensitivities.size(); ++i) {
    EXPECT_GE(std::abs(found.sensitivities[i - 1].elasticity), std::abs(found.sensitivities[i].elasticity));
  }
}

TEST(Availability, LostGuestsCountAsFailures) {
  // A failed migration each 24 h / 0.01 = 2400 h, a failed host each 10000 h; each costs 2 h.
  AvailabilityInputs inputs = migrating_daily();
  inputs.migration_failure = 0.01;
  const double failures_per_hour = 1.0 / 10'000 + 0.01 / (24 + 60.0 / 3600);
  EXPECT_NEAR(availability(inputs).failed, 2 * failures_per_hour, 2e-3 * 2 * failures_per_hour);
}

TEST(Availability, ElasticitiesOfTimesAddUpToNothing) {
  // Measured in other units, the same chain: U is unchanged when all times grow alike (Euler's theorem).
  AvailabilityInputs inputs = migrating_daily();
  inputs.migration_failure = 0.05;
  double sum = 0;
  for (const Sensitivity& one : availability(inputs).sensitivities) {
    sum += one.input == AvailabilityInput::migration_failure ? 0 : one.elasticity;
  }
  EXPECT_NEAR(sum, 0, 1e-8);
}

TEST(Availability, SaysWhatIsWrongWithItsInputs) {
  const auto with = [](void (*change)(AvailabilityInputs&)) {
    AvailabilityInputs inputs = migrating_daily();
    change(inputs);
    return complaint([&] { (void)availability(inputs); });
  };
  EXPECT_EQ(
      with([](AvailabilityInputs& it) { it.time_to_failure = 0s; }),
      "availability: the time to failure is 0 s; it is above 0");
  EXPECT_EQ(
      with([](AvailabilityInputs& it) { it.time_to_repair = -1s; }),
      "availability: the time to repair is -1 s; it is above 0");
  EXPECT_EQ(
      with([](AvailabilityInputs& it) { it.time_between_migrations = 0s; }),
      "availability: the time between migrations is 0 s; it is above 0");
  EXPECT_EQ(
      with([](AvailabilityInputs& it) { it.migration_downtime = 0s; }),
      "availability: the migration downtime is 0 s; it is above 0");
  EXPECT_EQ(
      with([](AvailabilityInputs& it) { it.migration_downtime = 60s; }),
      "availability: the migration downtime, 60 s, is not below the migration time, 60 s");
  EXPECT_EQ(
      with([](AvailabilityInputs& it) { it.migration_failure = 1.5; }),
      "availability: the migration failure share is 1.5; it is from 0 to below 1");
}

} // namespace
} // namespace migralab
