// SPDX-License-Identifier: Apache-2.0
//   cpu-load [--load 15%] [--workers 1] [--swing 0%] [--period 20s]
//
// A guest that wants a known share of a processor: each of its workers calculates for `load` of every 100 ms and sleeps
// for the rest. With a swing the share goes up and down around `load`, a sine with that period: load + swing at a
// quarter of it. When in the 100 ms it calculates is chance: workers of several guests, and the periods of a host's
// quota, would otherwise keep in step with each other for as long as they run, and share a processor or not by luck.
//
// Each second a line: seconds since it began, loops done and processor time used since the last line. A loop is always
// the same work. A worker stops when its time is over, not when some work is done: where processors are short it does
// fewer loops, and catches nothing up. Nor does it after the guest stood still.
#define _GNU_SOURCE
#include "guestbox.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { steps = 2000, most_workers = 1024 }; // a loop: some microseconds, hundreds where the guest is emulated
static const int64_t second = 1000000000, cycle = 100000000;

static struct {
  double load;
  double swing;
  double period; // in nanoseconds
  int64_t began;
} wish;

struct worker {
  _Alignas(64) _Atomic uint64_t loops; // a line of the cache for each
};
static struct worker workers[most_workers];

static uint64_t next_of(uint64_t state) { // xorshift64 (Marsaglia 2003)
  state ^= state << 13;
  state ^= state >> 7;
  return state ^ state << 17;
}

static uint64_t calculate(uint64_t state) {
  for (int i = 0; i < steps; ++i) {
    state = next_of(state);
  }
  return state;
}

static void sleep_until(int64_t time) {
  const struct timespec until = {.tv_sec = time / second, .tv_nsec = time % second};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
  }
}

static int64_t busy_time(int64_t at) {
  const double turns = (double)(at - wish.began) / wish.period;
  const double share = wish.load + wish.swing * sin(turns * 2 * M_PI);
  return (int64_t)(fmin(fmax(share, 0), 1) * (double)cycle);
}

static void* work(void* argument) {
  struct worker* worker = argument;
  uint64_t state = 0x9e3779b97f4a7c15;
  uint64_t chance = (uint64_t)monotonic_ns() ^ (uint64_t)(uintptr_t)argument;
  for (int64_t start = wish.began;; start += cycle) {
    sleep_until(start);
    start += (monotonic_ns() - start) / cycle * cycle; // cycles in which the guest stood still
    const int64_t busy = busy_time(start);
    chance = next_of(chance);
    const int64_t begin = start + (int64_t)(chance % (uint64_t)(cycle - busy + 1));
    sleep_until(begin);
    const int64_t end = begin + busy;
    while (monotonic_ns() < end) {
      state = calculate(state);
      atomic_fetch_add_explicit(&worker->loops, (uint64_t)(state != 0), memory_order_relaxed); // never 0: it is needed
    }
  }
  return NULL;
}

static int64_t processor_ns(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (int64_t)used.tv_sec * second + used.tv_nsec;
}

static uint64_t loops_of(uint64_t count) {
  uint64_t loops = 0;
  for (uint64_t i = 0; i < count; ++i) {
    loops += atomic_load_explicit(&workers[i].loops, memory_order_relaxed);
  }
  return loops;
}

static void tell_for_ever(uint64_t count) {
  int64_t told = wish.began;
  int64_t used = processor_ns();
  uint64_t loops = 0;
  for (;;) {
    sleep_until(told + second);
    const int64_t now = monotonic_ns();
    const int64_t used_now = processor_ns();
    const uint64_t loops_now = loops_of(count);
    printf(
        "worked %.3f s %" PRIu64 " loops %.6f s busy in %.6f s\n",
        (double)(now - wish.began) / 1e9,
        loops_now - loops,
        (double)(used_now - used) / 1e9,
        (double)(now - told) / 1e9);
    told = now;
    used = used_now;
    loops = loops_now;
  }
}

int cpu_load_main(int argc, char** argv) {
  const char* load = "15%";
  const char* count_text = "1";
  const char* swing = "0%";
  const char* period = "20s";
  const struct option_text options[] = {
      {"--load", &load}, {"--workers", &count_text}, {"--swing", &swing}, {"--period", &period}, {NULL, NULL}};
  const char* usage = "cpu-load [--load 15%] [--workers 1] [--swing 0%] [--period 20s]";
  parse_options(usage, argc, argv, options);
  wish.load = parse_percent("cpu-load", "--load", load);
  wish.swing = parse_percent("cpu-load", "--swing", swing);
  wish.period = (double)parse_span("cpu-load", "--period", period);
  const uint64_t count = parse_number("cpu-load", "--workers", count_text);
  if (count == 0 || count > most_workers) {
    fprintf(stderr, "usage: %s\n", usage);
    return 2;
  }
  wish.began = monotonic_ns();
  for (uint64_t i = 0; i < count; ++i) {
    pthread_t thread;
    const int problem = pthread_create(&thread, NULL, work, &workers[i]);
    if (problem != 0) {
      fprintf(stderr, "cpu-load: cannot start worker %" PRIu64 ": %s\n", i + 1, strerror(problem));
      return 1;
    }
  }
  printf("ready %" PRIu64 " workers\n", count);
  tell_for_ever(count);
  return 0;
}
