// SPDX-License-Identifier: Apache-2.0
#include "figure.hpp"

#include "sample_run.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab::test {
namespace {

TEST(TimelineCommand, IsGnuplotWithItsScriptAsInput) {
  const Command command = timeline_command(sample_run());
  EXPECT_EQ(command.argv, (std::vector<std::string>{"gnuplot", "-d", "-"}));
  EXPECT_NE(command.input.find("'udp: latency of replies"), std::string::npos);
  EXPECT_NE(command.input.find("'http: latency of replies"), std::string::npos);
  EXPECT_NE(command.input.find("'network client: throughput'"), std::string::npos);
  EXPECT_NE(command.input.find("not performance figures"), std::string::npos);
}

TEST(TimelineCommand, QuotesNames) {
  RunOutcome run = sample_run();
  run.experiment = "it's\n`reboot` $HOME";
  const std::string script = timeline_command(run).input;
  EXPECT_NE(script.find("'it''s `reboot` $HOME on two-hosts'"), std::string::npos);
}

TEST(TimelineCommand, IsThinnedToTheAxis) {
  RunOutcome run = sample_run();
  ProbeTrace& trace = run.traces[0];
  trace.samples.clear();
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    RequestSample sample;
    sample.planned = origin + i * 1ms;
    sample.answered = sample.planned + 1ms;
    sample.end = RequestEnd::answered;
    trace.samples.push_back(sample);
  }
  const std::string script = timeline_command(run).input;
  EXPECT_LT(std::count(script.begin(), script.end(), '\n'), 2000);
}

} // namespace
} // namespace migralab::test
