// SPDX-License-Identifier: Apache-2.0
//   gap-detector [--threshold 5ms] [--beat 100ms]
//
// Sleeps 1 ms at a time, at a real-time priority, and looks at the clocks when it wakes. What it took longer than that
// is a gap, by each of three clocks: a guest that stood still may see it in one and not in another.
//
//   gap 12.345678901 s monotonic 81.2 ms boottime 81.2 ms realtime 81.2 ms     longer than the threshold by any clock
//   beat 123 12.345678901 s                              each `beat`: number, CLOCK_MONOTONIC
//   histogram 13.000 s 0 0 3 950 ...                     each second: how many gaps had less than 1 us, 2, 4, 8, ... us
//
// A hypervisor may stop the guest's clocks together with the guest; then no clock in here sees anything. The beats are
// for that: whoever receives them compares the time in them with a clock that went on.
#define _GNU_SOURCE
#include "guestbox.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { clocks = 3, buckets = 32 };
static const clockid_t clock_ids[clocks] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME};
static const int64_t step = 1000000, second = 1000000000;

static void read_clocks(int64_t* now) {
  for (int i = 0; i < clocks; ++i) {
    struct timespec time;
    clock_gettime(clock_ids[i], &time);
    now[i] = (int64_t)time.tv_sec * second + time.tv_nsec;
  }
}

/// 0 below 1 us, then the powers of two that it reaches.
static int bucket_of(int64_t gap_ns) {
  int bucket = 0;
  for (int64_t us = gap_ns / 1000; us > 0 && bucket < buckets - 1; us /= 2) {
    ++bucket;
  }
  return bucket;
}

static void tell_histogram(int64_t now, unsigned* counts) {
  printf("histogram %.3f s", (double)now / 1e9);
  int last = buckets - 1;
  while (last > 0 && counts[last] == 0) {
    --last;
  }
  for (int i = 0; i <= last; ++i) {
    printf(" %u", counts[i]);
  }
  printf("\n");
  memset(counts, 0, buckets * sizeof *counts);
}

int gap_detector_main(int argc, char** argv) {
  const char* threshold_text = "5ms";
  const char* beat_text = "100ms";
  const struct option_text options[] = {{"--threshold", &threshold_text}, {"--beat", &beat_text}, {NULL, NULL}};
  parse_options("gap-detector [--threshold 5ms] [--beat 100ms]", argc, argv, options);
  const int64_t threshold = parse_span("gap-detector", "--threshold", threshold_text);
  const int64_t beat = parse_span("gap-detector", "--beat", beat_text);
  const struct sched_param first = {.sched_priority = 20};
  if (sched_setscheduler(0, SCHED_FIFO, &first) != 0) {
    perror("gap-detector: not at a real-time priority, other programs will be seen as gaps");
  }
  mlockall(MCL_CURRENT | MCL_FUTURE); // a page fault is a gap of our own making; it works without, too

  int64_t before[clocks];
  read_clocks(before);
  int64_t next_beat = before[0];
  int64_t next_histogram = before[0] + second;
  uint64_t number = 0;
  unsigned counts[buckets] = {0};
  for (;;) {
    const struct timespec pause = {.tv_nsec = step};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
    int64_t now[clocks];
    read_clocks(now);
    int64_t gaps[clocks];
    bool seen = false;
    for (int i = 0; i < clocks; ++i) {
      gaps[i] = now[i] - before[i] - step;
      seen = seen || gaps[i] > threshold || gaps[i] < -threshold; // a clock that was set back is worth a line, too
    }
    ++counts[bucket_of(gaps[0])];
    if (seen) {
      printf(
          "gap %.9f s monotonic %.3f ms boottime %.3f ms realtime %.3f ms\n",
          (double)now[0] / 1e9,
          (double)gaps[0] / 1e6,
          (double)gaps[1] / 1e6,
          (double)gaps[2] / 1e6);
    }
    if (now[0] >= next_beat) {
      printf("beat %" PRIu64 " %.9f s\n", number++, (double)now[0] / 1e9);
      next_beat = now[0] + beat;
    }
    if (now[0] >= next_histogram) {
      tell_histogram(now[0], counts);
      next_histogram = now[0] + second;
    }
    read_clocks(before); // what the lines above took is no gap
  }
}
