// SPDX-License-Identifier: Apache-2.0
#include "migralab/workload/kind.hpp"

#include "migralab/core/error.hpp"
#include "migralab/process/command.hpp"
#include "plugin.hpp"
#include "support/golden.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab {
namespace {

WorkloadPlace place() {
  return {
      .node = "web",
      .address = parse_ipv4("10.10.0.13").value(),
      .peers = {parse_ipv4("10.10.0.14").value(), parse_ipv4("10.10.0.15").value()},
      .on_node = {}};
}

TEST(WorkloadKinds, HaveDefaultsThatAreRight) {
  const std::vector<std::string> kinds = workload_kinds();
  EXPECT_EQ(kinds.size(), 17U);
  EXPECT_TRUE(std::is_sorted(kinds.begin(), kinds.end()));
  for (const std::string& name : kinds) {
    const WorkloadKind& kind = workload_kind(name);
    EXPECT_FALSE(kind.about.empty()) << name;
    EXPECT_FALSE(kind.metrics.empty()) << name;
    EXPECT_FALSE(kind.programs.empty()) << name;
    for (const WorkloadOption& option : kind.options) {
      EXPECT_EQ(problem_with(option, option.fallback), "") << name << " " << option.name;
    }
    EXPECT_TRUE(std::is_sorted(
        kind.options.begin(),
        kind.options.end(),
        [](const auto& a, const auto& b) { return a.name < b.name || b.name == "to"; }))
        << name << ": options are in order of the alphabet, `to` last";
  }
}

TEST(WorkloadKinds, CallTheirProgramsLikeThis) {
  std::string text;
  for (const std::string& name : workload_kinds()) {
    const WorkloadSpec spec = make_workload("w", name, "web", {});
    const std::vector<std::string> argv = plugin_of(name).argv(Options(spec.options), place(), 0);
    text += to_string(Command{.argv = argv}) + "\n";
  }
  test::expect_golden(test::source_path("tests/unit/workload/argv.txt"), text);
}

TEST(WorkloadKinds, CallTheirProgramsWithWhatIsAsked) {
  const auto words = [](const std::string& kind, const std::map<std::string, std::string>& options, unsigned round) {
    const WorkloadSpec spec = make_workload("w", kind, "web", options);
    return to_string(Command{.argv = plugin_of(kind).argv(Options(spec.options), place(), round)});
  };
  EXPECT_NE(
      words("ab", {{"keep_alive", "true"}, {"to", "10.9.8.7"}}, 0).find(" -k http://10.9.8.7:80/"), std::string::npos);
  EXPECT_NE(
      words("iperf3", {{"protocol", "udp"}, {"rate", "2Mbit/s"}, {"direction", "receive"}}, 0).find("-u -b 2000000 -R"),
      std::string::npos);
  EXPECT_NE(
      words("stress-ng", {{"stressor", "vm"}, {"memory", "8MiB"}}, 0).find("--vm 1 --vm-bytes 8388608"),
      std::string::npos);
  EXPECT_NE(words("dbench", {{"sync", "true"}, {"clients", "3"}}, 0).find("-s 3"), std::string::npos);
  EXPECT_NE(words("memory-writer", {{"rate", "8MiB/s"}}, 0).find("--rate 8388608"), std::string::npos);
}

TEST(Httperf, ClimbsItsRampAndBeginsAgain) {
  const WorkloadSpec spec = make_workload("w", "httperf", "c", {{"low", "10/s"}, {"high", "30/s"}, {"step", "10/s"}});
  std::vector<std::string> rates;
  for (unsigned round = 0; round < 5; ++round) {
    const std::vector<std::string> argv = plugin_of("httperf").argv(Options(spec.options), place(), round);
    rates.push_back(*(std::find(argv.begin(), argv.end(), "--rate") + 1));
  }
  EXPECT_EQ(rates, (std::vector<std::string>{"10", "20", "30", "10", "20"}));
}

std::string refusal(const std::string& kind, const std::map<std::string, std::string>& options) {
  try {
    static_cast<void>(make_workload("w", kind, "web", options));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    return error.what() + std::string("\n  hint: ") + error.hint() + "\n";
  }
  return "nothing is wrong\n";
}

TEST(MakeWorkload, RefusesWhatIsWrongAllAtOnce) {
  std::string text;
  text += refusal("dbensh", {});
  text += refusal("dbench", {{"client", "4"}, {"sync", "yes"}, {"folder", "tmp"}});
  text += refusal("dbench", {{"clients", "0"}});
  text += refusal("dbench", {{"clients", "many"}});
  text += refusal("ab", {{"slice", "1500ms"}, {"timeout", "1h"}, {"to", "web"}, {"port", "70000"}});
  text += refusal("wrk", {{"slice", "5"}});
  text += refusal("memory-writer", {{"rate", "8MiB"}, {"size", "1KiB"}, {"hot", "0%"}, {"pattern", "sweeps"}});
  text += refusal("cpu-load", {{"load", "0%"}, {"period", "100ms"}, {"swing", "-1%"}});
  text += refusal("cpu-load", {{"load", "10%"}, {"swing", "12.5%"}});
  text += refusal("cpu-load", {{"load", "95%"}, {"swing", "10%"}});
  text += refusal("httperf", {{"low", "20/s"}, {"high", "10/s"}});
  text += refusal("httperf", {{"low", "20"}});
  text += refusal("iperf3", {{"rate", "2MB/s"}});
  test::expect_golden(test::source_path("tests/unit/workload/refusals.txt"), text);
}

} // namespace
} // namespace migralab
