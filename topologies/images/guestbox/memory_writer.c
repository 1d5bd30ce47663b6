// SPDX-License-Identifier: Apache-2.0
//   memory-writer --size 64MiB [--rate 16MiB/s] [--pattern sweep|uniform|hot-cold] [--hot 10%] [--hot-share 90%]
//                 [--fill page|word]
//
// A guest whose dirty rate and working set are known: `size` bytes, all written with random data first (QEMU sends a
// page of zeros as one byte), of which pages are overwritten at `rate` (0: as fast as it can). sweep: one after the
// other, again and again; uniform: any; hot-cold: `hot-share` of the writes go to the `hot` part of the pages, the
// others anywhere. fill: the whole page with random data, or one word of it.
//
// Each second a line: seconds since it began, pages and bytes written in that interval, pages that were due and given
// up, whole sweeps done. It is an open loop: what was not written in time (the guest stood still, or is too slow) is
// given up after 100 ms and told, never caught up with, since that would be a burst that nobody asked for.
#define _GNU_SOURCE
#include "guestbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { page_bytes = 4096, words = page_bytes / 8, burst = 64 };
static const int64_t second = 1000000000, patience = 100000000, tick = 1000000;

static uint64_t state = 0x9e3779b97f4a7c15;

/// xorshift64* (Vigna 2014): fast, and nothing that compresses.
static uint64_t draw(void) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}

__extension__ typedef unsigned __int128 wide;

static uint64_t below(uint64_t limit) {
  return (uint64_t)(((wide)draw() * limit) >> 64);
}

struct writer {
  uint64_t* memory;
  uint64_t pages;
  uint64_t hot_pages;
  double hot_share;
  enum { sweep, uniform, hot_cold } pattern;
  bool whole;
  uint64_t next; // of a sweep
  uint64_t sweeps;
};

static uint64_t choose(struct writer* writer) {
  switch (writer->pattern) {
  case sweep:
    if (writer->next == writer->pages) {
      writer->next = 0;
      ++writer->sweeps;
    }
    return writer->next++;
  case hot_cold:
    if ((double)(draw() >> 11) * 0x1p-53 < writer->hot_share) {
      return below(writer->hot_pages);
    }
    return below(writer->pages);
  case uniform:
    break;
  }
  return below(writer->pages);
}

static void fill(uint64_t* page, bool whole) {
  if (!whole) {
    page[draw() % words] = draw();
    return;
  }
  for (int i = 0; i < words; ++i) {
    page[i] = draw();
  }
}

static uint64_t available_bytes(void) {
  FILE* file = fopen("/proc/meminfo", "re");
  char line[128];
  uint64_t kib = UINT64_MAX >> 10;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1) {
      break;
    }
  }
  if (file != NULL) {
    fclose(file);
  }
  return kib << 10;
}

static uint64_t* take_memory(uint64_t bytes) {
  const uint64_t there = available_bytes();
  void* memory = bytes <= there ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : NULL;
  if (memory == NULL || memory == MAP_FAILED) {
    fprintf(
        stderr,
        "memory-writer: %" PRIu64 " MiB wanted, %" PRIu64 " MiB available: write less, or give the guest more memory\n",
        bytes >> 20,
        there >> 20);
    exit(1);
  }
  return memory;
}

static void write_for_ever(struct writer* writer, uint64_t bytes_per_second) {
  const int64_t began = monotonic_ns();
  int64_t due_since = began; // pages are counted from here
  uint64_t due_done = 0;
  int64_t told = began;
  uint64_t written = 0;
  uint64_t given_up = 0;
  const double pages_per_ns = (double)bytes_per_second / page_bytes / 1e9;
  for (;;) {
    const int64_t now = monotonic_ns();
    if (now - told >= second) {
      printf(
          "written %.3f s %" PRIu64 " pages %" PRIu64 " bytes %" PRIu64 " given-up %" PRIu64 " sweeps in %.6f s\n",
          (double)(now - began) / 1e9,
          written,
          written * page_bytes,
          given_up,
          writer->sweeps,
          (double)(now - told) / 1e9);
      told = now;
      written = 0;
      given_up = 0;
    }
    uint64_t count = burst;
    if (bytes_per_second != 0) {
      const uint64_t due = (uint64_t)((double)(now - due_since) * pages_per_ns);
      const uint64_t late = due - due_done;
      const uint64_t most = (uint64_t)((double)patience * pages_per_ns) + 1;
      if (late > most) {
        given_up += late - most;
        due_done += late - most;
      }
      count = due - due_done < burst ? due - due_done : burst;
      due_done += count;
    }
    for (uint64_t i = 0; i < count; ++i) {
      fill(writer->memory + choose(writer) * words, writer->whole);
    }
    written += count;
    if (count == 0) {
      const struct timespec pause = {.tv_nsec = tick};
      nanosleep(&pause, NULL);
    }
  }
}

static int is_one_of(const char* text, const char* const* names) {
  for (int i = 0; names[i] != NULL; ++i) {
    if (strcmp(names[i], text) == 0) {
      return i;
    }
  }
  fprintf(stderr, "memory-writer: '%s' is not one of", text);
  for (int i = 0; names[i] != NULL; ++i) {
    fprintf(stderr, " %s", names[i]);
  }
  fputs("\n", stderr);
  exit(2);
}

int memory_writer_main(int argc, char** argv) {
  const char* size = NULL;
  const char* rate = "0";
  const char* pattern = "sweep";
  const char* hot = "10%";
  const char* hot_share = "90%";
  const char* filling = "page";
  const struct option_text options[] = {
      {"--size", &size},
      {"--rate", &rate},
      {"--pattern", &pattern},
      {"--hot", &hot},
      {"--hot-share", &hot_share},
      {"--fill", &filling},
      {NULL, NULL}};
  const char* usage = "memory-writer --size 64MiB [--rate 16MiB/s] [--pattern sweep|uniform|hot-cold] [--hot 10%] "
                      "[--hot-share 90%] [--fill page|word]";
  parse_options(usage, argc, argv, options);
  static const char* const patterns[] = {"sweep", "uniform", "hot-cold", NULL};
  static const char* const fillings[] = {"page", "word", NULL};
  const uint64_t bytes = size == NULL ? 0 : parse_number("memory-writer", "--size", size);
  struct writer writer = {
      .pages = bytes / page_bytes,
      .hot_share = parse_percent("memory-writer", "--hot-share", hot_share),
      .whole = is_one_of(filling, fillings) == 0};
  switch (is_one_of(pattern, patterns)) {
  case 0:
    writer.pattern = sweep;
    break;
  case 1:
    writer.pattern = uniform;
    break;
  default:
    writer.pattern = hot_cold;
  }
  writer.hot_pages = (uint64_t)((double)writer.pages * parse_percent("memory-writer", "--hot", hot));
  if (writer.pages == 0 || writer.hot_pages == 0) {
    fprintf(stderr, "usage: %s\n", usage);
    return 2;
  }
  const uint64_t bytes_per_second = parse_number("memory-writer", "--rate", rate);
  writer.memory = take_memory(writer.pages * page_bytes);
  for (uint64_t page = 0; page < writer.pages; ++page) {
    fill(writer.memory + page * words, true);
  }
  printf("ready %" PRIu64 " pages\n", writer.pages);
  write_for_ever(&writer, bytes_per_second);
  return 0;
}
