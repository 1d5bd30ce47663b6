// SPDX-License-Identifier: Apache-2.0
// No workload is left out of the figures of a trial.
#include "figures.hpp"
#include "sample_run.hpp"

#include <algorithm>

namespace migralab::test {
namespace {

/// The trial made by hand, with workloads of so many metrics.
TrialOutcome trial_with(const std::vector<std::pair<std::string, std::vector<std::string>>>& workloads) {
  TrialOutcome trial = sample_trial(5, 2, 2, 1);
  trial.workloads.clear();
  for (const auto& [name, metrics] : workloads) {
    WorkloadTrace& trace = trial.workloads.emplace_back();
    trace.name = name;
    trace.kind = name.starts_with("gaps.") ? "gap-detector" : "made";
    trace.node = "web";
    for (const std::string& metric : metrics) {
      trace.samples.push_back({trial.during, metric, "1/s", 7});
    }
  }
  return trial;
}

bool draws(const Figure& figure, const std::string& title) {
  return std::any_of(
      figure.panels.begin(), figure.panels.end(), [&](const Panel& panel) { return panel.title == title; });
}

class WorkloadFigure : public testing::Test {
protected:
  MeasuredRun run_ = sample_run();
  Analysis analysis_ = analyse(run_);
  const CellFacts& cell_ = analysis_.cells.at(1);
};

TEST_F(WorkloadFigure, HasThoseThatTheTimelineHasNoRoomFor) {
  const TrialOutcome trial = trial_with(
      {{"disk", {"throughput", "operations", "latency_max"}},
       {"cpu", {"events", "latency_p95"}},
       {"memory", {"throughput"}},
       {"ping", {"round_trip", "late"}},
       {"gaps.web", {"lag", "over_1ms"}}});
  const Figure timeline = timeline_figure(cell_, trial).value();
  EXPECT_TRUE(draws(timeline, "memory (made on web): throughput (1/s)"));
  EXPECT_FALSE(draws(timeline, "ping (made on web): round_trip (1/s)"));
  EXPECT_TRUE(timeline.caption.ends_with(" The next figure has: ping, gaps.web.")) << timeline.caption;
  const Figure others = workload_figure(cell_, trial).value();
  EXPECT_EQ(others.name, "workloads-02");
  EXPECT_TRUE(draws(others, "ping (made on web): round_trip (1/s)"));
  EXPECT_TRUE(draws(others, "ping (made on web): late (1/s)"));
  EXPECT_TRUE(draws(others, "gaps.web (gap-detector on web): lag (1/s)"));
  EXPECT_EQ(others.panels.size(), 3U);
  EXPECT_NE(others.caption.find("Not drawn: the gap detectors' counts over_1ms"), std::string::npos) << others.caption;
  EXPECT_EQ(others.panels.back().x_name, "time since the migration was asked for (s)");
}

TEST_F(WorkloadFigure, IsNotThereWhereTheTimelineHasAll) {
  const TrialOutcome trial = trial_with({{"disk", {"a", "b", "c"}}, {"cpu", {"d", "e", "f"}}});
  EXPECT_FALSE(workload_figure(cell_, trial));
  const Figure timeline = timeline_figure(cell_, trial).value();
  EXPECT_TRUE(draws(timeline, "cpu (made on web): f (1/s)"));
  EXPECT_EQ(timeline.caption.find("next figure"), std::string::npos);
}

TEST_F(WorkloadFigure, WhatIsDrawnNowhereIsSaidOfTheTimelineToo) {
  const TrialOutcome trial = trial_with({{"gaps.web", {"lag", "over_1ms"}}});
  EXPECT_FALSE(workload_figure(cell_, trial));
  const Figure timeline = timeline_figure(cell_, trial).value();
  EXPECT_NE(timeline.caption.find("Not drawn: the gap detectors' counts"), std::string::npos) << timeline.caption;
}

TEST_F(WorkloadFigure, KeepsAWorkloadTogether) {
  const TrialOutcome trial = trial_with({{"ramp", {"a", "b", "c", "d", "e", "f", "g", "h"}}, {"cpu", {"i"}}});
  EXPECT_EQ(workload_figure(cell_, trial).value().panels.size(), 9U);
  EXPECT_TRUE(timeline_figure(cell_, trial).value().caption.ends_with(" The next figure has: ramp, cpu."));
}

} // namespace
} // namespace migralab::test
