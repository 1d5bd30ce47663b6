// SPDX-License-Identifier: Apache-2.0
// sysbench 1.0 (https://github.com/akopytov/sysbench), processor and memory, with a report each second.
#include "plugin.hpp"
#include "scan.hpp"

namespace migralab {

namespace {

void note_problem(const std::string& line, Readings& to) {
  if (line.starts_with("FATAL:") || line.starts_with("sysbench:") || line.starts_with("Invalid value")) {
    to.problem = line;
  }
}

// [ 1s ] thds: 1 eps: 246.77 lat (ms,95%): 7.43
void read_cpu(const std::string& line, Instant /*at*/, Readings& to) {
  const auto events = number_after(line, " eps:");
  const auto latency = number_after(line, "lat (ms,95%):");
  if (line.starts_with("[") && events && latency) {
    to.values = {{"events", *events}, {"latency_p95", *latency}};
  }
  note_problem(line, to);
}

// [ 1s ] 419.01 MiB/sec
void read_memory(const std::string& line, Instant /*at*/, Readings& to) {
  const auto throughput = number_after(line, "s ]");
  if (line.starts_with("[") && line.ends_with("MiB/sec") && throughput) {
    to.values = {{"throughput", *throughput}};
  }
  note_problem(line, to);
}

WorkloadOption threads_option() {
  return {"threads", "1", CountText{1, 1024}, "at once"};
}

} // namespace

Plugin sysbench_cpu_plugin() {
  return {
      .kind =
          {.name = "sysbench-cpu",
           .about = "prime numbers, counted by trial division, over and over",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"primes", "10000", CountText{3, 10000000}, "an event is: find all primes up to this"},
                threads_option()},
           .metrics = {{"events", "1/s", "in a second"}, {"latency_p95", "ms", "of the events of a second"}},
           .programs = {{"sysbench", "sysbench"}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            return std::vector<std::string>{
                "sysbench",
                "cpu",
                "--time=0",
                "--events=0",
                "--report-interval=1",
                "--threads=" + options.text("threads"),
                "--cpu-max-prime=" + options.text("primes"),
                "run"};
          },
      .reader = [](const Options&) -> LineReader { return read_cpu; }};
}

Plugin sysbench_memory_plugin() {
  return {
      .kind =
          {.name = "sysbench-memory",
           .about = "blocks of memory, read or written as fast as possible",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"access", "seq", WordText{{"seq", "rnd"}}, "in order, or anywhere"},
                {"block", "1KiB", AmountText{{1024}, Bytes::gib(1)}, "the buffer that is read or written"},
                {"operation", "write", WordText{{"write", "read"}}, "what is done"},
                threads_option()},
           .metrics = {{"throughput", "MiB/s", "in a second"}},
           .programs = {{"sysbench", "sysbench"}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            return std::vector<std::string>{
                "sysbench",
                "memory",
                "--time=0",
                "--events=0",
                "--report-interval=1",
                "--threads=" + options.text("threads"),
                "--memory-total-size=1000T", // for ever
                "--memory-block-size=" + std::to_string(options.bytes("block")),
                "--memory-oper=" + options.text("operation"),
                "--memory-access-mode=" + options.text("access"),
                "run"};
          },
      .reader = [](const Options&) -> LineReader { return read_memory; }};
}

} // namespace migralab
