// SPDX-License-Identifier: Apache-2.0
// stress-ng 0.15 (https://github.com/ColinIanKing/stress-ng). Its "bogo operations" compare a stressor with itself
// only.
#include "plugin.hpp"
#include "scan.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

// stress-ng: metrc: [227] vm                 5124      2.04      1.22      0.82      2510.38        2516.21
void read_metrics(const std::string& stressor, const std::string& line, Readings& to) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() >= 10 && words[1] == "metrc:" && words[3] == stressor) {
    if (const auto rate = leading_number(words[8])) { // per second of real time
      to.values = {{"operations", *rate}};
    }
  } else if (words.size() > 3 && (words[1] == "error:" || words[1] == "fail:")) {
    to.problem = line;
  }
}

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& /*place*/, unsigned /*round*/) {
  const std::string& stressor = options.text("stressor");
  std::vector<std::string> argv{"again", "stress-ng", "--" + stressor, options.text("workers")};
  if (stressor == "vm") {
    argv.insert(argv.end(), {"--vm-bytes", std::to_string(options.bytes("memory")), "--vm-keep"});
  }
  argv.insert(
      argv.end(),
      {"--temp-path",
       options.text("folder"),
       "--timeout",
       fmt::format("{:.0f}s", options.seconds("slice")),
       "--metrics-brief"});
  return argv;
}

} // namespace

Plugin stress_ng_plugin() {
  return {
      .kind =
          {.name = "stress-ng",
           .about = "one of stress-ng's stressors",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"folder", "/var/tmp", PathText{}, "where a stressor of files puts them"},
                {"memory", "64MiB", AmountText{Bytes::mib(4), Bytes::gib(1024)}, "of the stressor vm, all its workers"},
                slice_option(),
                {"stressor",
                 "cpu",
                 WordText{{"cpu", "hdd", "io", "matrix", "memcpy", "pipe", "sock", "stream", "switch", "vm"}},
                 "what is stressed"},
                {"workers", "1", CountText{1, 1024}, "at once"}},
           .metrics = {{"operations", "1/s", "bogo operations per second of a slice"}},
           .programs = {{"stress-ng", "stress-ng"}, {"again", ""}}},
      .argv = argv_of,
      .reader = [](const Options& options) -> LineReader {
        return [stressor = options.text("stressor")](const std::string& line, Instant, Readings& to) {
          read_metrics(stressor, line, to);
        };
      }};
}

} // namespace migralab
