// SPDX-License-Identifier: Apache-2.0
// Our own memory-writer (topologies/images/guestbox): a dirty rate and a working set that are known.
#include "plugin.hpp"
#include "scan.hpp"

namespace migralab {

namespace {

// written 2.000 s 2048 pages 8388608 bytes 0 given-up 0 sweeps in 1.000094 s
void read_line(const std::string& line, Instant /*at*/, Readings& to) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() == 14 && words[0] == "written" && words[8] == "given-up") {
    const double seconds = leading_number(words[12]).value_or(0);
    if (seconds > 0) {
      to.values = {
          {"rate", leading_number(words[5]).value_or(0) / (1U << 20U) / seconds},
          {"given_up", leading_number(words[7]).value_or(0) / seconds},
          {"sweeps", leading_number(words[9]).value_or(0)}};
    }
  } else if (line.starts_with("memory-writer:")) {
    to.problem = line;
  }
}

} // namespace

Plugin memory_writer_plugin() {
  return {
      .kind =
          {.name = "memory-writer",
           .about = "memory overwritten with random data: a known working set at a known rate",
           .loop = WorkloadKind::Loop::open,
           .options =
               {{"fill", "page", WordText{{"page", "word"}}, "what is overwritten: a page (4 KiB), or 8 bytes of it"},
                {"hot", "10%", PercentText{}, "hot-cold: the hot part of the pages"},
                {"hot_share", "90%", PercentText{}, "hot-cold: how many of the writes go there"},
                {"pattern",
                 "sweep",
                 WordText{{"sweep", "uniform", "hot-cold"}},
                 "one page after the other, any page, or some more often"},
                {"rate", "0", ByteRateText{Bytes::gib(1024)}, "in pages that it touches; 0: as fast as it can"},
                {"size", "64MiB", AmountText{Bytes::mib(1), Bytes::gib(4096)}, "of the working set"}},
           .metrics =
               {{"rate", "MiB/s", "in pages touched, in a second"},
                {"given_up", "1/s", "pages that were due and could not be touched in time"},
                {"sweeps", "", "times that the whole set has been overwritten; sweep only"}},
           .programs = {{"memory-writer", ""}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            return std::vector<std::string>{
                "memory-writer",
                "--size",
                std::to_string(options.bytes("size")),
                "--rate",
                std::to_string(options.bytes("rate")),
                "--pattern",
                options.text("pattern"),
                "--hot",
                options.text("hot"),
                "--hot-share",
                options.text("hot_share"),
                "--fill",
                options.text("fill")};
          },
      .reader = [](const Options&) -> LineReader { return read_line; },
      .ready = "ready "};
}

} // namespace migralab
