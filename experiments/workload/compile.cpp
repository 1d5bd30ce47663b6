// SPDX-License-Identifier: Apache-2.0
// A build like the kernel's: our own build-loop (topologies/images/guestbox) has make and gcc compile generated
// sources.
#include "plugin.hpp"
#include "scan.hpp"

namespace migralab {

namespace {

// build 3 1.614 s
void read_line(const std::string& line, Instant /*at*/, Readings& to) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() == 4 && words[0] == "build" && words[3] == "s") {
    to.values = {{"build_time", leading_number(words[2]).value_or(0)}};
  } else if (
      line.starts_with("build-loop:") || line.starts_with("make: ***") || line.find(" error: ") != std::string::npos) {
    to.problem = line;
  }
}

} // namespace

Plugin compile_plugin() {
  return {
      .kind =
          {.name = "compile",
           .about = "C sources compiled by make and gcc, over and over",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"files", "16", CountText{1, 10000}, "source files of a build"},
                {"folder", "/tmp", PathText{}, "where it works, in a folder of its own; /tmp of a guest is memory"},
                {"functions", "40", CountText{1, 10000}, "in each file"},
                {"jobs", "1", CountText{1, 1024}, "compilers at once"}},
           .metrics = {{"build_time", "s", "of one whole build"}},
           .programs = {{"build-loop", ""}, {"make", "make"}, {"gcc", "gcc"}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            return std::vector<std::string>{
                "build-loop",
                "--files",
                options.text("files"),
                "--functions",
                options.text("functions"),
                "--jobs",
                options.text("jobs"),
                "--folder",
                options.text("folder")};
          },
      .reader = [](const Options&) -> LineReader { return read_line; }};
}

} // namespace migralab
