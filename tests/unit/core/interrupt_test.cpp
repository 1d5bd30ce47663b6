// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/interrupt.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab {
namespace {

/// In a process of its own: an interrupt is for good. 0: `work` said true.
int in_a_child(bool (*work)()) {
  const pid_t child = ::fork();
  if (child == 0) {
    watch_for_interrupts();
    ::_exit(work() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(CleaningUp, IsNotBrokenOffByTheSignalThatMadeItNeeded) {
  EXPECT_EQ(
      in_a_child([] {
        ::raise(SIGINT);
        const bool before = interrupted();
        bool during = true;
        {
          const CleaningUp undo;
          during = interrupted();
        }
        return before && !during && interrupted();
      }),
      0);
}

TEST(CleaningUp, IsBrokenOffByOneMore) {
  EXPECT_EQ(
      in_a_child([] {
        ::raise(SIGTERM);
        const CleaningUp undo;
        ::raise(SIGINT);
        return interrupted();
      }),
      0);
}

TEST(CleaningUp, WithoutAnInterruptTheFirstOneCounts) {
  EXPECT_EQ(
      in_a_child([] {
        const CleaningUp undo;
        const bool quiet = !interrupted();
        ::raise(SIGINT);
        return quiet && interrupted();
      }),
      0);
}

} // namespace
} // namespace migralab
