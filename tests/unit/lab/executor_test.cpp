// SPDX-License-Identifier: Apache-2.0
#include "executor.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

/// Steps named "0", "1", ..., each with what it waits for.
Plan plan_of(const std::vector<std::vector<std::size_t>>& after) {
  Plan plan;
  for (std::size_t i = 0; i < after.size(); ++i) {
    plan.steps.push_back({std::to_string(i), MakeNode{}, after[i]});
  }
  return plan;
}

/// What steps were begun and ended, safe for several threads.
class Journal {
public:
  void begin(const Step& step) {
    const std::lock_guard lock(mutex_);
    begun_.insert(step.name);
    most_ = std::max(most_, ++running_);
    changed_.notify_all();
  }
  void end(const Step& step) {
    const std::lock_guard lock(mutex_);
    ended_.insert(step.name);
    --running_;
  }
  /// True when that many steps have begun within five seconds.
  bool await_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 5s, [&] { return begun_.size() >= count; });
  }
  [[nodiscard]] std::set<std::string> begun() const { return begun_; }
  [[nodiscard]] std::set<std::string> ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  [[nodiscard]] int most_at_once() const { return most_; }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> begun_;
  std::set<std::string> ended_;
  int running_ = 0;
  int most_ = 0;
};

void quiet(const StepReport& /*report*/) {}

TEST(Executor, PerformsEveryStepOnceAfterWhatItNeeds) {
  std::vector<std::vector<std::size_t>> after;
  for (std::size_t i = 0; i < 60; ++i) { // a made-up graph: each waits for two earlier ones
    after.push_back(i < 3 ? std::vector<std::size_t>{} : std::vector<std::size_t>{i / 2, (i * 7) % i});
  }
  const Plan plan = plan_of(after);
  Journal journal;
  std::atomic<int> performed = 0;
  execute(
      plan,
      4,
      [&](const Step& step) {
        ++performed;
        journal.begin(step);
        const std::set<std::string> ended = journal.ended();
        for (const std::size_t earlier : step.after) {
          EXPECT_TRUE(ended.contains(std::to_string(earlier))) << step.name << " began before " << earlier;
        }
        std::this_thread::sleep_for(200us);
        journal.end(step);
      },
      quiet);
  EXPECT_EQ(performed, 60);
  EXPECT_EQ(journal.ended().size(), 60U);
  EXPECT_LE(journal.most_at_once(), 4);
}

TEST(Executor, PerformsIndependentStepsTogether) {
  Journal journal;
  execute(
      plan_of({{}, {}, {}}),
      3,
      [&](const Step& step) {
        journal.begin(step);
        EXPECT_TRUE(journal.await_begun(3)) << "all three are under way at once";
      },
      quiet);
}

TEST(Executor, UsesNoMoreWorkersThanAllowed) {
  Journal journal;
  execute(
      plan_of(std::vector<std::vector<std::size_t>>(10)),
      1,
      [&](const Step& step) {
        journal.begin(step);
        journal.end(step);
      },
      quiet);
  EXPECT_EQ(journal.most_at_once(), 1);
}

TEST(Executor, ReportsEachStepInTheOrderOfItsEnd) {
  std::vector<std::size_t> counts;
  std::set<std::string> names;
  execute(
      plan_of({{}, {0}, {0}, {1, 2}}),
      2,
      [](const Step&) { std::this_thread::sleep_for(2ms); },
      [&](const StepReport& report) { // one thread at a time: no lock here
        counts.push_back(report.done);
        names.insert(report.step.name);
        EXPECT_GE(report.took, 2ms);
      });
  EXPECT_EQ(counts, (std::vector<std::size_t>{1, 2, 3, 4}));
  EXPECT_EQ(names.size(), 4U);
}

TEST(Executor, HasNothingToDoForAnEmptyPlan) {
  execute(
      {}, 4, [](const Step&) { FAIL(); }, quiet);
}

TEST(Executor, ThrowsTheFirstFailureWithItsStepAndStartsNothingNew) {
  Journal journal;
  std::atomic<bool> failed = false;
  try {
    execute(
        plan_of({{}, {}, {0}, {1}, {}}),
        2,
        [&](const Step& step) {
          journal.begin(step);
          EXPECT_TRUE(journal.await_begun(2));
          if (step.name == "0") {
            failed = true;
            throw machine_lacks("program 'ip' not found", "install iproute2");
          }
          while (!failed) { // the other step under way may end
            std::this_thread::sleep_for(1ms);
          }
          std::this_thread::sleep_for(50ms);
          journal.end(step);
          throw Error("a later failure");
        },
        quiet);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "0: program 'ip' not found");
    EXPECT_EQ(error.hint(), "install iproute2");
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
  }
  EXPECT_EQ(journal.begun(), (std::set<std::string>{"0", "1"}));
  EXPECT_EQ(journal.ended(), (std::set<std::string>{"1"})) << "what was under way ended before the error was thrown";
}

TEST(Executor, NamesTheStepOfAForeignException) {
  try {
    execute(
        plan_of({{}}), 1, [](const Step&) { throw std::out_of_range("index"); }, quiet);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "0: index");
  }
}

/// In a process of its own: the interrupt flag is for life.
TEST(Executor, EndsOnAnInterrupt) {
  const pid_t child = ::fork();
  if (child == 0) {
    watch_for_interrupts();
    int performed = 0;
    try {
      execute(
          plan_of({{}, {0}, {1}}),
          2,
          [&](const Step&) {
            ++performed;
            ::raise(SIGINT);
          },
          quiet);
    } catch (const Error& error) {
      const bool right = error.status() == ExitStatus::interrupted && std::string(error.what()) == "interrupted";
      ::_exit(right && performed == 1 ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

} // namespace
} // namespace migralab
