// SPDX-License-Identifier: Apache-2.0
#include "migralab/models/availability.hpp"

#include "migralab/core/error.hpp"
#include "migralab/models/markov_chain.hpp"
#include "rounds.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace migralab {
namespace {

constexpr double year = 365.25 * 24 * 3600;

/// The inputs in seconds, indexed by AvailabilityInput; time between migrations 0: there are none.
using Numbers = std::array<double, 6>;

double& of(Numbers& numbers, AvailabilityInput input) {
  return numbers.at(static_cast<std::size_t>(input));
}

double of(const Numbers& numbers, AvailabilityInput input) {
  return numbers.at(static_cast<std::size_t>(input));
}

/// Shares of time of up, migrating, switching, failed.
std::vector<double> solve(const Numbers& numbers) {
  using enum AvailabilityInput;
  const bool migrates = of(numbers, time_between_migrations) > 0;
  const double failure = 1 / of(numbers, time_to_failure);
  constexpr std::size_t up = 0;
  constexpr std::size_t failed = 1;
  constexpr std::size_t migrating = 2;
  constexpr std::size_t switching = 3;
  MarkovChain chain(
      migrates ? std::vector<std::string>{"up", "failed", "migrating", "switching"}
               : std::vector<std::string>{"up", "failed"});
  chain.add(up, failed, failure);
  chain.add(failed, up, 1 / of(numbers, time_to_repair));
  if (!migrates) {
    const std::vector<double> shares = chain.steady_state();
    return {shares[up], 0, 0, shares[failed]};
  }
  const double lost = of(numbers, migration_failure);
  const double switched = 1 / of(numbers, migration_downtime);
  chain.add(up, migrating, 1 / of(numbers, time_between_migrations));
  chain.add(migrating, switching, 1 / (of(numbers, migration_time) - of(numbers, migration_downtime)));
  chain.add(migrating, failed, failure);
  chain.add(switching, up, (1 - lost) * switched);
  chain.add(switching, failed, lost * switched + failure);
  const std::vector<double> shares = chain.steady_state();
  return {shares[up], shares[migrating], shares[switching], shares[failed]};
}

double unavailability(const Numbers& numbers) {
  const std::vector<double> shares = solve(numbers);
  return shares[2] + shares[3];
}

/// By the central difference: U is right to rounding (MarkovChain), so a step of 1e-5 leaves an error of about 1e-10.
double elasticity(const Numbers& numbers, AvailabilityInput input) {
  // A share of 1 cannot grow, nor a downtime past the migration's time: both have room for a step to either side.
  constexpr double step = 1e-5;
  Numbers less = numbers;
  Numbers more = numbers;
  of(less, input) *= 1 - step;
  of(more, input) *= 1 + step;
  return (unavailability(more) - unavailability(less)) / (2 * step * unavailability(numbers));
}

void expect_above_zero(double value, AvailabilityInput input) {
  if (!(value > 0)) {
    throw Error(fmt::format("availability: the {} is {} s; it is above 0", to_string(input), value));
  }
}

void check(const Numbers& numbers, bool migrates) {
  using enum AvailabilityInput;
  expect_above_zero(of(numbers, time_to_failure), time_to_failure);
  expect_above_zero(of(numbers, time_to_repair), time_to_repair);
  if (!migrates) {
    return;
  }
  for (const AvailabilityInput input : {time_between_migrations, migration_time, migration_downtime}) {
    expect_above_zero(of(numbers, input), input);
  }
  if (of(numbers, migration_downtime) >= of(numbers, migration_time) * (1 - 1e-4)) {
    throw Error(fmt::format(
        "availability: the migration downtime, {} s, is not below the migration time, {} s",
        of(numbers, migration_downtime),
        of(numbers, migration_time)));
  }
  const double lost = of(numbers, migration_failure);
  if (!(lost >= 0 && lost < 1)) {
    throw Error(fmt::format("availability: the migration failure share is {}; it is from 0 to below 1", lost));
  }
}

} // namespace

std::string_view to_string(AvailabilityInput input) {
  switch (input) {
  case AvailabilityInput::time_to_failure:
    return "time to failure";
  case AvailabilityInput::time_to_repair:
    return "time to repair";
  case AvailabilityInput::time_between_migrations:
    return "time between migrations";
  case AvailabilityInput::migration_time:
    return "migration time";
  case AvailabilityInput::migration_downtime:
    return "migration downtime";
  case AvailabilityInput::migration_failure:
    return "migration failure share";
  }
  return "?";
}

Availability availability(const AvailabilityInputs& inputs) {
  using enum AvailabilityInput;
  const bool migrates = inputs.time_between_migrations.has_value();
  const Numbers numbers{
      models::seconds(inputs.time_to_failure),
      models::seconds(inputs.time_to_repair),
      models::seconds(inputs.time_between_migrations.value_or(Nanoseconds(0))),
      models::seconds(inputs.migration_time),
      models::seconds(inputs.migration_downtime),
      inputs.migration_failure};
  check(numbers, migrates);
  const std::vector<double> shares = solve(numbers);
  Availability result{
      .up = shares[0],
      .migrating = shares[1],
      .switching = shares[2],
      .failed = shares[3],
      .downtime_per_year = {},
      .sensitivities = {}};
  result.downtime_per_year = models::span_of(result.unavailable() * year);
  const std::vector<AvailabilityInput> moved =
      migrates
          ? std::
                vector{time_to_failure, time_to_repair, time_between_migrations, migration_time, migration_downtime, migration_failure}
          : std::vector{time_to_failure, time_to_repair};
  for (const AvailabilityInput input : moved) {
    if (of(numbers, input) > 0) {
      result.sensitivities.push_back({input, elasticity(numbers, input)});
    }
  }
  std::stable_sort(result.sensitivities.begin(), result.sensitivities.end(), [](const auto& a, const auto& b) {
    return std::abs(a.elasticity) > std::abs(b.elasticity);
  });
  return result;
}

} // namespace migralab
