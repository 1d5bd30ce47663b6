// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/trace_files.hpp"

#include "migralab/core/error.hpp"
#include "sample_trace.hpp"

#include <gtest/gtest.h>
#include <map>

namespace migralab::balancer {
namespace {

const Instant origin = at_second(90);

std::map<std::string, std::string> files_of(const BalanceTrace& trace, Instant zero) {
  std::map<std::string, std::string> files;
  for (const TraceTable& table : trace_tables()) {
    files[table.file] = table.write(trace, zero);
  }
  return files;
}

BalanceTrace trace_from(const std::map<std::string, std::string>& files, Instant zero) {
  BalanceTrace trace;
  for (const TraceTable& table : trace_tables()) {
    table.read(files.at(table.file), zero, trace);
  }
  return trace;
}

TEST(TraceFiles, ComeBackAsTheyWere) {
  const auto files = files_of(sample_trace(), origin);
  EXPECT_EQ(files.size(), 6U);
  const BalanceTrace read = trace_from(files, Instant());
  EXPECT_EQ(files_of(read, Instant()), files);
  EXPECT_EQ(read.traffic.at("h1").refused, sample_trace().traffic.at("h1").refused);
  ASSERT_EQ(read.moves.size(), 2U);
  EXPECT_EQ(read.moves[0].downtime, sample_trace().moves[0].downtime);
  EXPECT_FALSE(read.moves[1].ended);
  ASSERT_EQ(read.rounds.size(), 1U);
  EXPECT_EQ(read.rounds[0].asked_by, std::vector<std::string>{"h1"});
  ASSERT_EQ(read.rounds[0].guests.size(), 1U);
  EXPECT_EQ(read.rounds[0].guests[0].volume, std::optional(1.71));
  EXPECT_EQ(read.rounds[0].at - read.moves[0].began, sample_trace().rounds[0].at - sample_trace().moves[0].began);
}

TEST(TraceFiles, HaveTimesFromTheOrigin) {
  const std::string samples = files_of(sample_trace(), origin).at("balance_samples.csv");
  EXPECT_NE(samples.find("\n10.000000000,h1,,0.5,0.2,0,0.5,0.2,0,0\n"), std::string::npos) << samples;
}

TEST(TraceFiles, OfNothingHaveTheirHeadings) {
  const auto files = files_of({}, origin);
  EXPECT_EQ(files_of(trace_from(files, origin), origin), files);
  EXPECT_EQ(files.at("balance_rounds.jsonl"), "");
}

std::string refusal(const std::string& file, const std::string& text) {
  auto files = files_of(sample_trace(), origin);
  files[file] = text;
  try {
    static_cast<void>(trace_from(files, origin));
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

TEST(TraceFiles, ThatCannotBeRightAreRefused) {
  EXPECT_NE(refusal("balance_rounds.jsonl", "{}\n").find("line 1: it is no record of a round"), std::string::npos);
  EXPECT_NE(refusal("balance_rounds.jsonl", "{}").find("line 1 is cut off"), std::string::npos);
  EXPECT_NE(refusal("balance_samples.csv", "at_s\n1\n").find("balance_samples.csv"), std::string::npos);
  EXPECT_NE(
      refusal("balance_traffic.csv", "node,sent,sent_bytes,received,refused\nh1,-1,0,0,0\n")
          .find("balance_traffic.csv"),
      std::string::npos);
}

} // namespace
} // namespace migralab::balancer
