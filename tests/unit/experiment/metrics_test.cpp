// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/metrics.hpp"

#include "sample_trial.hpp"

#include <gtest/gtest.h>
#include <set>

namespace migralab {
namespace {

Cell cell() {
  Cell cell;
  cell.number = 1;
  cell.topology.networks.push_back({.name = "lan", .subnet = {}, .roles = {Role::migration}});
  for (const char* host : {"h1", "h2"}) {
    cell.topology.hosts.push_back({.name = host, .memory = {}, .networks = {{"lan", {}}}});
  }
  return cell;
}

class Metrics : public testing::Test {
protected:
  [[nodiscard]] std::optional<double> of(const std::string& name) const {
    return value_of(metrics_of(trial_, cell()), name);
  }
  TrialOutcome trial_ = test::sample_trial();
};

TEST_F(Metrics, OfAMigration) {
  EXPECT_EQ(of("succeeded"), 1);
  EXPECT_EQ(of("total_time"), 2);
  EXPECT_EQ(of("downtime.hypervisor"), 98);
  EXPECT_EQ(of("rounds"), 3);
  EXPECT_EQ(of("moved"), 1e8);
  EXPECT_EQ(of("dirty_rate.2s"), static_cast<double>(Bytes::mib(12).count));
}

TEST_F(Metrics, OfAProbe) {
  // The last answer before came at 2.992 s, the first after at 3.102 s; request 300 was planned for 3.0 s.
  EXPECT_NEAR(of("downtime.udp").value(), 102, 1e-6);
  EXPECT_EQ(of("returned.udp"), 1);
  EXPECT_EQ(of("udp.rate.before"), 100);
  EXPECT_EQ(of("udp.rate.during"), 95);
  EXPECT_EQ(of("udp.failed.during"), 10);
  EXPECT_EQ(of("udp.failed.after"), 0);
  EXPECT_EQ(of("udp.response_p50.after"), 2);
}

TEST_F(Metrics, OfAProbeThatNeverSawTheGuestAgain) {
  for (RequestSample& sample : trial_.guests[0].traces[0].samples) {
    if (sample.planned >= trial_.during) {
      sample.answered.reset();
      sample.end = RequestEnd::timed_out;
    }
  }
  EXPECT_EQ(of("returned.udp"), 0);
  EXPECT_FALSE(of("downtime.udp"));
}

TEST_F(Metrics, OfWorkloadsNetworksAndProcessors) {
  EXPECT_EQ(of("disk.throughput.before"), 15);
  EXPECT_EQ(of("disk.throughput.during"), 35);
  EXPECT_EQ(of("disk.throughput.after"), 55);
  EXPECT_EQ(of("disk.throughput.whole"), 35);
  EXPECT_EQ(of("network.lan.whole"), 50000);
  EXPECT_NEAR(of("processors.h1.whole").value(), 50, 1e-9);
  EXPECT_EQ(of("processors.h2.whole"), 0);
}

TEST_F(Metrics, OfATrialWithoutAMigrationHaveNoDuring) {
  trial_.guests[0].migration.reset();
  trial_.after = trial_.during;
  EXPECT_FALSE(of("total_time"));
  EXPECT_FALSE(of("udp.rate.during"));
  EXPECT_TRUE(of("udp.rate.whole"));
}

TEST_F(Metrics, OfAFailedMigrationHaveNoTimes) {
  trial_.guests[0].migration->succeeded = false;
  EXPECT_EQ(of("succeeded"), 0);
  EXPECT_FALSE(of("total_time"));
  EXPECT_FALSE(of("downtime.hypervisor"));
}

TEST_F(Metrics, OfSeveralGuestsCarryTheirNames) {
  trial_.guests.push_back(trial_.guests[0]);
  trial_.guests[1].guest = "db";
  EXPECT_EQ(of("web:total_time"), 2);
  EXPECT_EQ(of("db:downtime.hypervisor"), 98);
  EXPECT_EQ(of("db:udp.rate.before"), 100);
  EXPECT_FALSE(of("total_time"));
}

TEST_F(Metrics, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Metric& metric : metrics_of(trial_, cell())) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name << " twice";
  }
  EXPECT_GT(names.size(), 30U);
}

} // namespace
} // namespace migralab
