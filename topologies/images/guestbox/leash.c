// SPDX-License-Identifier: Apache-2.0
//   leash COMMAND...              runs it in a process group of its own until it ends, or until standard input ends
//   leash --on-word COMMAND...    says "leash: here" on standard error, and runs it once a line has come on standard
//                                 input: a login to a guest takes a while, and what is measured is not to begin by it
//   leash --lacking PROGRAM...    prints those that PATH does not have
//
// Ending ssh does not end what it runs in a guest: sshd closes the command's standard input and leaves the rest to the
// command, and few programs look. The leash looks. It is also the subreaper (prctl(2)) of all that the command starts,
// so that what left the process group ends with it, too. Its exit code is the command's; 128 and the signal where one
// ended it; 127 where it cannot be started.
#define _GNU_SOURCE
#include "guestbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { patience_ms = 1000 }; // between asking and killing

static pid_t start(char** command, const sigset_t* before) {
  const pid_t child = fork();
  if (child != 0) {
    return child;
  }
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) {
    dup2(nothing, STDIN_FILENO); // ours is the leash
  }
  sigprocmask(SIG_SETMASK, before, NULL);
  execvp(command[0], command);
  fprintf(stderr, "leash: cannot run %s: %s\n", command[0], strerror(errno));
  _exit(127);
}

/// Reaps what has ended; true once the command itself has, with its status.
static bool reap(pid_t child, int* status) {
  bool ended = false;
  int some = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &some, WNOHANG)) > 0;) {
    if (pid == child) {
      *status = some;
      ended = true;
    }
  }
  return ended;
}

/// True when standard input has ended; what came on it is thrown away.
static bool let_go(void) {
  char some[512];
  const ssize_t got = read(STDIN_FILENO, some, sizeof some);
  return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

/// Kills whoever is left: orphans became our children.
static void end_children(void) {
  for (int tries = 0; tries < 100; ++tries) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE* list = fopen(path, "re");
    int pid = 0;
    while (list != NULL && fscanf(list, "%d", &pid) == 1) {
      kill(pid, SIGKILL);
    }
    if (list != NULL) {
      fclose(list);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) {
      return;
    }
    usleep(10000);
  }
}

static int lacking(char** programs) {
  const char* path = getenv("PATH");
  for (; *programs != NULL; ++programs) {
    bool found = false;
    char folders[4096];
    snprintf(folders, sizeof folders, "%s", path == NULL ? "/usr/sbin:/usr/bin:/sbin:/bin" : path);
    char* rest = NULL;
    for (char* folder = strtok_r(folders, ":", &rest); folder != NULL && !found; folder = strtok_r(NULL, ":", &rest)) {
      char file[4352];
      snprintf(file, sizeof file, "%s/%s", folder, *programs);
      found = access(file, X_OK) == 0;
    }
    if (!found) {
      puts(*programs);
    }
  }
  return 0;
}

/// False when standard input ended before a line came.
static bool await_word(void) {
  fputs("leash: here\n", stderr);
  char byte = 0;
  ssize_t got = 0;
  while ((got = read(STDIN_FILENO, &byte, 1)) == 1 || (got < 0 && errno == EINTR)) {
    if (got == 1 && byte == '\n') {
      return true;
    }
  }
  return false;
}

static int watch(pid_t child, int signals) {
  bool ending = false;
  int64_t until = 0;
  int status = 0;
  struct pollfd polls[2] = {{signals, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  while (!reap(child, &status)) {
    if (ending && monotonic_ns() >= until) {
      kill(-child, SIGKILL);
    }
    if (poll(polls, 2, ending ? 20 : -1) < 0 && errno != EINTR) {
      break;
    }
    struct signalfd_siginfo signal = {0};
    bool end = polls[1].revents != 0 && let_go();
    if (polls[0].revents != 0 && read(signals, &signal, sizeof signal) == sizeof signal) {
      end = end || signal.ssi_signo != SIGCHLD;
    }
    if (end && !ending) {
      ending = true;
      until = monotonic_ns() + (int64_t)patience_ms * 1000000;
      polls[1].fd = -1;
      kill(-child, SIGTERM);
    }
  }
  kill(-child, SIGKILL);
  end_children();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int leash_main(int argc, char** argv) {
  if (argc < 2) {
    fputs("usage: leash [--on-word] COMMAND...\n       leash --lacking PROGRAM...\n", stderr);
    return 2;
  }
  if (strcmp(argv[1], "--on-word") == 0) {
    ++argv;
    --argc;
    if (argc < 2 || !await_word()) {
      return argc < 2 ? 2 : 0;
    }
  }
  if (strcmp(argv[1], "--lacking") == 0) {
    return lacking(argv + 2);
  }
  sigset_t caught;
  sigset_t before;
  sigemptyset(&caught);
  sigaddset(&caught, SIGCHLD);
  sigaddset(&caught, SIGTERM);
  sigaddset(&caught, SIGINT);
  sigaddset(&caught, SIGHUP);
  sigprocmask(SIG_BLOCK, &caught, &before);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const int signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
  const pid_t child = start(argv + 1, &before);
  if (child < 0 || signals < 0) {
    perror("leash");
    return 1;
  }
  setpgid(child, child); // whoever of the two comes first
  return watch(child, signals);
}
