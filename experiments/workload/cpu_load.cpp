// SPDX-License-Identifier: Apache-2.0
// Our own cpu-load (topologies/images/guestbox): a known share of a processor is wanted.
#include "plugin.hpp"
#include "scan.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

// worked 2.000 s 41230 loops 0.150312 s busy in 1.000094 s
void read_line(unsigned workers, const std::string& line, Readings& to) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() == 11 && words[0] == "worked" && words[7] == "busy") {
    const double seconds = leading_number(words[9]).value_or(0);
    if (seconds > 0) {
      to.values = {
          {"rate", leading_number(words[3]).value_or(0) / seconds},
          {"busy", 100 * leading_number(words[5]).value_or(0) / seconds / workers}};
    }
  } else if (line.starts_with("cpu-load:")) {
    to.problem = line;
  }
}

std::string problem_with_share(const Options& options) {
  const double load = options.percent("load");
  const double swing = options.percent("swing");
  return swing <= load && load + swing <= 100 ? ""
                                              : fmt::format(
                                                    "the load would go from {:g}% to {:g}%: write a swing that keeps "
                                                    "it between 0% and 100%",
                                                    load - swing,
                                                    load + swing);
}

} // namespace

Plugin cpu_load_plugin() {
  return {
      .kind =
          {.name = "cpu-load",
           .about = "calculating for a known share of each 100 ms, and sleeping for the rest",
           .loop = WorkloadKind::Loop::open,
           .options =
               {{"load", "15%", PercentText{}, "of one processor, for each worker"},
                {"period",
                 "20s",
                 SpanText{std::chrono::seconds(1), std::chrono::hours(1), false},
                 "with a swing: of the sine"},
                {"swing", "0%", PercentText{.zero_too = true}, "so much the load goes up and down around its mean"},
                {"workers", "1", CountText{1, 1024}, "at once"}},
           .metrics =
               {{"rate", "1/s", "loops of the same work done in a second, all workers together"},
                {"busy", "%", "of one processor that the guest gave each worker, as it believes"}},
           .programs = {{"cpu-load", ""}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            return std::vector<std::string>{
                "cpu-load",
                "--load",
                options.text("load"),
                "--workers",
                options.text("workers"),
                "--swing",
                options.text("swing"),
                "--period",
                fmt::format("{:.0f}ms", options.seconds("period") * 1e3)};
          },
      .reader = [](const Options& options) -> LineReader {
        return [workers = static_cast<unsigned>(options.count("workers"))](
                   const std::string& line, Instant, Readings& to) { read_line(workers, line, to); };
      },
      .ready = "ready ",
      .check = problem_with_share};
}

} // namespace migralab
