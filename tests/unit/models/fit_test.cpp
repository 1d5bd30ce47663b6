// SPDX-License-Identifier: Apache-2.0
// Parameters from statistics: of made-up migrations whose parameters are known, and of real ones.
#include "migralab/models/accuracy.hpp"
#include "migralab/models/fit.hpp"

#include "migralab/core/error.hpp"
#include "migralab/statistics/summary.hpp"
#include "recorded.hpp"

#include <cmath>

namespace migralab {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::complaint;
using test::ideal_migration;
using test::real_migrations;

TEST(FitOfRealMigrations, FindsTheLinkAndTheMemory) {
  const auto records = real_migrations();
  ASSERT_EQ(records.size(), 6U);
  for (const MigrationRecord& record : records) {
    const FittedInputs found = fit(record);
    EXPECT_NEAR(bytes_per_second(found.link), 120e6, 10e6); // 1 Gbit/s less headers
    EXPECT_NEAR(static_cast<double>(found.memory.count), 98e6, 2e6);
    EXPECT_EQ(found.page_size, Bytes{4096});
    EXPECT_GT(found.setup, 100ms);
    EXPECT_LT(found.setup, 500ms);
    EXPECT_EQ(found.dirty_rate_from, DirtyRateSource::resent_bytes);
    EXPECT_LT(bytes_per_second(*found.dirty_rate), 10e6); // idle
  }
}

TEST(FitOfRealMigrations, ParametersOfOneTrialPredictTheOthers) {
  const auto records = real_migrations();
  ASSERT_EQ(records.size(), 6U);
  const ModelInputs inputs = fit(records.front()).inputs(qemu_stop_rule());
  std::vector<double> total;
  std::vector<double> sent;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const ModelError error = error_of(predict(MigrationModel::geometric, inputs), measured(records[i]));
    ASSERT_TRUE(error.total_time && error.sent && error.downtime);
    total.push_back(*error.total_time);
    sent.push_back(*error.sent);
  }
  EXPECT_LT(accuracy_of(total).mean_absolute, 0.1);
  EXPECT_LT(accuracy_of(sent).mean_absolute, 0.1);
}

TEST(FitOfRealMigrations, MeasuredDowntimeLiesBetweenBothOfQemusStopRules) {
  for (const MigrationRecord& record : real_migrations()) {
    const FittedInputs fitted = fit(record);
    const auto downtime = record.hypervisor_downtime();
    ASSERT_TRUE(downtime);
    EXPECT_GT(*downtime, *predict(MigrationModel::geometric, fitted.inputs(qemu_stop_rule())).downtime);
    EXPECT_LT(*downtime, *predict(MigrationModel::geometric, fitted.inputs(qemu_stop_rule_within_rounds())).downtime);
  }
}

TEST(Fit, FindsWhatTheMigrationWasMadeOf) {
  const FittedInputs found = fit(ideal_migration(1e9, 125e6, 40e6, 3));
  EXPECT_EQ(found.memory, Bytes{1'000'000'000});
  EXPECT_EQ(found.zero_pages, 1000U);
  EXPECT_NEAR(bytes_per_second(found.link), 125e6, 1e3);
  EXPECT_EQ(found.dirty_rate_from, DirtyRateSource::job_statistics);
  EXPECT_NEAR(bytes_per_second(*found.dirty_rate), 40e6, 1e3);
  EXPECT_NEAR(static_cast<double>(found.setup.count()), 5e8, 1e6);
  EXPECT_NEAR(static_cast<double>(found.after_transfer.count()), 1.2e8, 1e6);
}

TEST(Fit, TellsTheRounds) {
  const FittedInputs found = fit(ideal_migration(1e9, 125e6, 40e6, 3));
  ASSERT_EQ(found.rounds.size(), 3U);
  EXPECT_EQ(found.rounds[0].iteration, 1U);
  EXPECT_NEAR(static_cast<double>(found.rounds[0].length.count()), 8e9, 6e7); // one sample each 50 ms
  EXPECT_NEAR(static_cast<double>(found.rounds[0].sent.count), 1e9, 1e7);
  EXPECT_NEAR(bytes_per_second(*found.rounds[0].dirty_rate), 40e6, 1);
  EXPECT_NEAR(static_cast<double>(found.rounds[1].left_at_start.count), 320e6, 1);
  EXPECT_FALSE(found.rounds[2].dirty_rate); // no later round tells
}

TEST(Fit, PredictsTheMigrationItWasMadeFrom) {
  const MigrationRecord record = ideal_migration(1e9, 125e6, 40e6, 3);
  const ModelError error =
      error_of(predict(MigrationModel::geometric, fit(record).inputs(qemu_stop_rule(300ms))), measured(record));
  EXPECT_NEAR(*error.total_time, 0, 1e-3);
  EXPECT_NEAR(*error.sent, 0, 1e-3);
}

TEST(Fit, WithoutADirtyRateLooksAtWhatWasSentAgain) {
  MigrationRecord record = ideal_migration(1e9, 125e6, 40e6, 3);
  for (JobSample& sample : record.samples) {
    sample.values.erase("memory_dirty_rate");
  }
  const FittedInputs found = fit(record);
  EXPECT_EQ(found.dirty_rate_from, DirtyRateSource::resent_bytes);
  EXPECT_NEAR(bytes_per_second(*found.dirty_rate), 40e6, 0.2e6);
  record.completed.clear();
  EXPECT_EQ(fit(record).dirty_rate_from, DirtyRateSource::none);
  EXPECT_FALSE(fit(record).dirty_rate);
}

TEST(Fit, TakesTwoSamplesOfMemoryOnItsWay) {
  MigrationRecord record = ideal_migration(1e9, 125e6, 40e6, 3);
  record.samples.resize(2); // the first one has sent nothing yet
  EXPECT_EQ(
      complaint([&] { (void)fit(record); }),
      "fit of a migration of ideal: 1 samples show memory on its way; it takes 2 that differ | Sample more often, or "
      "migrate a guest with more memory.");
}

TEST(Fit, RefusesAGuestOfZerosAlone) {
  MigrationRecord record = ideal_migration(1e9, 125e6, 40e6, 3);
  record.completed["memory_constant"] = 1e6;
  EXPECT_EQ(
      complaint([&] { (void)fit(record); }), "fit of a migration of ideal: of 958 MiB of memory 3.81 GiB are zero");
}

TEST(DirtySet, FromTwoPeriods) {
  const double set = 300e6;
  const double rate = 80e6;
  const auto dirtied = [&](double t) {
    return Bytes{static_cast<std::uint64_t>(set * (1 - std::exp(-rate * t / set)))};
  };
  const DirtySet found = fit_dirty_set(2s, dirtied(2), dirtied(4));
  EXPECT_NEAR(static_cast<double>(found.working_set.count), set, 10);
  EXPECT_NEAR(bytes_per_second(found.dirty_rate), rate, 10);
}

TEST(DirtySet, RefusesWhatDoesNotSaturateOrIsSaturated) {
  const std::string hint =
      " | The second is between the first and twice the first: measure over a longer period if it is "
      "as much as twice, over a shorter one if both are the same.";
  EXPECT_EQ(
      complaint([] { (void)fit_dirty_set(1s, Bytes::mib(10), Bytes::mib(20)); }),
      "fit of a dirty set: 10.0 MiB after 1.00 s, 20.0 MiB after twice that" + hint);
  EXPECT_EQ(
      complaint([] { (void)fit_dirty_set(1s, Bytes::mib(10), Bytes::mib(10)); }),
      "fit of a dirty set: 10.0 MiB after 1.00 s, 10.0 MiB after twice that" + hint);
  EXPECT_EQ(
      complaint([] { (void)fit_dirty_set(0s, Bytes::mib(10), Bytes::mib(15)); }),
      "fit of a dirty set: the period is not above 0");
}

TEST(DirtyRates, OfPagesAndOfMebibytes) {
  EXPECT_EQ(rate_of_pages(1000, {4096}), BitRate{32'768'000});
  EXPECT_EQ(rate_of_mebibytes(1), BitRate{8'388'608});
}

} // namespace
} // namespace migralab
