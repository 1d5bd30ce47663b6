// SPDX-License-Identifier: Apache-2.0
// The programs that migralab brings into guests, in one static file: which one runs is told by the name that it is
// called by, or by its first argument. One file, since a copy of the C library in each would be memory of a small
// guest.
#pragma once

#include <stdbool.h>
#include <stdint.h>

int leash_main(int argc, char** argv);
int again_main(int argc, char** argv);
int memory_writer_main(int argc, char** argv);
int gap_detector_main(int argc, char** argv);
int build_loop_main(int argc, char** argv);
int cpu_load_main(int argc, char** argv);
int copies_main(int argc, char** argv);

/// "NAME VALUE" pairs: `name` gets the text of --NAME. Ends the program (exit code 2) at one that is not in the list.
struct option_text {
  const char* name;
  const char** value;
};
void parse_options(const char* usage, int argc, char** argv, const struct option_text* options);

/// A whole number, for amounts of bytes also with KiB, MiB, GiB; for rates with "/s". Ends the program when it is none.
uint64_t parse_number(const char* program, const char* what, const char* text);
/// A duration ("5ms", "1s", "200us") in nanoseconds.
int64_t parse_span(const char* program, const char* what, const char* text);
/// "10%" as 0.1; 0% to 100%.
double parse_percent(const char* program, const char* what, const char* text);

/// Nanoseconds of CLOCK_MONOTONIC.
int64_t monotonic_ns(void);
