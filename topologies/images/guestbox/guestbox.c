// SPDX-License-Identifier: Apache-2.0
#include "guestbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct program {
  const char* name;
  int (*run)(int argc, char** argv);
};

static const struct program programs[] = {
    {"leash", leash_main},
    {"again", again_main},
    {"memory-writer", memory_writer_main},
    {"gap-detector", gap_detector_main},
    {"build-loop", build_loop_main},
    {"cpu-load", cpu_load_main},
    {"copies", copies_main},
};

enum { program_count = sizeof programs / sizeof programs[0] };

static const struct program* program_named(const char* name) {
  for (int i = 0; i < program_count; ++i) {
    if (strcmp(programs[i].name, name) == 0) {
      return &programs[i];
    }
  }
  return NULL;
}

void parse_options(const char* usage, int argc, char** argv, const struct option_text* options) {
  for (int i = 1; i < argc; i += 2) {
    const struct option_text* known = options;
    while (known->name != NULL && strcmp(known->name, argv[i]) != 0) {
      ++known;
    }
    if (known->name == NULL || i + 1 == argc) {
      fprintf(stderr, "usage: %s\n", usage);
      exit(2);
    }
    *known->value = argv[i + 1];
  }
}

static void refuse(const char* program, const char* what, const char* text, const char* example) {
  fprintf(stderr, "%s: %s is '%s': write it like %s\n", program, what, text, example);
  exit(2);
}

uint64_t parse_number(const char* program, const char* what, const char* text) {
  static const struct {
    const char* name;
    unsigned shift;
  } units[] = {{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  char* end = NULL;
  errno = 0;
  const unsigned long long number = strtoull(text, &end, 10);
  size_t length = strlen(end);
  if (length >= 2 && strcmp(end + length - 2, "/s") == 0) {
    length -= 2;
  }
  for (unsigned i = 0; end != text && errno == 0 && *text != '-' && i < sizeof units / sizeof units[0]; ++i) {
    if (strlen(units[i].name) == length && strncmp(units[i].name, end, length) == 0 &&
        number <= UINT64_MAX >> units[i].shift) {
      return number << units[i].shift;
    }
  }
  refuse(program, what, text, "64MiB");
  return 0;
}

int64_t parse_span(const char* program, const char* what, const char* text) {
  static const struct {
    const char* name;
    int64_t factor;
  } units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
  char* end = NULL;
  const long long number = strtoll(text, &end, 10);
  for (unsigned i = 0; end != text && i < sizeof units / sizeof units[0]; ++i) {
    if (strcmp(units[i].name, end) == 0 && number > 0 && number < 1000000000) {
      return number * units[i].factor;
    }
  }
  refuse(program, what, text, "5ms");
  return 0;
}

double parse_percent(const char* program, const char* what, const char* text) {
  char* end = NULL;
  const double number = strtod(text, &end);
  if (end == text || strcmp(end, "%") != 0 || !(number >= 0 && number <= 100)) {
    refuse(program, what, text, "10%");
  }
  return number / 100;
}

int64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char** argv) {
  const char* slash = strrchr(argv[0], '/');
  const struct program* program = program_named(slash == NULL ? argv[0] : slash + 1);
  if (program == NULL && argc > 1) {
    program = program_named(argv[1]);
    --argc;
    ++argv;
  }
  if (program == NULL) {
    fputs("usage: guestbox leash|again|memory-writer|gap-detector|build-loop|cpu-load|copies ARGUMENT...\n", stderr);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0); // whoever reads a pipe wants each line as it is written
  return program->run(argc, argv);
}
