// SPDX-License-Identifier: Apache-2.0
//   build-loop [--files 16] [--functions 40] [--jobs 1] [--folder /tmp]
//
// A build like the kernel's, small: C files are generated once, then compiled and linked by make and gcc, over and
// over. After each build a line: its number and its seconds. Ends with make's failure, or by a signal; its folder goes
// with it.
#define _GNU_SOURCE
#include "guestbox.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended = 0;

static void note_end(int signal) {
  (void)signal;
  ended = 1;
}

static FILE* create(const char* name) {
  FILE* file = fopen(name, "we");
  if (file == NULL) {
    fprintf(stderr, "build-loop: cannot write %s: %s\n", name, strerror(errno));
    exit(1);
  }
  return file;
}

static void generate_function(FILE* file, unsigned unit, unsigned number, unsigned* seed) {
  fprintf(
      file,
      "struct record_%u { char name[%u]; unsigned long keys[%u]; struct record_%u* next; };\n",
      number,
      16 + *seed % 48,
      4 + *seed % 12,
      number);
  fprintf(file, "unsigned long unit_%u_function_%u(const char* text, unsigned long n) {\n", unit, number);
  fprintf(file, "  struct record_%u record = {.next = 0};\n  unsigned long sum = n;\n", number);
  fprintf(file, "  strncpy(record.name, text, sizeof record.name - 1);\n");
  fprintf(file, "  for (unsigned long i = 0; i < sizeof record.keys / sizeof record.keys[0]; ++i) {\n");
  fprintf(file, "    record.keys[i] = n * i + strlen(record.name);\n    switch (record.keys[i] %% 13) {\n");
  for (unsigned i = 0; i < 12; ++i) {
    *seed = *seed * 1103515245 + 12345;
    fprintf(
        file, "    case %u: sum = (sum << %u) ^ (record.keys[i] + %uUL); break;\n", i, 1 + *seed % 7, *seed % 1000003);
  }
  fprintf(file, "    default: sum -= i; break;\n    }\n  }\n");
  fprintf(file, "  return sum;\n}\n");
}

static void generate(unsigned files, unsigned functions) {
  FILE* make = create("Makefile");
  FILE* main_file = create("main.c");
  fprintf(main_file, "#include <stdio.h>\n");
  fprintf(make, "CFLAGS = -O2 -fno-builtin\nOBJECTS =");
  unsigned seed = 1;
  for (unsigned unit = 0; unit < files; ++unit) {
    char name[32];
    snprintf(name, sizeof name, "unit_%u.c", unit);
    FILE* file = create(name);
    fprintf(file, "#include <errno.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n");
    for (unsigned i = 0; i < functions; ++i) {
      generate_function(file, unit, i, &seed);
    }
    fclose(file);
    fprintf(make, " unit_%u.o", unit);
    fprintf(main_file, "unsigned long unit_%u_function_0(const char*, unsigned long);\n", unit);
  }
  fprintf(main_file, "int main(int argc, char** argv) {\n  unsigned long sum = (unsigned long)argc;\n");
  for (unsigned unit = 0; unit < files; ++unit) {
    fprintf(main_file, "  sum += unit_%u_function_0(argv[0], sum);\n", unit);
  }
  fprintf(main_file, "  printf(\"%%lu\\n\", sum);\n  return 0;\n}\n");
  fprintf(make, "\nprogram: main.o $(OBJECTS)\n\t$(CC) -o $@ $^\nclean:\n\trm -f program *.o\n");
  fclose(main_file);
  fclose(make);
}

/// Exit code 0?
static bool run(char* const* command) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGTERM, SIG_DFL);
    dup2(STDERR_FILENO, STDOUT_FILENO); // our standard output has the results alone
    execvp(command[0], command);
    fprintf(stderr, "build-loop: cannot run %s: %s\n", command[0], strerror(errno));
    _exit(127);
  }
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && status == 0;
}

static int remove_one(const char* path, const struct stat* facts, int kind, struct FTW* place) {
  (void)facts;
  (void)kind;
  (void)place;
  return remove(path);
}

static int build(unsigned files, unsigned functions, char* jobs) {
  generate(files, functions);
  char* const make[] = {"make", "-s", "-j", jobs, "program", NULL};
  char* const clean[] = {"make", "-s", "clean", NULL};
  for (unsigned number = 1; !ended; ++number) {
    const int64_t began = monotonic_ns();
    if (!run(make)) {
      return ended ? 0 : 1;
    }
    printf("build %u %.3f s\n", number, (double)(monotonic_ns() - began) / 1e9);
    if (!run(clean)) {
      return ended ? 0 : 1;
    }
  }
  return 0;
}

int build_loop_main(int argc, char** argv) {
  const char* files = "16";
  const char* functions = "40";
  const char* jobs = "1";
  const char* where = "/tmp";
  const struct option_text options[] = {
      {"--files", &files}, {"--functions", &functions}, {"--jobs", &jobs}, {"--folder", &where}, {NULL, NULL}};
  parse_options("build-loop [--files 16] [--functions 40] [--jobs 1] [--folder /tmp]", argc, argv, options);
  const uint64_t file_count = parse_number("build-loop", "--files", files);
  const uint64_t function_count = parse_number("build-loop", "--functions", functions);
  char jobs_text[16];
  snprintf(jobs_text, sizeof jobs_text, "%u", (unsigned)parse_number("build-loop", "--jobs", jobs));
  char folder[4096];
  snprintf(folder, sizeof folder, "%s/build-loop-XXXXXX", where);
  if (file_count == 0 || file_count > 10000 || function_count == 0 || function_count > 10000) {
    fputs("build-loop: 1 to 10000 files and functions\n", stderr);
    return 2;
  }
  if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
    fprintf(stderr, "build-loop: cannot work in %s: %s\n", folder, strerror(errno));
    return 1;
  }
  const struct sigaction action = {.sa_handler = note_end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  const int code = build((unsigned)file_count, (unsigned)function_count, jobs_text);
  if (chdir("/") != 0 || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
    fprintf(stderr, "build-loop: %s stays\n", folder);
  }
  return code;
}
