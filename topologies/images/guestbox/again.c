// SPDX-License-Identifier: Apache-2.0
//   again COMMAND...      runs it over and over, until it fails; its exit code then is this one's
//
// For load generators that end after a time of their own. Doing it here, in the guest, a new run costs no new login.
#define _GNU_SOURCE
#include "guestbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int again_main(int argc, char** argv) {
  if (argc < 2) {
    fputs("usage: again COMMAND...\n", stderr);
    return 2;
  }
  for (int status = 0;;) {
    const int64_t began = monotonic_ns();
    const pid_t child = fork();
    if (child == 0) {
      execvp(argv[1], argv + 1);
      fprintf(stderr, "again: cannot run %s: %s\n", argv[1], strerror(errno));
      _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
      perror("again");
      return 1;
    }
    if (WIFSIGNALED(status)) {
      return 128 + WTERMSIG(status);
    }
    if (WEXITSTATUS(status) != 0) {
      return WEXITSTATUS(status);
    }
    if (monotonic_ns() - began < 20000000) {
      usleep(20000); // a command that does nothing must not take the processor
    }
  }
}
