// SPDX-License-Identifier: Apache-2.0
// Policies of real labs on a simulated cluster: they see what agents would tell them.
#include "migralab/simulation/policies.hpp"
#include "some_scenario.hpp"

#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

/// Three equal guests, two and one, for two minutes.
Scenario skewed() {
  std::vector<SomeGuest> guests;
  for (const HostIndex host : {0U, 0U, 0U, 1U, 1U, 2U}) {
    guests.push_back({host, std::vector<double>(24, 0.5), 700});
  }
  Scenario scenario = some_scenario(3, guests);
  scenario.trace.interval = std::chrono::seconds(5); // a migration takes 7 s
  return scenario;
}

class SteadySkew : public testing::TestWithParam<const char*> {};

/// While a host's average still had the guest that had left it, the next one was sent after it, and back.
TEST_P(SteadySkew, IsEvenedOutByOneMove) {
  const Scenario scenario = skewed();
  const std::string words = GetParam();
  const std::size_t colon = words.find(':');
  std::vector<std::string> settings;
  if (colon != std::string::npos) {
    settings.push_back(words.substr(colon + 1));
  }
  const auto policy = make_policy(words.substr(0, colon), settings, scenario.trace.interval);
  const Outcome outcome = simulate(scenario, *policy);
  EXPECT_EQ(outcome.migrations, 1U);
  EXPECT_EQ(outcome.ping_pong, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Policies,
    SteadySkew,
    testing::Values("hbal-score", "watcher-deviation:spread=0.01", "drs-deviation:priority=5"));

} // namespace
} // namespace migralab::simulation::test
