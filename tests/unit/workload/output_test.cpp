// SPDX-License-Identifier: Apache-2.0
// The readers, on what the programs really said: each file of output/ was recorded in a guest or client of a lab.
#include "plugin.hpp"

#include "support/golden.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>

namespace migralab {
namespace {

using namespace std::chrono_literals;

/// Of the kinds that the file's name begins with, the longest: "sysbench-cpu.txt", "ab-refused.txt".
std::string kind_of(const std::string& file) {
  std::string longest;
  for (const std::string& kind : workload_kinds()) {
    if (file.starts_with(kind) && kind.size() > longest.size()) {
      longest = kind;
    }
  }
  return longest;
}

/// What is not the default in a recording.
std::map<std::string, std::string> options_of(const std::string& file) {
  if (file == "iperf3-streams.txt") {
    return {{"streams", "2"}};
  }
  return file == "stress-ng.txt" ? std::map<std::string, std::string>{{"stressor", "vm"}}
                                 : std::map<std::string, std::string>{};
}

struct Sample {
  std::string metric;
  double value;
};

struct Reading {
  std::vector<Sample> samples;
  std::string problem;

  [[nodiscard]] std::vector<double> values(const std::string& metric) const {
    std::vector<double> found;
    for (const Sample& sample : samples) {
      if (sample.metric == metric) {
        found.push_back(sample.value);
      }
    }
    return found;
  }
};

Reading read(const std::string& file) {
  const std::string kind = kind_of(file);
  const WorkloadSpec spec = make_workload("w", kind, "web", options_of(file));
  const LineReader reader = plugin_of(kind).reader(Options(spec.options));
  std::istringstream text(test::read_text(test::source_path("tests/unit/workload/output/" + file)));
  Reading reading;
  Instant at{};
  for (std::string line; std::getline(text, line); at += 100ms) {
    Readings found;
    reader(line, at, found);
    for (const auto& [metric, value] : found.values) {
      reading.samples.push_back({metric, value});
    }
    reading.problem = found.problem.empty() ? reading.problem : found.problem;
  }
  return reading;
}

std::vector<std::string> recordings() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("tests/unit/workload/output"))) {
    if (entry.path().extension() == ".txt") {
      names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Recording : public ::testing::TestWithParam<std::string> {};

TEST_P(Recording, IsReadAsItWas) {
  const WorkloadKind& kind = workload_kind(kind_of(GetParam()));
  std::map<std::string, std::string> units;
  for (const WorkloadMetric& metric : kind.metrics) {
    units[metric.name] = metric.unit;
  }
  const Reading reading = read(GetParam());
  std::string text;
  for (const Sample& sample : reading.samples) {
    ASSERT_TRUE(units.contains(sample.metric)) << kind.name << " does not say that it measures " << sample.metric;
    text += fmt::format("{} {:.6g} {}\n", sample.metric, sample.value, units[sample.metric]);
  }
  if (!reading.problem.empty()) {
    text += "problem: " + reading.problem + "\n";
  }
  std::filesystem::path golden = test::source_path("tests/unit/workload/output/" + GetParam());
  test::expect_golden(golden.replace_extension(".expected"), text);
}

INSTANTIATE_TEST_SUITE_P(Workload, Recording, ::testing::ValuesIn(recordings()), [](const auto& test_case) {
  std::string name = test_case.param.substr(0, test_case.param.find('.'));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Recordings, ThereIsOneOfEveryKind) {
  std::set<std::string> recorded;
  for (const std::string& file : recordings()) {
    recorded.insert(kind_of(file));
  }
  for (const std::string& kind : workload_kinds()) {
    EXPECT_TRUE(recorded.contains(kind)) << kind;
    EXPECT_FALSE(read(kind + ".txt").samples.empty()) << kind;
    EXPECT_EQ(read(kind + ".txt").problem, "") << kind;
  }
}

TEST(Ab, CountsNoFailureAsARequest) {
  EXPECT_EQ(read("ab-refused.txt").values("rate"), std::vector<double>{0});
  EXPECT_EQ(read("ab-refused.txt").values("errors"), std::vector<double>{5635});
  EXPECT_TRUE(read("ab-refused.txt").values("response_mean").empty());
  EXPECT_EQ(read("ab-404.txt").values("rate"), std::vector<double>{0});
  EXPECT_EQ(read("ab-404.txt").values("other_status"), std::vector<double>{102});
  EXPECT_NEAR(read("ab.txt").values("rate").at(0), 275 / 2.005, 1e-9);
  EXPECT_NE(read("ab-died.txt").problem.find("apr_socket_recv: Connection refused"), std::string::npos);
}

TEST(Httperf, TellsWhatWasDemandedAndWhatCame) {
  EXPECT_EQ(read("httperf.txt").values("demanded_rate"), std::vector<double>{20});
  EXPECT_NEAR(read("httperf.txt").values("reply_rate").at(0), 40 / 1.955, 1e-9);
  EXPECT_EQ(read("httperf.txt").values("reply_time"), std::vector<double>{6});
  EXPECT_EQ(read("httperf-refused.txt").values("errors_refused"), std::vector<double>{20});
  EXPECT_TRUE(read("httperf-refused.txt").values("reply_time").empty()) << "no reply has no time";
}

TEST(Dbench, TellsWhatASecondMoved) {
  // Means of 37.62 MB/s after one second and 21.41 after two: 37.62 MB, then 5.20 MB.
  const std::vector<double> throughput = read("dbench.txt").values("throughput");
  ASSERT_EQ(throughput.size(), 2U);
  EXPECT_NEAR(throughput[0], 37.62, 1e-9);
  EXPECT_NEAR(throughput[1], 2 * 21.41 - 37.62, 1e-9);
  EXPECT_EQ(read("dbench.txt").values("operations"), (std::vector<double>{574, 921 - 574}));
}

TEST(Fio, TellsWhatASecondDid) {
  // 1640 KiB read in 858 ms, then 5896 in 1859 ms.
  const Reading fio = read("fio.txt");
  ASSERT_GE(fio.values("read_rate").size(), 2U);
  EXPECT_NEAR(fio.values("read_rate")[0], 1640 * 1024 / 1e6 / 0.858, 1e-6);
  EXPECT_NEAR(fio.values("read_rate")[1], (5896 - 1640) * 1024 / 1e6 / 1.001, 1e-6);
  EXPECT_NEAR(fio.values("read_latency")[0], 1.884723635, 1e-6);
}

TEST(Iperf3, TakesTheSumOfSeveralStreamsAndNoTotal) {
  EXPECT_EQ(read("iperf3.txt").values("rate"), (std::vector<double>{965.635, 943.693, 943.751}));
  EXPECT_EQ(read("iperf3-streams.txt").values("rate"), (std::vector<double>{913.410, 935.044}));
  EXPECT_EQ(read("iperf3-udp-receive.txt").values("jitter"), (std::vector<double>{3.711, 3.581}));
}

TEST(Ping, TellsRepliesThatDidNotCome) {
  EXPECT_EQ(read("ping.txt").values("round_trip").size(), 10U);
  EXPECT_TRUE(read("ping.txt").values("late").empty());
  EXPECT_EQ(read("ping-lost.txt").values("late").size(), 5U);
}

TEST(GapDetector, FindsHowFarTheGuestsClockFellBehind) {
  // A guest that stood still for 300 ms, 200 of them with its clock, and a network that was silent for longer.
  const Instant zero{};
  WorkloadTrace trace;
  const auto add = [&](Nanoseconds at, const std::string& metric, double value) {
    trace.samples.push_back({.at = zero + at, .metric = metric, .unit = "ms", .value = value});
  };
  add(0s, "lag", 0);
  add(1s, "lag", 7);
  add(2s, "lag", 1);
  add(4s, "lag", 900); // queued while the network was silent
  add(4s, "gap_monotonic", 100);
  add(5s, "lag", 202);
  add(6s, "lag", 200);
  EXPECT_EQ(guest_downtime(trace, zero + 3s, zero + 4s), Nanoseconds(300ms));
  EXPECT_EQ(guest_downtime(trace, zero + 3s, zero + 7s), std::nullopt) << "no beat after it";
  EXPECT_EQ(guest_downtime(trace, zero, zero + 1s), std::nullopt) << "none before it";
}

} // namespace
} // namespace migralab
