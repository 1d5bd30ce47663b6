// SPDX-License-Identifier: Apache-2.0
#include "csv.hpp"

#include "sample_run.hpp"
#include "support/golden.hpp"

#include <algorithm>

namespace migralab::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(TrialsCsv, IsAsAccepted) {
  expect_golden(source_path("tests/unit/report/golden/trials.csv"), trials_csv(sample_run()));
}

TEST(RequestsCsv, HasARowPerRequestTimedFromTheOrigin) {
  const auto lines = lines_of(requests_csv(sample_run()));
  ASSERT_EQ(lines.size(), 201U);
  EXPECT_EQ(lines[0], "probe,sequence,planned_s,sent_s,answered_s,latency_ms,end,bytes");
  EXPECT_EQ(lines[1], "udp,0,0.000000000,0.000010000,0.000300000,0.300000,answered,16");
  EXPECT_EQ(lines[21], "udp,20,2.000000000,2.000010000,,,timed_out,0");
  EXPECT_EQ(lines[121], "http,20,2.000000000,2.000010000,,,refused,0");
}

TEST(RequestsCsv, WritesTimesBeforeTheOriginWithTheirSign) {
  RunOutcome run = sample_run();
  run.traces.resize(1);
  run.traces[0].samples.resize(1);
  run.traces[0].samples[0].planned = origin - 1ms;
  EXPECT_EQ(lines_of(requests_csv(run))[1].substr(0, 18), "udp,0,-0.001000000");
}

TEST(OtherCsv, AreTidy) {
  const auto jobs = lines_of(job_samples_csv(sample_run()));
  EXPECT_EQ(jobs[0], "trial,at_s,field,value");
  EXPECT_EQ(jobs[1], "1,1.100000000,memory_dirty_rate,12.5");
  EXPECT_EQ(jobs[2], "1,1.100000000,memory_remaining,268435456");
  const auto events = lines_of(events_csv(sample_run()));
  EXPECT_EQ(events[0], "trial,at_s,guest,host,event");
  EXPECT_EQ(events[1], "1,2.100000000,web,h1,suspended (migrated)");
  const auto network = lines_of(network_csv(sample_run()));
  EXPECT_EQ(
      network[0],
      "at_s,network,node,received_bytes,sent_bytes,received_packets,sent_packets,received_drops,sent_drops");
  EXPECT_EQ(network[2], "0.000000000,migration,h1,1000,2000,7,8,0,0");
  const auto rates = lines_of(link_rates_csv(sample_run()));
  EXPECT_EQ(rates[0], "network,node,direction,declared_bits_per_s,measured_bits_per_s,off");
  EXPECT_EQ(rates[1], "client,h1,up,1000000000,998400000,false");
  EXPECT_EQ(rates[2], "client,h1,down,1000000000,870000000,true");
}

TEST(Csv, QuotesAsRfc4180) {
  RunOutcome run = sample_run();
  run.trials.resize(1);
  run.trials[0].migration.events = {
      {origin, "a,b", "said \"no\""}, {origin, "two\nlines", "plain"}, {origin, "cr\r", " spaces "}};
  const std::string csv = events_csv(run);
  EXPECT_NE(csv.find(",\"a,b\",\"said \"\"no\"\"\"\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",\"two\nlines\",plain\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",\"cr\r\", spaces \n"), std::string::npos) << csv;
}

TEST(Csv, EveryRowHasAsManyFieldsAsTheHeader) {
  RunOutcome run = sample_run();
  for (TrialOutcome& trial : run.trials) {
    trial.migration.error.clear(); // the only text with commas
  }
  for (const std::string& csv :
       {requests_csv(run), job_samples_csv(run), events_csv(run), network_csv(run), trials_csv(run)}) {
    const auto lines = lines_of(csv);
    for (const std::string& line : lines) {
      EXPECT_EQ(std::count(line.begin(), line.end(), ','), std::count(lines[0].begin(), lines[0].end(), ','));
    }
  }
}

} // namespace
} // namespace migralab::test
