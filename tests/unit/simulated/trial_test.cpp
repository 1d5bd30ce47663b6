// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulated/trial.hpp"

#include "migralab/experiment/metrics.hpp"
#include "migralab/simulated/lab.hpp"
#include "small_lab.hpp"

namespace migralab::simulated::test {
namespace {

using namespace std::chrono_literals;

Cell cell() {
  Cell one;
  one.number = 1;
  one.topology = small_lab("100Mbit/s");
  one.experiment.name = "small";
  one.experiment.client = "client";
  one.experiment.routes = {{"web", {"h2", "h1"}}};
  one.experiment.http = HttpLoad{.rate = 50, .path = "/"};
  one.experiment.gaps = true;
  one.experiment.dirty_rate = true;
  return one;
}

PlannedTrial planned(unsigned number = 1, unsigned leg = 1) {
  return {.number = number, .cell = 1, .block = 1, .leg = leg, .warm_up = false};
}

double metric(const TrialOutcome& trial, const std::string& name) {
  const Cell one = cell();
  for (const Metric& found : metrics_of(trial, one)) {
    if (found.name == name) {
      return found.value;
    }
  }
  ADD_FAILURE() << "no metric " << name;
  return 0;
}

TEST(SimulatedTrial, HasTheThreeDowntimesOfARealOne) {
  const TrialOutcome trial = simulate_trial(planned(), cell());
  EXPECT_EQ(trial.accelerator, "simulated");
  EXPECT_TRUE(trial.succeeded());
  const double hypervisor = metric(trial, "downtime.hypervisor");
  EXPECT_GT(hypervisor, 20);
  EXPECT_NEAR(metric(trial, "downtime.udp"), hypervisor, 2);
  EXPECT_NEAR(metric(trial, "downtime.guest"), hypervisor, 1);
  EXPECT_EQ(metric(trial, "returned.http"), 1);
  EXPECT_NEAR(metric(trial, "total_time"), 10.2, 0.6) << "120 MiB at 100 Mbit/s";
  EXPECT_GT(metric(trial, "network.lan.during"), 120e6);
  EXPECT_GT(metric(trial, "processors.h1.during"), metric(trial, "processors.h1.before"));
}

TEST(SimulatedTrial, IsTheSameForTheSameNumberAndGoesTheWholeRoute) {
  const TrialOutcome first = simulate_trial(planned(), cell());
  const TrialOutcome again = simulate_trial(planned(), cell());
  EXPECT_EQ(first.guests[0].migration->total_time(), again.guests[0].migration->total_time());
  EXPECT_EQ(first.guests[0].traces[0].samples[7].answered, again.guests[0].traces[0].samples[7].answered);
  const TrialOutcome back = simulate_trial(planned(2, 2), cell());
  EXPECT_EQ(back.guests[0].migration->from, "h2");
  EXPECT_EQ(back.guests[0].migration->to, "h1");
}

TEST(SimulatedTrial, DiffersFromTrialToTrialWhereItIsToBeNoisy) {
  Cell noisy = cell();
  noisy.topology.simulated.noise = true;
  EXPECT_NE(
      simulate_trial(planned(1), noisy).guests[0].migration->total_time(),
      simulate_trial(planned(2), noisy).guests[0].migration->total_time());
}

TEST(SimulatedTrial, WhatCannotBeBalancedIsItsError) {
  Cell balanced = cell();
  balanced.experiment.routes.clear();
  balanced.experiment.moves = false;
  balanced.experiment.gaps = false;
  balanced.experiment.balance.emplace();
  balanced.experiment.balance->lasts = 20s;
  EXPECT_TRUE(simulate_trial(planned(), balanced).balance);
  balanced.topology.hosts.resize(1);
  EXPECT_EQ(simulate_trial(planned(), balanced).error, "a lab with one host cannot be balanced");
}

} // namespace
} // namespace migralab::simulated::test
