// SPDX-License-Identifier: Apache-2.0
// Keepers and workers as processes; what needs namespaces is left to the integration tests.
#include "keeper_process.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

pid_t sleeper() {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) {
      ::pause();
    }
  }
  return child;
}

TEST(Keeper, IsToldFromALaterProcessWithItsNumber) {
  const pid_t child = sleeper();
  const KeeperRecord keeper = identify(child, true);
  EXPECT_EQ(keeper.pid, child);
  EXPECT_GT(keeper.start_time, 0U);
  EXPECT_TRUE(keeper.rootless);
  EXPECT_TRUE(keeper_runs(keeper));
  KeeperRecord later = keeper;
  ++later.start_time;
  EXPECT_FALSE(keeper_runs(later));
  KeeperRecord other_boot = keeper;
  other_boot.boot_id = "another";
  EXPECT_FALSE(keeper_runs(other_boot));
  end_keeper(later);
  end_keeper(other_boot);
  EXPECT_TRUE(keeper_runs(keeper)) << "what is not ours is left alone";
  end_keeper(keeper);
  EXPECT_FALSE(keeper_runs(keeper)) << "a zombie has ended";
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(keeper_runs(keeper));
  end_keeper(keeper); // nothing to do
}

TEST(Keeper, ThatWasNeverStartedDoesNotRun) {
  EXPECT_FALSE(keeper_runs({}));
  end_keeper({});
}

TEST(Worker, IsWaitedForAsLongAsNobodyInterrupts) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::usleep(200'000);
    ::_exit(7);
  }
  const int status = await_worker(child, 1ms).status;
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

/// In a process of its own, which is interrupted while its worker runs; returns the worker's wait status.
int interrupted_with_worker(void (*worker)()) {
  const pid_t caller = ::fork();
  if (caller == 0) {
    watch_for_interrupts();
    const pid_t child = ::fork();
    if (child == 0) {
      worker();
      ::_exit(0);
    }
    ::usleep(100'000); // the worker has set up its handlers
    ::raise(SIGTERM);
    const int status = await_worker(child, 300ms).status;
    ::_exit(WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status));
  }
  int status = 0;
  ::waitpid(caller, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Worker, IsAskedToEndOnAnInterrupt) {
  EXPECT_EQ(
      interrupted_with_worker([] {
        ::signal(SIGTERM, [](int) { ::_exit(9); });
        while (true) {
          ::pause();
        }
      }),
      9);
}

TEST(Worker, ThatDoesNotListenIsKilled) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(
      interrupted_with_worker([] {
        ::signal(SIGTERM, SIG_IGN);
        while (true) {
          ::pause();
        }
      }),
      100 + SIGKILL);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms) << "it has its time to end";
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(Worker, ThatIsLateIsEnded) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const WorkerEnd end = await_worker(child, 5s, UniqueFd(), 10ms);
  EXPECT_TRUE(end.late);
  EXPECT_TRUE(WIFSIGNALED(end.status));
  EXPECT_EQ(WTERMSIG(end.status), SIGTERM);
}

} // namespace
} // namespace migralab
