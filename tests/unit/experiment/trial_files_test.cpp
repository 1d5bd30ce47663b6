// SPDX-License-Identifier: Apache-2.0
#include "trial_files.hpp"

#include "migralab/core/error.hpp"
#include "sample_trial.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

std::string complaint(const TrialFiles& files) {
  try {
    static_cast<void>(trial_from(files));
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(TrialFiles, GiveTheTrialBack) {
  const TrialOutcome trial = test::sample_trial(7);
  const TrialFiles files = files_of(trial);
  const TrialOutcome back = trial_from(files);
  // What is not compared below would show in a second writing.
  EXPECT_EQ(files_of(back), files);
  EXPECT_EQ(back.plan, trial.plan);
  EXPECT_EQ(back.during - back.origin, trial.during - trial.origin);
  ASSERT_EQ(back.guests.size(), 1U);
  ASSERT_TRUE(back.guests[0].migration);
  EXPECT_EQ(back.guests[0].migration->completed, trial.guests[0].migration->completed);
  EXPECT_EQ(back.guests[0].migration->samples.size(), 2U);
  EXPECT_EQ(back.guests[0].migration->events.at(1).what, "resumed");
  EXPECT_EQ(back.guests[0].traces.at(0).samples.size(), 600U);
  EXPECT_EQ(back.guests[0].traces.at(0).samples.at(305).end, RequestEnd::timed_out);
  EXPECT_FALSE(back.guests[0].traces.at(0).samples.at(305).answered);
  EXPECT_EQ(back.workloads.at(0).output, trial.workloads[0].output);
  EXPECT_EQ(back.workloads.at(0).samples.at(5).value, 60);
  EXPECT_EQ(back.counters.at(1).interfaces.at("lan.h1").received_bytes, 51000U);
  EXPECT_EQ(back.processors.at(1).used.at("h1"), std::chrono::seconds(4));
  EXPECT_EQ(back.guests[0].dirty_rates.at(1).per_second, Bytes::mib(12));
  EXPECT_EQ(back.packets.at(0).kind, "rarp");
  EXPECT_EQ(back.bridges.at(0).entries.at(0).port, "lan.h1");
  EXPECT_EQ(back.link_rates, trial.link_rates);
}

TEST(TrialFiles, DoNotDependOnTheClocksZero) {
  EXPECT_EQ(files_of(test::sample_trial(1)), files_of(test::sample_trial(1, Instant(std::chrono::seconds(1)))));
}

TEST(TrialFiles, TellWhichFileIsMissingOrDamaged) {
  TrialFiles files = files_of(test::sample_trial());
  files.erase("events.csv");
  EXPECT_EQ(complaint(files), "events.csv is missing");
  files = files_of(test::sample_trial());
  files["requests.csv"].resize(files["requests.csv"].size() - 5);
  EXPECT_NE(complaint(files).find("requests.csv: row 601 is cut off"), std::string::npos) << complaint(files);
  files = files_of(test::sample_trial());
  files["trial.json"] = files["trial.json"].substr(0, 100);
  EXPECT_NE(complaint(files).find("trial.json is damaged"), std::string::npos) << complaint(files);
  files = files_of(test::sample_trial());
  files["trial.json"].replace(files["trial.json"].find("trial/1"), 7, "trial/9");
  EXPECT_EQ(complaint(files), "it is of schema \"migralab.trial/9\", this migralab reads migralab.trial/1");
}

} // namespace
} // namespace migralab
