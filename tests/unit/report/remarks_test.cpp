// SPDX-License-Identifier: Apache-2.0
#include "analysis.hpp"
#include "page.hpp"
#include "sample_run.hpp"
#include "tables.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace migralab::test {
namespace {

std::vector<std::string> remarks_on(const MeasuredRun& run) {
  return remarks(analyse(run));
}

TEST(Remarks, SayWhichTrialsAreMissing) {
  RunRecord record = sample_record();
  std::erase_if(record.trials, [](const TrialOutcome& trial) {
    return trial.plan.number == 2 || (trial.plan.number > 4 && trial.plan.number < 8);
  });
  const MeasuredRun run = measured(record);
  EXPECT_EQ(
      remarks_on(run).front(),
      "16 of 20 trials: 2, 5 to 7 are missing. The run was not finished, or somebody took trials away; `migralab run "
      "--resume` with its folder measures them");
  EXPECT_NE(render_table(run).find("on quickstart: 16 of 20 trials in 2 cells"), std::string::npos);
  const auto json = nlohmann::json::parse(render_json(run));
  EXPECT_EQ(json["planned"]["trials"], 20);
  EXPECT_EQ(json["planned"]["missing"], (std::vector<unsigned>{2, 5, 6, 7}));
  EXPECT_NE(render_page(analyse(run), {}, {}, {}).find("<p>2 cells, 16 of 20 trials, "), std::string::npos);
  const std::string difference = render_difference_table(sample_run(), run);
  EXPECT_NE(difference.find("the second run has 16 of 20 trials\n"), std::string::npos) << difference;
}

TEST(Remarks, SayThatNothingWentWell) {
  RunRecord record = sample_record();
  for (TrialOutcome& trial : record.trials) {
    trial.error = "guest web runs on no host";
  }
  const std::string sentence = "All 16 trials failed: there is no figure of a migration that went well";
  const MeasuredRun run = measured(record);
  EXPECT_EQ(remarks_on(run), std::vector<std::string>{sentence});
  EXPECT_NE(render_table(run).find(sentence), std::string::npos);
  EXPECT_NE(render_page(analyse(run), {}, {}, {}).find(sentence), std::string::npos);
  std::erase_if(record.trials, [](const TrialOutcome& trial) { return !trial.plan.warm_up; });
  EXPECT_EQ(remarks_on(measured(record)).back(), "There are warm-up trials only, which are in no statistic");
}

TEST(Remarks, SayThatOthersTookTheProcessors) {
  RunRecord record = sample_record();
  const auto use = [](Nanoseconds busy, Nanoseconds hosts) {
    return MachineUse{.processors = 2, .span = std::chrono::seconds(60), .busy = busy, .hosts = hosts};
  };
  using std::chrono::seconds;
  record.trials[0].machine = use(seconds(119), seconds(60));
  record.trials[1].machine = use(seconds(119), seconds(110)); // clients of the loads took the rest
  record.trials[2].machine = use(seconds(90), seconds(20));   // there was more to be had
  const std::vector<std::string> sentences = remarks_on(measured(record));
  std::vector<std::string> crowded;
  std::copy_if(sentences.begin(), sentences.end(), std::back_inserter(crowded), [](const std::string& sentence) {
    return sentence.find("processors were busy") != std::string::npos;
  });
  ASSERT_EQ(crowded.size(), 1U);
  EXPECT_EQ(
      crowded[0],
      "Trial 1: this machine's 2 processors were busy all the time, and the hosts of the lab had only 1.00 of them: "
      "others took 0.98. What needs processors may have got too little: loads that stay below what they should be, "
      "moves that are not made, migrations that take long. Let nothing else run meanwhile");
}

TEST(Remarks, NameTheLongestGapOfTheStatistics) {
  const std::vector<std::string> sentences = remarks_on(sample_run());
  const auto gap = std::find_if(sentences.begin(), sentences.end(), [](const std::string& sentence) {
    return sentence.find("told nothing of its progress") != std::string::npos;
  });
  ASSERT_NE(gap, sentences.end());
  EXPECT_EQ(
      *gap,
      "pre-copy: in 1 of 8 migrations the hypervisor told nothing of its progress for more than 1 s, at most for 1.30 "
      "s "
      "(trial 9): what models and the bulk rate take from its rounds is known no better than that");
}

} // namespace
} // namespace migralab::test
