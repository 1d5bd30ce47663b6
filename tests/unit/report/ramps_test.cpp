// SPDX-License-Identifier: Apache-2.0
#include "ramps.hpp"

#include "csv.hpp"
#include "fake_gnuplot.hpp"
#include "figures.hpp"
#include "page.hpp"
#include "sample_run.hpp"
#include "scratch.hpp"
#include "tables.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace migralab::test {
namespace {

/// What a server answers of a demanded rate.
using Server = double (*)(double demanded);

/// The run made by hand, with a ramp from 20/s to 80/s in every trial, and one run of it that ended before it counted.
RunRecord record_with(Server server) {
  RunRecord record = sample_record();
  for (TrialOutcome& trial : record.trials) {
    WorkloadTrace ramp{"load", "httperf", "client", trial.origin, trial.end, {}, "", ""};
    const auto add = [&](Instant at, double demanded, double replied) {
      ramp.samples.push_back({at, "demanded_rate", "1/s", demanded});
      ramp.samples.push_back({at, "reply_rate", "1/s", replied});
      ramp.samples.push_back({at, "errors", "", demanded - replied});
    };
    add(trial.before - 1ms, 10, 0);
    for (int i = 1; i <= 4; ++i) {
      add(trial.before + i * 100ms, 20 * i, server(20 * i));
    }
    trial.workloads.push_back(ramp);
  }
  return record;
}

std::vector<Ramp> ramps_with(Server server) {
  const MeasuredRun run = measured(record_with(server));
  return ramps_of(analyse(run, Comparing::nothing));
}

double full_at_45(double demanded) {
  return std::min(demanded, 45.0);
}

TEST(Ramps, EndWhereTheServerIsSaturated) {
  const std::vector<Ramp> ramps = ramps_with(full_at_45);
  ASSERT_EQ(ramps.size(), 2U) << "one for each cell";
  const Ramp& ramp = ramps[0];
  ASSERT_EQ(ramp.points.size(), 4U) << "what ended before the measuring is no point";
  EXPECT_EQ(ramp.points[2].demanded, 60);
  EXPECT_EQ(ramp.points[2].replies.median, 45);
  EXPECT_EQ(ramp.points[2].replies.n, 8U);
  EXPECT_EQ(ramp.points[2].errors, 15);
  EXPECT_EQ(ramp.saturation(), 40);
  EXPECT_EQ(ramp.in_words(), "load: saturation point 40/s: up to this rate at least 95 % were answered, at 60/s 75 %");
}

TEST(Ramps, ARateThatIsAnsweredByChanceAboveIsNotTheSaturationPoint) {
  const Server odd = [](double demanded) { return demanded == 40 ? 20 : demanded; };
  EXPECT_EQ(ramps_with(odd)[0].saturation(), 20);
}

TEST(Ramps, SayWhenTheyFoundNoSaturation) {
  const Server all = [](double demanded) { return demanded; };
  EXPECT_EQ(
      ramps_with(all)[0].in_words(),
      "load: no saturation point: at least 95 % were answered up to 80/s, the highest demanded rate: go higher");
  const Server none = [](double demanded) { return demanded / 2; };
  EXPECT_FALSE(ramps_with(none)[0].saturation());
  EXPECT_EQ(
      ramps_with(none)[0].in_words(),
      "load: no saturation point: at 20/s, the lowest demanded rate, 50 % were answered, less than 95 %: begin lower");
}

TEST(Ramps, AreInPageTablesAndFiles) {
  const RunRecord record = record_with(full_at_45);
  const MeasuredRun run = measured(record);
  FakeGnuplot gnuplot;
  const Scratch scratch;
  write_report(
      run, [&](unsigned number) { return record.trials.at(number - 1); }, scratch.path(), gnuplot);
  const auto files = contents(scratch.path());
  EXPECT_TRUE(files.contains("figures/saturation.svg"));
  const std::string& page = files.at("index.html");
  EXPECT_NE(page.find("<td class=\"left\">saturation point</td>"), std::string::npos);
  EXPECT_NE(page.find("<figure id=\"figure-saturation\">"), std::string::npos);
  EXPECT_NE(files.at("tables/tables.md").find("saturation point 40/s"), std::string::npos);
  EXPECT_NE(files.at("tables/saturation.csv").find("1,pre-copy,load,40,8,40,"), std::string::npos)
      << files.at("tables/saturation.csv");
  EXPECT_NE(render_table(run).find("saturation point 40/s"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(files.at("report.json"))["saturation"][0]["saturation_point"], 40);
}

TEST(Ramps, AreDrawnByTheRealGnuplot) {
  if (find_program("gnuplot").empty()) {
    GTEST_SKIP() << "needs gnuplot";
  }
  const MeasuredRun run = measured(record_with(full_at_45));
  SystemRunner runner;
  const CommandResult result =
      runner.run(figure_command(saturation_figure(analyse(run, Comparing::nothing)).value(), Medium::screen));
  EXPECT_EQ(result.errors, "");
  EXPECT_NE(result.output.find("load: replies (1/s)"), std::string::npos);
}

TEST(Ramps, AreNotThereWithoutOne) {
  const MeasuredRun run = sample_run();
  const Analysis analysis = analyse(run, Comparing::nothing);
  EXPECT_TRUE(saturation_table(analysis).empty());
  EXPECT_FALSE(saturation_figure(analysis));
  EXPECT_FALSE(csv_tables(analysis).contains("saturation.csv"));
}

} // namespace
} // namespace migralab::test
