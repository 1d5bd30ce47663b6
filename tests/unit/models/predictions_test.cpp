// SPDX-License-Identifier: Apache-2.0
// Every model beside what was measured: of six real migrations, and of made-up ones that follow a model.
#include "migralab/models/predictions.hpp"

#include "recorded.hpp"

#include <cmath>
#include <fmt/format.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;
using test::ideal_migration;
using test::real_migrations;

std::vector<const MigrationRecord*> pointers(const std::vector<MigrationRecord>& records) {
  std::vector<const MigrationRecord*> all;
  for (const MigrationRecord& record : records) {
    all.push_back(&record);
  }
  return all;
}

std::vector<std::string> names(const std::vector<ModelRow>& rows) {
  std::vector<std::string> all;
  for (const ModelRow& row : rows) {
    all.push_back(row.name);
  }
  return all;
}

const ModelRow& row_of(const std::vector<ModelRow>& rows, const std::string& name) {
  for (const ModelRow& row : rows) {
    if (row.name == name) {
      return row;
    }
  }
  throw Error("there is no row " + name);
}

TEST(PredictionsOfRealMigrations, AreGolden) {
  const auto records = real_migrations();
  std::string text;
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (const ModelRow& row : predictions_of(records[i], pointers(records), {})) {
      const auto error = [](std::optional<double> share) {
        return share ? fmt::format("{:+.1f} %", 100 * *share) : "-";
      };
      text += fmt::format(
          "{} {:<22} from {} {}: total {}, downtime {}, sent {}\n",
          i + 1,
          row.name,
          row.trials,
          to_string(row.fitted_to),
          error(row.error.total_time),
          error(row.error.downtime),
          error(row.error.sent));
    }
  }
  test::expect_golden(test::source_path("tests/unit/models/golden/predictions.txt"), text);
}

TEST(PredictionsOfRealMigrations, TotalTimesAreWithinATenthByTheOtherTrials) {
  const auto records = real_migrations();
  std::vector<double> errors;
  for (const MigrationRecord& record : records) {
    const auto rows = predictions_of(record, pointers(records), {});
    const ModelRow& row = row_of(rows, "geometric");
    EXPECT_EQ(row.fitted_to, FittedTo::others);
    EXPECT_EQ(row.trials, 5U) << "the trial itself is left out";
    errors.push_back(row.error.total_time.value());
  }
  EXPECT_LT(accuracy_of(errors).mean_absolute, 0.1);
  EXPECT_GT(accuracy_of(errors).mean_absolute, 1e-4) << "other trials are not this one";
}

TEST(Predictions, OfATrialAloneSayThatTheyAreFittedToIt) {
  const MigrationRecord alone = ideal_migration(1e9, 125e6, 40e6, 3);
  const MigrationRecord* cell[] = {&alone};
  for (const ModelRow& row : predictions_of(alone, cell, {})) {
    EXPECT_EQ(row.fitted_to, FittedTo::itself);
    EXPECT_EQ(row.trials, 1U);
  }
  EXPECT_NEAR(row_of(predictions_of(alone, {}, {}), "geometric").error.total_time.value(), 0, 1e-3);
}

TEST(Predictions, ThatFollowTheModelAreRight) {
  // The geometric model's own migrations: the others tell all there is to know.
  const std::vector<MigrationRecord> records(3, ideal_migration(1e9, 125e6, 40e6, 3));
  const auto rows = predictions_of(records[0], pointers(records), {});
  EXPECT_EQ(
      names(rows),
      (std::vector<std::string>{
          "geometric",
          "geometric-within",
          "sweep",
          "sweep-within",
          "uniform-writes",
          "uniform-writes-within",
          "average",
          "history",
          "curve",
          "curve-within"}));
  EXPECT_NEAR(row_of(rows, "geometric").error.total_time.value(), 0, 1e-3);
  EXPECT_NEAR(row_of(rows, "average").error.total_time.value(), 0, 1e-3);
  EXPECT_NEAR(row_of(rows, "curve").error.total_time.value(), 0, 0.01);
  EXPECT_GT(*row_of(rows, "geometric-within").predicted.downtime, *row_of(rows, "geometric").predicted.downtime);
}

TEST(Predictions, ComeFromTheOthersNotFromTheTrial) {
  std::vector<MigrationRecord> records(3, ideal_migration(1e9, 125e6, 40e6, 3));
  records[0] = ideal_migration(2e9, 125e6, 40e6, 4); // twice the memory
  const auto rows = predictions_of(records[0], pointers(records), {});
  EXPECT_EQ(
      *row_of(rows, "geometric").predicted.sent,
      *row_of(predictions_of(records[1], {}, {}), "geometric").predicted.sent);
  EXPECT_LT(row_of(rows, "geometric").error.total_time.value(), -0.3);
}

TEST(Predictions, OfOtherTechniques) {
  std::vector<MigrationRecord> records(3, ideal_migration(1e9, 125e6, 0, 1));
  for (MigrationRecord& record : records) {
    record.completed["downtime"] = 8050; // 8 s of copying, and 50 ms
  }
  PredictionContext context;
  context.options.technique = Technique::stop_and_copy;
  auto rows = predictions_of(records[0], pointers(records), context);
  ASSERT_EQ(names(rows), std::vector<std::string>{"stop-and-copy"});
  EXPECT_NEAR(rows[0].error.total_time.value(), 0, 1e-3);
  EXPECT_NEAR(rows[0].error.downtime.value(), 0, 1e-3);

  for (MigrationRecord& record : records) {
    record.completed["downtime"] = 40;
  }
  context.options.technique = Technique::post_copy;
  rows = predictions_of(records[0], pointers(records), context);
  ASSERT_EQ(names(rows), std::vector<std::string>{"post-copy"});
  EXPECT_NEAR(rows[0].error.total_time.value(), 0, 1e-3);
  EXPECT_NEAR(rows[0].error.downtime.value(), 0, 1e-3);

  const std::vector<MigrationRecord> two_rounds(2, ideal_migration(1e9, 125e6, 40e6, 2));
  context.options.technique = Technique::hybrid;
  rows = predictions_of(two_rounds[0], pointers(two_rounds), context);
  ASSERT_EQ(names(rows), std::vector<std::string>{"hybrid"});
  EXPECT_EQ(rows[0].predicted.rounds, 1U);
  EXPECT_NEAR(static_cast<double>(rows[0].predicted.sent->count), 1.32e9, 1e7) << "V (1 + x), x = 0.32";
}

TEST(Predictions, OfAStopAfterRoundsKnowTheRounds) {
  const std::vector<MigrationRecord> records(3, ideal_migration(1e9, 125e6, 40e6, 3)); // x = 0.32
  PredictionContext context;
  context.options.technique = Technique::stop_and_copy;
  context.options.switch_rule = SwitchRule{.rounds = 1};
  const auto rows = predictions_of(records[0], pointers(records), context);
  EXPECT_EQ(names(rows), (std::vector<std::string>{"geometric", "sweep", "uniform-writes"}));
  const MigrationPrediction& geometric = row_of(rows, "geometric").predicted;
  EXPECT_EQ(geometric.rounds, 1U);
  EXPECT_EQ(geometric.ending, Ending::max_rounds);
  EXPECT_NEAR(std::chrono::duration<double>(geometric.downtime.value()).count(), 2.56, 0.05) << "V x / R";
  context.options.switch_rule = SwitchRule{.rounds = 20};
  const auto many = predictions_of(records[0], pointers(records), context);
  EXPECT_EQ(row_of(many, "geometric").predicted.ending, Ending::converged) << "the rest fits 300 ms before";
}

TEST(Predictions, TakeWhatIsKnownFromElsewhere) {
  const std::vector<MigrationRecord> records(3, ideal_migration(1e9, 125e6, 40e6, 3));
  PredictionContext context;
  context.goodput = rate_of_bytes(62.5e6); // half
  context.options.bandwidth = Bytes::mib(40);
  context.dirty_set = DirtySet{rate_of_bytes(0), Bytes{0}};
  context.dirty_curve = {{1s, Bytes{0}}, {2s, Bytes{0}}};
  for (const ModelRow& row : predictions_of(records[0], pointers(records), context)) {
    const double time = std::chrono::duration<double>(row.predicted.total_time.value()).count();
    if (row.model != MigrationModel::history) { // that one has a memory
      EXPECT_NEAR(time, 1e9 / Bytes::mib(40).count, 1.5) << row.name << ": the memory once, at the limit";
    }
  }
}

TEST(Predictions, GoByWhatAMigrationGotOfAFasterLink) {
  const std::vector<MigrationRecord> records(3, ideal_migration(1e9, 60e6, 20e6, 4)); // an emulator sends no faster
  PredictionContext context;
  context.goodput = rate_of_bytes(119.5e6);
  EXPECT_NEAR(
      row_of(predictions_of(records[0], pointers(records), context), "geometric").error.total_time.value(), 0, 1e-3);
  context.options.technique = Technique::post_copy;
  const std::vector<MigrationRecord> once(3, ideal_migration(1e9, 60e6, 0, 1));
  EXPECT_NEAR(predictions_of(once[0], pointers(once), context).at(0).error.total_time.value(), 0, 1e-3);
}

TEST(Predictions, OfWhatCannotBeFittedAreNone) {
  MigrationRecord failed = ideal_migration(1e9, 125e6, 40e6, 3);
  failed.succeeded = false;
  const MigrationRecord fine = ideal_migration(1e9, 125e6, 40e6, 3);
  MigrationRecord blind = fine;
  blind.samples.clear();
  const MigrationRecord* cell[] = {&failed, &fine, &blind};
  EXPECT_TRUE(predictions_of(failed, cell, {}).empty());
  EXPECT_EQ(predictions_of(fine, cell, {}).front().fitted_to, FittedTo::itself)
      << "the failed and the blind tell nothing";
  EXPECT_EQ(predictions_of(blind, cell, {}).front().fitted_to, FittedTo::others);
  const MigrationRecord* alone[] = {&blind};
  EXPECT_TRUE(predictions_of(blind, alone, {}).empty());
}

TEST(DirtySet, OfManyPoints) {
  const double set = 300e6;
  const double rate = 80e6;
  std::vector<DirtyPoint> points;
  for (int i = 1; i <= 200; ++i) {
    const double t = 0.1 * i;
    points.push_back(
        {std::chrono::milliseconds(100 * i), Bytes{static_cast<std::uint64_t>(set * (1 - std::exp(-rate * t / set)))}});
  }
  const DirtySet found = fit_dirty_set(points, Bytes::mib(1024)).value();
  EXPECT_NEAR(static_cast<double>(found.working_set.count), set, 0.01 * set);
  EXPECT_NEAR(bytes_per_second(found.dirty_rate), rate, 0.01 * rate);
  EXPECT_FALSE(fit_dirty_set({}, Bytes::mib(1024)));
  EXPECT_FALSE(fit_dirty_set({{1s, Bytes{0}}}, Bytes::mib(1024)));
  EXPECT_LE(fit_dirty_set(points, Bytes::mib(100))->working_set, Bytes::mib(100));
}

TEST(Goodput, IsWhatTheHeadersLeave) {
  EXPECT_NEAR(bytes_per_second(goodput_of({1'000'000'000})), 125e6 * 1448 / 1514, 1);
  EXPECT_NEAR(bytes_per_second(goodput_of({1'000'000'000}, 9000)), 125e6 * 8948 / 9014, 1);
  EXPECT_THROW((void)goodput_of({1000}, 40), Error);
}

} // namespace
} // namespace migralab
