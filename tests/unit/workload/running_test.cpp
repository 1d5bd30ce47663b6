// SPDX-License-Identifier: Apache-2.0
// Workloads that run for real, with programs of this machine in the place of those of a guest.
#include "migralab/workload/kind.hpp"
#include "migralab/workload/workload.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <thread>

namespace migralab {
namespace {

using namespace std::chrono_literals;

/// Whatever is to be run, this script is: after the word that a leash waits for.
WorkloadPlace place_of(const std::string& script) {
  WorkloadPlace place;
  place.on_node = [script](const std::vector<std::string>&) {
    return Command{
        .argv = {"sh", "-c", fmt::format("echo '{}' >&2; read word; {}", leash_is_here, script)},
        .input = leash_word,
        .holds_input = true,
        .grace = 20ms};
  };
  return place;
}

WorkloadTrace run(const std::string& kind, const std::string& script, Nanoseconds span) {
  const auto workload = start_workload(make_workload("w", kind, "web", {}), place_of(script));
  std::this_thread::sleep_for(span);
  return workload->stop();
}

/// Within a second.
bool becomes_ready(const RunningWorkload& workload) {
  for (const Deadline deadline(1s); !workload.ready() && !deadline.passed();) {
    std::this_thread::sleep_for(5ms);
  }
  return workload.ready();
}

constexpr const char* written = "written 1.000 s 2048 pages 8388608 bytes 0 given-up 3 sweeps in 1.000000 s";

TEST(RunningWorkload, TellsSamplesUntilItIsStopped) {
  const test::ScratchFolder folder;
  const std::string pid = (folder.path() / "pid").native();
  const WorkloadTrace trace =
      run("memory-writer",
          "sleep 60 & echo $! >" + pid + "; while :; do echo '" + std::string(written) + "'; sleep 0.1; done",
          500ms);
  EXPECT_EQ(trace.error, "");
  EXPECT_EQ(trace.name, "w");
  EXPECT_EQ(trace.kind, "memory-writer");
  EXPECT_EQ(trace.node, "web");
  ASSERT_GE(trace.samples.size(), 6U);
  EXPECT_EQ(trace.samples[0].metric, "rate");
  EXPECT_EQ(trace.samples[0].unit, "MiB/s");
  EXPECT_EQ(trace.samples[0].value, 8);
  EXPECT_GE(trace.samples[0].at, trace.began);
  EXPECT_LE(trace.samples.back().at, trace.ended);
  EXPECT_GT(trace.samples.back().at - trace.samples.front().at, 100ms) << "stamped as they came";
  EXPECT_NE(trace.output.find(written), std::string::npos);
  const int child = std::stoi(test::read_text(pid));
  for (const Deadline deadline(5s); ::kill(child, 0) == 0 && !deadline.passed();) {
    std::this_thread::sleep_for(10ms); // until init has reaped it
  }
  EXPECT_NE(::kill(child, 0), 0) << "what it had started goes on";
}

TEST(RunningWorkload, SaysWhyItEndedOnItsOwn) {
  const WorkloadTrace died =
      run("memory-writer", "echo 'memory-writer: 4 MiB wanted, 2 MiB available' >&2; exit 1", 300ms);
  EXPECT_EQ(died.error, "memory-writer: exit 1: memory-writer: 4 MiB wanted, 2 MiB available");
  EXPECT_LT(died.ended - died.began, 250ms);
  EXPECT_EQ(run("memory-writer", "exit 0", 200ms).error, "memory-writer ended although it was to go on");
  EXPECT_EQ(run("memory-writer", "kill -9 $$", 200ms).error, "memory-writer: killed by signal 9 (Killed)");
  EXPECT_EQ(
      run("dbench", "echo 'sh: dbench: not found' >&2; exit 127", 200ms).error,
      "web has no dbench: sh: dbench: not found");
  EXPECT_EQ(
      run("dbench", "echo 'Connection to 10.0.0.1 closed' >&2; exit 255", 200ms).error,
      "the connection to web broke, or dbench ended with 255: Connection to 10.0.0.1 closed");
}

TEST(RunningWorkload, StartsAnewWhatEndsByItself) {
  // ping goes on for ever, but where it fails (no route, say) it is tried again, and that is told.
  const test::ScratchFolder folder;
  const std::string flag = (folder.path() / "flag").native();
  const WorkloadTrace trace =
      run("ping",
          "if [ -e " + flag +
              " ]; then echo '64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=5.81 ms'; sleep 60; fi; touch " + flag +
              "; echo 'ping: connect: Network is unreachable' >&2; exit 2",
          1500ms);
  EXPECT_EQ(trace.error, "");
  ASSERT_EQ(trace.samples.size(), 2U);
  EXPECT_EQ(trace.samples[0].metric, "failed_runs");
  EXPECT_EQ(trace.samples[1].metric, "round_trip");
  EXPECT_EQ(trace.samples[1].value, 5.81);
  EXPECT_NE(
      trace.output.find("failed, and started anew: ping: exit 2: ping: connect: Network is unreachable"),
      std::string::npos);
}

TEST(RunningWorkload, TellsANodeThatCannotBeReached) {
  WorkloadPlace place;
  place.on_node = [](const std::vector<std::string>&) -> Command {
    throw std::runtime_error("guest web runs nowhere");
  };
  const auto workload = start_workload(make_workload("w", "dbench", "web", {}), place);
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(workload->stop().error, "guest web runs nowhere");
}

WorkloadTrace run_in_window(const std::string& kind, const std::string& script, Nanoseconds begins, Nanoseconds span) {
  WorkloadSpec spec = make_workload("w", kind, "web", {});
  spec.begins = begins;
  spec.lasts = 300ms;
  const auto workload = start_workload(spec, place_of(script));
  workload->go();
  std::this_thread::sleep_for(span);
  return workload->stop();
}

TEST(RunningWorkload, RunsInItsWindowOnly) {
  const auto started = std::chrono::steady_clock::now();
  const WorkloadTrace trace = run_in_window(
      "memory-writer", "while :; do echo '" + std::string(written) + "'; sleep 0.05; done", 400ms, 1500ms);
  EXPECT_EQ(trace.error, "") << "an end that was wished";
  EXPECT_GE(trace.began, started + 400ms);
  EXPECT_LT(trace.began, started + 600ms);
  EXPECT_GE(trace.ended, started + 700ms);
  EXPECT_LT(trace.ended, started + 1300ms);
  ASSERT_FALSE(trace.samples.empty());
  EXPECT_GE(trace.samples.front().at, trace.began);
  EXPECT_LE(trace.samples.back().at, trace.ended);
}

TEST(RunningWorkload, IsNotStartedAnewAfterItsWindow) {
  const WorkloadTrace trace = run_in_window("ping", "sleep 0.05; exit 0", 0ms, 800ms);
  EXPECT_EQ(trace.error, "");
  EXPECT_LT(trace.ended - trace.began, 600ms);
}

TEST(RunningWorkload, SaysWhyItEndedBeforeItsWindowWasOver) {
  EXPECT_EQ(run_in_window("memory-writer", "exit 1", 100ms, 800ms).error, "memory-writer: exit 1");
}

TEST(RunningWorkload, SaysThatItsTimeNeverCame) {
  const WorkloadTrace trace = run_in_window("memory-writer", "exit 1", 20s, 100ms);
  EXPECT_EQ(trace.error, "it was stopped before its time came, after 20.0 s");
  EXPECT_TRUE(trace.samples.empty());
  EXPECT_LE(trace.began, trace.ended);
}

TEST(RunningWorkload, IsReadyWhenItDoesWhatItIsFor) {
  // Who fills its memory first says when it is done.
  const auto writer = start_workload(
      make_workload("w", "memory-writer", "web", {}), place_of("sleep 0.4; echo 'ready 16384 pages'; sleep 60"));
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(writer->ready());
  EXPECT_TRUE(becomes_ready(*writer));
  const auto prompt = start_workload(make_workload("w", "dbench", "web", {}), place_of("sleep 60"));
  EXPECT_TRUE(becomes_ready(*prompt));
  const auto dead = start_workload(make_workload("w", "memory-writer", "web", {}), place_of("exit 1"));
  EXPECT_TRUE(becomes_ready(*dead)) << "nothing more will come of it";
}

TEST(RunningWorkload, WithAWindowLogsInAtOnceAndWaitsForItsTime) {
  WorkloadSpec spec = make_workload("w", "ping", "web", {});
  spec.lasts = 10s;
  const test::ScratchFolder folder;
  const auto workload = start_workload(spec, place_of("touch " + (folder.path() / "began").native() + "; sleep 60"));
  EXPECT_TRUE(becomes_ready(*workload));
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "began"));
  workload->go();
  std::this_thread::sleep_for(300ms);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "began"));
  EXPECT_EQ(workload->stop().error, "");
}

TEST(RunningWorkload, DescribesItsWindow) {
  WorkloadSpec spec;
  EXPECT_EQ(describe_window(spec), "");
  spec.lasts = 1500ms;
  EXPECT_EQ(describe_window(spec), "for 1.50 s");
  spec.begins = 20s;
  EXPECT_EQ(describe_window(spec), "from 20.0 s on, for 1.50 s");
  spec.lasts.reset();
  EXPECT_EQ(describe_window(spec), "from 20.0 s on");
}

TEST(RunningWorkload, IsStoppedByItsDestructor) {
  const auto began = std::chrono::steady_clock::now();
  start_workload(make_workload("w", "dbench", "web", {}), place_of("exec sleep 60")).reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

} // namespace
} // namespace migralab
