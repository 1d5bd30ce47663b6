// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/clock.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <regex>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

TEST(Deadline, CountsDownToZeroAndStaysThere) {
  const Deadline far(1h);
  EXPECT_FALSE(far.passed());
  EXPECT_GT(far.left(), 59min);
  EXPECT_GT(far.left_ms(), 59 * 60 * 1000);
  const Deadline gone(-1s);
  EXPECT_TRUE(gone.passed());
  EXPECT_EQ(gone.left(), 0ns);
  EXPECT_EQ(gone.left_ms(), 0);
  EXPECT_EQ(Deadline(500us).left_ms(), 1) << "rounded up: poll(2) with 0 would spin";
}

TEST(WaitUntil, AsksAtOnceAndAgain) {
  int asked = 0;
  wait_until("third look", 5s, 1ms, [&] { return ++asked == 3; });
  EXPECT_EQ(asked, 3);
  wait_until("what is so already", 0s, 1h, [] { return true; });
}

TEST(WaitUntil, NamesWhatDidNotCome) {
  const auto began = std::chrono::steady_clock::now();
  try {
    wait_until("answer from tgtd of store", 50ms, 1h, [] { return false; }); // a long interval does not delay the end
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no answer from tgtd of store within 50.0 ms");
    EXPECT_EQ(error.status(), ExitStatus::failed);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(WaitUntil, PassesOnWhatTheQuestionThrows) {
  EXPECT_THROW(wait_until("it", 5s, 1ms, []() -> bool { throw Error("the daemon ended"); }), Error);
}

TEST(Timestamp, IsIso8601InUtc) {
  EXPECT_TRUE(std::regex_match(utc_timestamp(), std::regex(R"(20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{3}Z)")))
      << utc_timestamp();
}

/// The flag is for the life of a process: each case in one of its own, which reports by its exit code.
template <typename Body> int in_a_process(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Interrupt, IsAFlagThatWaitsLookAt) {
  for (const int signal : {SIGINT, SIGTERM}) {
    EXPECT_EQ(
        in_a_process([signal] {
          watch_for_interrupts();
          throw_if_interrupted();
          if (interrupted()) {
            return 1;
          }
          ::raise(signal);
          try {
            wait_until("it", 1h, 1h, [] { return false; });
          } catch (const Error& error) {
            return std::string(error.what()) == "interrupted" ? static_cast<int>(error.status()) : 2;
          }
          return 3;
        }),
        130);
  }
}

TEST(Interrupt, EndsASystemCallThatBlocks) {
  EXPECT_EQ(
      in_a_process([] {
        watch_for_interrupts();
        const pid_t parent = ::getpid();
        const pid_t sender = ::fork();
        if (sender == 0) {
          for (int i = 0; i < 50; ++i) { // again and again: the first may come before the pause
            ::usleep(20'000);
            ::kill(parent, SIGTERM);
          }
          ::_exit(0);
        }
        ::pause();
        ::kill(sender, SIGKILL);
        ::waitpid(sender, nullptr, 0);
        return interrupted() ? 0 : 1;
      }),
      0);
}

TEST(Interrupt, IgnoresABrokenPipe) {
  EXPECT_EQ(
      in_a_process([] {
        watch_for_interrupts();
        ::raise(SIGPIPE);
        return interrupted() ? 1 : 0;
      }),
      0);
}

} // namespace
} // namespace migralab
