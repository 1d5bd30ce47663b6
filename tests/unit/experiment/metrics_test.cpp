// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/metrics.hpp"

#include "sample_trial.hpp"

#include <gtest/gtest.h>
#include <set>

namespace migralab {
namespace {

using namespace std::chrono_literals;

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

TEST_F(Metrics, OfAWorkloadInAGuestThatIsStoppedAreCorrected) {
  trial_.guests[0].migration->completed["downtime"] = 1200; // of the 2 s of the migration, of the 6 s of all
  EXPECT_EQ(of("disk.throughput.during"), 35);
  EXPECT_DOUBLE_EQ(of("disk.throughput.corrected.before").value(), of("disk.throughput.before").value());
  EXPECT_DOUBLE_EQ(of("disk.throughput.corrected.during").value(), 35 * 0.4);
  EXPECT_DOUBLE_EQ(of("disk.throughput.corrected.after").value(), of("disk.throughput.after").value());
  EXPECT_DOUBLE_EQ(of("disk.throughput.corrected.whole").value(), 35 * 0.8);
  trial_.workloads[0].samples.push_back({trial_.during, "latency_max", "ms", 7});
  EXPECT_EQ(of("disk.latency_max.during"), 7);
  EXPECT_FALSE(of("disk.latency_max.corrected.during")) << "only rates have one";
  trial_.guests[0].migration->completed.erase("downtime");
  EXPECT_FALSE(of("disk.throughput.corrected.during")) << "nobody told how long it was stopped";
}

TEST_F(Metrics, OfAWorkloadOnAClientAreNot) {
  trial_.workloads[0].node = "client";
  EXPECT_EQ(of("disk.throughput.during"), 35);
  EXPECT_FALSE(of("disk.throughput.corrected.during"));
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

/// To h2: in each 50 ms from 100 ms to 700 ms after the migration's beginning, `pieces` of `piece` bytes.
void send_to_h2(TrialOutcome& trial, std::uint64_t pieces, std::uint64_t piece) {
  trial.counters.clear();
  InterfaceCount count;
  for (int step = 0; step <= 20; ++step) {
    if (step > 2 && step <= 14) {
      count.sent_packets += pieces;
      count.sent_bytes += pieces * piece;
    }
    trial.counters.push_back({trial.during + step * 50ms, {{"lan.h2", count}}});
  }
  trial.link_rates = {{"lan", "h2", LinkRate::Direction::down, {1'000'000'000}, {1'000'000'000}}};
}

/// The first round is seen from `from` on, each 25 ms; the last sample of it is stamped late, at 850 ms.
void show_first_round(TrialOutcome& trial, std::chrono::milliseconds from) {
  std::vector<JobSample>& samples = trial.guests[0].migration->samples;
  samples = {{trial.during + 20ms, {{"memory_iteration", 0}, {"memory_processed", 0}, {"memory_remaining", 0}}}};
  const auto show = [&](Instant at, double round) {
    samples.push_back({at, {{"memory_iteration", round}, {"memory_processed", 1e6}, {"memory_remaining", 1e8}}});
  };
  for (auto at = from; at < 700ms; at += 25ms) {
    show(trial.during + at, 1);
  }
  show(trial.during + 850ms, 1);
  show(trial.during + 900ms, 2);
}

TEST_F(Metrics, OfTheBulkRoundLieWithinIt) {
  send_to_h2(trial_, 1000, 1514); // single frames: 242 Mbit/s
  show_first_round(trial_, 120ms);
  EXPECT_NEAR(of("bulk.rate").value(), 242.24, 1e-6);
  EXPECT_NEAR(of("bulk.share").value(), 24.224, 1e-6);
}

TEST_F(Metrics, OfTheBulkRoundCountFramesAsTheLinkWasMeasured) {
  // 96 pieces of 43 frames: the link carried 96 * 43 * 1514 B in 50 ms, the interface counts 1448 B for all frames but
  // the first of a piece.
  send_to_h2(trial_, 96, 66 + 43 * 1448);
  show_first_round(trial_, 120ms);
  EXPECT_NEAR(of("bulk.rate").value(), 96 * 43 * 1514 * 8 / 0.05 / 1e6, 1e-6);
  EXPECT_NEAR(of("bulk.share").value(), 99.997, 0.001);
}

TEST_F(Metrics, OfABulkRoundThatWasHardlySeenAreNone) {
  send_to_h2(trial_, 1000, 1514);
  show_first_round(trial_, 690ms); // two samples, of which one is late
  EXPECT_FALSE(of("bulk.rate"));
  EXPECT_FALSE(of("bulk.share"));
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
