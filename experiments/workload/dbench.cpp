// SPDX-License-Identifier: Apache-2.0
// dbench 4 (https://dbench.samba.org): file server clients on the guest's disk, after a trace of NetBench. Each second
// it tells the mean since the beginning and the largest latency of that second; what a second moved is the difference
// of two such means, and so as exact as their two decimals allow.
#include "plugin.hpp"
#include "scan.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

//   CLIENTS  OPERATIONS  MEAN MB/sec  execute  SECONDS sec  latency MAX ms
class DbenchReader {
public:
  void operator()(const std::string& line, Instant /*at*/, Readings& to) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() == 10 && words[3] == "MB/sec" && words[6] == "sec" && words[7] == "latency") {
      second(words, to);
    } else if (
        line.find(": No space left") != std::string::npos || line.find("Permission denied") != std::string::npos ||
        line.find("failed to ") == 0 || line.find("No such file") != std::string::npos) {
      if (line.find("barrier semaphore") == std::string::npos) { // kernels without System V semaphores; it goes on
        to.problem = line;
      }
    }
  }

private:
  void second(const std::vector<std::string>& words, Readings& to) {
    const double operations = leading_number(words[1]).value_or(0);
    const double mean = leading_number(words[2]).value_or(0);
    const double seconds = leading_number(words[5]).value_or(0);
    if (words[4] != phase_ || seconds <= seconds_) { // it counts anew after its warm-up
      phase_ = words[4];
      seconds_ = 0;
      moved_ = 0;
    }
    if (operations < operations_) {
      operations_ = 0;
    }
    if (seconds > seconds_) {
      const double moved = mean * seconds;
      to.values = {
          {"throughput", std::max(0.0, moved - moved_) / (seconds - seconds_)},
          {"operations", (operations - operations_) / (seconds - seconds_)},
          {"latency_max", leading_number(words[8]).value_or(0)}};
      moved_ = moved;
      seconds_ = seconds;
      operations_ = operations;
    }
  }

  std::string phase_;
  double seconds_ = 0;
  double moved_ = 0;
  double operations_ = 0;
};

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& /*place*/, unsigned /*round*/) {
  std::vector<std::string> argv{"again", "dbench", "-t", "600", "-D", options.text("folder")};
  if (options.is("sync", "true")) {
    argv.emplace_back("-s");
  }
  argv.push_back(options.text("clients"));
  return argv;
}

} // namespace

Plugin dbench_plugin() {
  return {
      .kind =
          {.name = "dbench",
           .about = "clients of a file server on the guest's disk",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"clients", "1", CountText{1, 1000}, "at once"},
                {"folder", "/var/tmp", PathText{}, "where its files are"},
                {"sync", "false", WordText{{"false", "true"}}, "each write waits for the disk (O_SYNC)"}},
           .metrics =
               {{"throughput", "MB/s", "read and written in a second; 1 MB is 10^6 bytes"},
                {"operations", "1/s", "lines of the trace done in a second"},
                {"latency_max", "ms", "the longest operation of a second"}},
           .programs = {{"dbench", "dbench"}, {"again", ""}}},
      .argv = argv_of,
      .reader = [](const Options&) -> LineReader { return DbenchReader(); }};
}

} // namespace migralab
