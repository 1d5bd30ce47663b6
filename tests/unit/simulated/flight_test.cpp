// SPDX-License-Identifier: Apache-2.0
// Migrations in a simulated lab: what the models say, and what becomes of two at once.
#include "flight.hpp"

#include "migralab/models/model.hpp"
#include "small_lab.hpp"

#include <algorithm>

namespace migralab::simulated::test {
namespace {

using namespace std::chrono_literals;

class FlightTest : public testing::Test {
protected:
  explicit FlightTest(const std::string& rate = "100Mbit/s", const std::string& simulated = "")
      : topology_(small_lab(rate, simulated)) {}

  MigrationRecord fly(const std::string& guest, const std::string& to, const MigrationOptions& options = {}) {
    World world(topology_, workloads_, "", noon, 1);
    world.go();
    std::optional<MigrationRecord> ended;
    begin_flight(world, guest, to, options, [&](MigrationRecord record) { ended = std::move(record); });
    world.timeline().run_until(noon + 1h);
    EXPECT_TRUE(ended);
    place_ = world.places().at(guest);
    still_ = world.standstills(guest);
    return ended.value_or(MigrationRecord{});
  }

  /// What the models take for a guest of this lab.
  [[nodiscard]] ModelInputs inputs(const std::string& guest) const {
    World world(topology_, workloads_, "", noon, 1);
    world.go();
    const std::vector<Writer> writers = world.writers_of(guest);
    ModelInputs inputs;
    inputs.memory = Bytes{static_cast<std::uint64_t>(world.memory_of(guest))};
    inputs.zero_pages = (guest_of(topology_, guest).memory.count - inputs.memory.count) / 4096;
    inputs.link = *topology_.networks.front().shaping.up;
    inputs.dirty_rate = rate_of_bytes(writers.back().rate);
    inputs.working_set = Bytes{static_cast<std::uint64_t>(writers.back().set)};
    inputs.stop = qemu_stop_rule();
    inputs.setup = topology_.simulated.setup;
    inputs.resume = topology_.simulated.resume;
    inputs.finish = topology_.simulated.finish;
    inputs.device_state = Bytes{150'000};
    return inputs;
  }

  void expect_as_predicted(const MigrationRecord& record, const MigrationPrediction& prediction) {
    EXPECT_TRUE(record.succeeded) << record.error;
    EXPECT_NEAR(
        std::chrono::duration<double>(record.total_time()).count(),
        std::chrono::duration<double>(*prediction.total_time).count(),
        1e-4);
    EXPECT_NEAR(
        std::chrono::duration<double>(*record.hypervisor_downtime()).count(),
        std::chrono::duration<double>(*prediction.downtime).count(),
        1e-4);
  }

  static WorkloadSpec writer(const std::string& rate, const std::string& size = "32MiB") {
    return {
        .name = "writer",
        .kind = "memory-writer",
        .node = "web",
        .options = {
            {"rate", rate},
            {"size", size},
            {"pattern", "uniform"},
            {"hot", "10%"},
            {"hot_share", "90%"},
            {"fill", "page"}}};
  }

  Topology topology_;
  std::vector<WorkloadSpec> workloads_;
  std::string place_;
  std::vector<Standstill> still_;
};

/// The writer is the only one, so that one formula says it all.
class QuietFlight : public FlightTest {
protected:
  QuietFlight() : FlightTest("100Mbit/s", ", dirty_rate: 1B/s, working_set: 1B") {}
};

TEST_F(QuietFlight, PreCopyTakesWhatTheModelSays) {
  workloads_ = {writer("4MiB/s")};
  const MigrationRecord record = fly("web", "h2");
  const MigrationPrediction prediction = predict(MigrationModel::uniform_writes, inputs("web"));
  expect_as_predicted(record, prediction);
  EXPECT_EQ(record.completed.at("memory_iteration"), prediction.rounds);
  EXPECT_GT(prediction.rounds, 2U);
  EXPECT_EQ(place_, "h2");
  ASSERT_EQ(still_.size(), 1U);
  EXPECT_EQ(still_[0].to - still_[0].from, *record.hypervisor_downtime());
}

TEST_F(QuietFlight, XenGivesUpAfterFiveRoundsAsTheModelDoes) {
  for (HostSpec& host : topology_.hosts) {
    host.hypervisor = HostSpec::Hypervisor::xen;
  }
  workloads_ = {writer("8MiB/s", "96MiB")};
  const MigrationRecord record = fly("web", "h2");
  ModelInputs of_xen = inputs("web");
  of_xen.stop = xen_stop_rule();
  const MigrationPrediction prediction = predict(MigrationModel::uniform_writes, of_xen);
  EXPECT_EQ(prediction.ending, Ending::max_rounds);
  EXPECT_EQ(prediction.rounds, 5U);
  ASSERT_TRUE(record.succeeded) << record.error;
  EXPECT_TRUE(record.completed.empty()) << "libvirt tells nothing of Xen's";
  const auto seconds = [](Nanoseconds span) { return std::chrono::duration<double>(span).count(); };
  EXPECT_NEAR(seconds(record.total_time()), seconds(*prediction.total_time), 1e-4);
  ASSERT_EQ(still_.size(), 1U);
  EXPECT_NEAR(seconds(still_[0].to - still_[0].from), seconds(*prediction.downtime), 1e-4);
}

TEST_F(QuietFlight, StopAndCopyTakesWhatTheModelSays) {
  MigrationOptions options;
  options.technique = Technique::stop_and_copy;
  expect_as_predicted(fly("web", "h2", options), predict(MigrationModel::stop_and_copy, inputs("web")));
}

TEST_F(QuietFlight, PostCopyTakesWhatTheModelSays) {
  MigrationOptions options;
  options.technique = Technique::post_copy;
  const MigrationRecord record = fly("web", "h2", options);
  expect_as_predicted(record, predict(MigrationModel::post_copy, inputs("web")));
  EXPECT_TRUE(std::any_of(record.events.begin(), record.events.end(), [](const GuestEvent& event) {
    return event.what == switched_to_post_copy;
  }));
}

TEST_F(QuietFlight, AFastWriterNeverConvergesUnlessItIsSlowedDown) {
  workloads_ = {writer("64MiB/s", "96MiB")};
  MigrationOptions options;
  options.timeout = 1min;
  const MigrationRecord stuck = fly("web", "h2", options);
  EXPECT_FALSE(stuck.succeeded);
  EXPECT_EQ(stuck.error, "given up: not finished within its time limit of 60.0 s");
  EXPECT_EQ(stuck.total_time(), 1min);
  EXPECT_EQ(place_, "h1");
  EXPECT_TRUE(still_.empty());
  options.auto_converge = true;
  options.timeout = 10min;
  EXPECT_TRUE(fly("web", "h2", options).succeeded);
  options.auto_converge = false;
  options.technique = Technique::hybrid;
  options.switch_rule = SwitchRule{.rounds = 1};
  const MigrationRecord hybrid = fly("web", "h2", options);
  EXPECT_TRUE(hybrid.succeeded);
  EXPECT_LT(*hybrid.hypervisor_downtime(), 300ms);
}

TEST_F(FlightTest, TwoAtOnceShareTheCable) {
  World world(topology_, {}, "", noon, 1);
  world.place("db", "h1");
  std::map<std::string, Nanoseconds> took;
  for (const char* guest : {"web", "db"}) {
    begin_flight(world, guest, "h2", {}, [&](const MigrationRecord& record) {
      EXPECT_TRUE(record.succeeded) << record.error;
      took[record.guest] = record.total_time();
    });
  }
  world.timeline().run_until(noon + 1h);
  const double alone = std::chrono::duration<double>(fly("web", "h2").total_time()).count();
  EXPECT_NEAR(std::chrono::duration<double>(took.at("web")).count() / alone, 2, 0.1);
  EXPECT_NEAR(std::chrono::duration<double>(took.at("db")).count() / alone, 2, 0.1);
}

TEST_F(FlightTest, IsCappedByItsBandwidth) {
  MigrationOptions options;
  options.bandwidth = Bytes::mib(2);
  const double capped = std::chrono::duration<double>(fly("web", "h2", options).total_time()).count();
  EXPECT_NEAR(capped, 120.0 / 2, 5);
}

TEST_F(FlightTest, WhatMakesNoSenseFailsAtOnce) {
  EXPECT_EQ(fly("web", "h1").error, "guest web is on h1 already");
  EXPECT_EQ(fly("db", "h3").error, "h3 has 512MiB for guests, and would need 1GiB");
  EXPECT_EQ(place_, "h2");
}

TEST_F(FlightTest, ItsSamplesAreAsLibvirtsAre) {
  const MigrationRecord record = fly("web", "h2");
  ASSERT_GT(record.samples.size(), 100U) << "every 25 ms";
  double before = 0;
  for (const JobSample& sample : record.samples) {
    EXPECT_GE(sample.values.at("memory_processed"), before);
    before = sample.values.at("memory_processed");
  }
  EXPECT_NEAR(before, record.completed.at("memory_processed"), 2e6);
}

} // namespace
} // namespace migralab::simulated::test
