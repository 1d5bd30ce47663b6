// SPDX-License-Identifier: Apache-2.0
// Models without rounds, what every model asks of its inputs, and predicted beside measured.
#include "migralab/models/accuracy.hpp"

#include "migralab/core/error.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace migralab {
namespace {

using namespace std::chrono_literals;

ModelInputs a_guest() {
  ModelInputs inputs;
  inputs.memory = {1'000'000'000};
  inputs.link = {1'000'000'000}; // 125 MB/s
  inputs.dirty_rate = {200'000'000};
  inputs.setup = 100ms;
  inputs.resume = 20ms;
  inputs.finish = 50ms;
  inputs.stop = qemu_stop_rule();
  return inputs;
}

TEST(StopAndCopy, StandsStillForAllOfIt) {
  const auto found = predict(MigrationModel::stop_and_copy, a_guest());
  EXPECT_EQ(found.downtime, 8020ms);
  EXPECT_EQ(found.total_time, 8170ms);
  EXPECT_EQ(found.sent, Bytes{1'000'000'000});
  EXPECT_EQ(found.rounds, 0U);
}

TEST(PostCopy, StandsStillForTheDevicesAndWaitsForPages) {
  ModelInputs inputs = a_guest();
  inputs.page_size = {4'000};
  inputs.device_state = {2'500'000}; // 20 ms
  inputs.network_faults = 1000;
  inputs.round_trip = 200us;
  inputs.fault_handling = 18us; // with 32 us for the page: 250 us each
  const auto found = predict(MigrationModel::post_copy, inputs);
  EXPECT_EQ(found.downtime, 40ms);
  EXPECT_EQ(found.total_time, 100ms + 40ms + 8000ms + 50ms);
  EXPECT_EQ(found.sent, Bytes{1'002'500'000});
  EXPECT_EQ(found.stall, 250ms);
}

TEST(Hybrid, OneRoundThenTheRest) {
  ModelInputs inputs = a_guest(); // D/R = 0.2
  inputs.device_state = {2'500'000};
  const auto found = predict(MigrationModel::hybrid, inputs);
  EXPECT_EQ(found.rounds, 1U);
  EXPECT_EQ(found.sent, Bytes{1'202'500'000}); // V (1 + x) + S
  EXPECT_EQ(found.downtime, 40ms);
  EXPECT_EQ(found.total_time, 100ms + 9600ms + 40ms + 50ms);
  inputs.pre_copy_rounds = 3;
  EXPECT_EQ(predict(MigrationModel::hybrid, inputs).sent, Bytes{1'250'500'000}); // V (1 - x^4) / (1 - x) + S
}

TEST(Hybrid, WithoutARoundIsPostCopy) {
  ModelInputs inputs = a_guest();
  inputs.pre_copy_rounds = 0;
  const auto hybrid = predict(MigrationModel::hybrid, inputs);
  const auto post_copy = predict(MigrationModel::post_copy, inputs);
  EXPECT_EQ(hybrid.sent, post_copy.sent);
  EXPECT_EQ(hybrid.total_time, post_copy.total_time);
}

TEST(Models, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const MigrationModel model : migration_models) {
    names.insert(to_string(model));
  }
  EXPECT_EQ(names.size(), migration_models.size());
  EXPECT_TRUE(names.contains("stop-and-copy"));
}

std::string complaint(MigrationModel model, const ModelInputs& inputs) {
  try {
    (void)predict(model, inputs);
  } catch (const Error& error) {
    return error.what() + (error.hint().empty() ? "" : " | " + error.hint());
  }
  return "nothing was thrown";
}

std::string complaint(MigrationModel model, void (*change)(ModelInputs&)) {
  ModelInputs inputs = a_guest();
  change(inputs);
  return complaint(model, inputs);
}

TEST(Models, SayWhatIsMissing) {
  using enum MigrationModel;
  EXPECT_EQ(
      complaint(geometric, [](ModelInputs& it) { it.memory = {}; }), "model geometric: there is no memory to move");
  EXPECT_EQ(complaint(average, [](ModelInputs& it) { it.link = {}; }), "model average: the link's rate is 0");
  EXPECT_EQ(complaint(average, [](ModelInputs& it) { it.page_size = {}; }), "model average: the page size is 0");
  EXPECT_EQ(complaint(geometric, [](ModelInputs& it) { it.resume = -1ns; }), "model geometric: a time is below 0");
  EXPECT_EQ(
      complaint(geometric, [](ModelInputs& it) { it.stop = {}; }),
      "model geometric: there is no stop rule | Pre-copy needs a downtime limit, a threshold or a most of rounds.");
  EXPECT_EQ(
      complaint(geometric, [](ModelInputs& it) { it.stop.threshold = Bytes{1}; }),
      "model geometric: the stop rule has a downtime limit and a threshold; it takes one of them");
  EXPECT_EQ(complaint(sweep, [](ModelInputs&) {}), "model sweep: there is no working set");
  EXPECT_EQ(
      complaint(uniform_writes, [](ModelInputs& it) { it.working_set = Bytes{2'000'000'000}; }),
      "model uniform-writes: the working set, 1953125KiB, is larger than the memory, 976562.5KiB");
  EXPECT_EQ(
      complaint(history, [](ModelInputs&) {}),
      "model history: there is no history | It takes what was dirtied in each interval, and how long each was.");
  EXPECT_EQ(
      complaint(
          curve,
          [](ModelInputs& it) {
            it.dirty_curve = {{1s, {1}}};
          }),
      "model curve: the curve of dirty memory has 1 points; it takes 2");
  EXPECT_EQ(
      complaint(
          curve,
          [](ModelInputs& it) {
            it.dirty_curve = {{1s, {5}}, {1s, {6}}};
          }),
      "model curve: point 2 of the curve of dirty memory is not later than the one before, or lower");
  EXPECT_EQ(
      complaint(stop_and_copy, [](ModelInputs& it) { it.memory = Bytes::gib(1U << 30U), it.link = {1}; }),
      "model stop-and-copy: the migration would take more than 292 years | Is the link's rate right?");
}

TEST(Rates, AreBytesOrBits) {
  EXPECT_EQ(bytes_per_second({1'000'000'000}), 125e6);
  EXPECT_EQ(rate_of_bytes(125e6), BitRate{1'000'000'000});
  EXPECT_THROW((void)rate_of_bytes(-1), Error);
}

TEST(ModelErrors, AreRelativeToTheMeasured) {
  const MigrationPrediction predicted{
      .ending = Ending::converged, .rounds = 2, .sent = Bytes{900}, .total_time = 11s, .downtime = 30ms, .stall = {}};
  const ModelError error = error_of(predicted, {.total_time = 10s, .downtime = 40ms, .sent = Bytes{1000}});
  EXPECT_DOUBLE_EQ(*error.total_time, 0.1);
  EXPECT_DOUBLE_EQ(*error.downtime, -0.25);
  EXPECT_DOUBLE_EQ(*error.sent, -0.1);
}

TEST(ModelErrors, AreAbsentWhereThereIsNothingToCompare) {
  const MigrationPrediction never{
      .ending = Ending::does_not_converge, .rounds = 2, .sent = {}, .total_time = {}, .downtime = {}, .stall = {}};
  EXPECT_FALSE(error_of(never, {.total_time = 10s, .downtime = 40ms, .sent = {}}).total_time);
  const auto found = predict(MigrationModel::stop_and_copy, a_guest());
  EXPECT_FALSE(error_of(found, {.total_time = 10s, .downtime = {}, .sent = {}}).downtime);
  EXPECT_FALSE(error_of(found, {.total_time = 10s, .downtime = 0ns, .sent = {}}).downtime);
}

TEST(ModelErrors, OverTrials) {
  const Accuracy accuracy = accuracy_of(std::vector<double>{0.1, -0.1, 0.2, -0.4});
  EXPECT_EQ(accuracy.n, 4U);
  EXPECT_DOUBLE_EQ(accuracy.mean_absolute, 0.2);
  EXPECT_DOUBLE_EQ(accuracy.bias, -0.05);
  ASSERT_TRUE(accuracy.interval.interval);
  // t(0.975, 3) = 3.182446, sd = 0.1414214
  EXPECT_NEAR(accuracy.interval.interval->half_width(), 3.182446 * 0.14142136 / 2, 1e-6);
  EXPECT_EQ(
      accuracy_of(std::vector<double>{0.1}).interval.refusal, "an interval of the mean takes 2 values, there are 1");
}

TEST(ModelErrors, AFailedMigrationIsNotCompared) {
  MigrationRecord record;
  record.guest = "web";
  try {
    (void)measured(record);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the migration of web failed: no model predicts it");
  }
}

} // namespace
} // namespace migralab
