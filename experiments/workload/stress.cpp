// SPDX-License-Identifier: Apache-2.0
// stress 1.0.7 (Amos Waterland): processes that take square roots for ever, and say nothing of it. What many papers
// load processors with; stress-ng is another program.
#include "plugin.hpp"
#include "scan.hpp"

namespace migralab {

namespace {

// stress: info: [216] dispatching hogs: 2 cpu, 0 io, 0 vm, 0 hdd
// stress: FAIL: [216] (415) <-- worker 217 got signal 9
void read_line(const std::string& line, Instant /*at*/, Readings& to) {
  if (const auto hogs = number_after(line, "dispatching hogs: ")) {
    to.values = {{"hogs", *hogs}};
  } else if (line.starts_with("stress: FAIL:")) {
    to.problem = line;
  }
}

} // namespace

Plugin stress_plugin() {
  return {
      .kind =
          {.name = "stress",
           .about = "processes that do nothing but calculate, each as much as a processor has",
           .loop = WorkloadKind::Loop::closed,
           .options = {{"workers", "1", CountText{1, 1024}, "at once"}},
           .metrics = {{"hogs", "", "workers, once, at the beginning: it tells no more"}},
           .programs = {{"stress", "stress"}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            return std::vector<std::string>{"stress", "--cpu", options.text("workers")};
          },
      .reader = [](const Options&) -> LineReader { return read_line; }};
}

} // namespace migralab
