// SPDX-License-Identifier: Apache-2.0
#include "migralab/workload/demand.hpp"

#include "plugin.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace migralab {

namespace {

constexpr double mib = 1U << 20U;
constexpr double fast_writer = 1024 * mib; // bytes/s of one that writes as fast as it can
constexpr double request = 0.001;          // processors for a request a second
constexpr double page_of_a_request = 8192; // bytes that it dirties, and sends
constexpr double closed_loop = 0.5;        // processors for a client that asks as fast as it is answered
constexpr double some_writes = 8 * mib;    // bytes/s of a program that works with files or buffers
constexpr double some_set = 32 * mib;      // bytes that these go to

WorkloadDemand calculating(double processors) {
  return {.processors = processors, .dirtied = mib, .working_set = 2 * mib};
}

WorkloadDemand working_with_files(double processors) {
  return {.processors = processors, .dirtied = some_writes, .working_set = some_set};
}

WorkloadDemand serving(double clients) {
  const double requests = clients * closed_loop / request;
  return {
      .processors = clients * closed_loop,
      .dirtied = requests * page_of_a_request,
      .working_set = some_set,
      .sent = requests * page_of_a_request};
}

WorkloadDemand cpu_load(const Options& options) {
  const auto workers = static_cast<double>(options.count("workers"));
  WorkloadDemand demand = calculating(workers * options.percent("load") / 100);
  demand.swing = workers * options.percent("swing") / 100;
  demand.period = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(options.seconds("period")));
  return demand;
}

/// The pages that it touches are what a migration sends again.
WorkloadDemand memory_writer(const Options& options) {
  const auto size = static_cast<double>(options.bytes("size"));
  const auto rate = static_cast<double>(options.bytes("rate"));
  const double hot = options.is("pattern", "hot-cold") ? options.percent("hot") / 100 : 1;
  return {
      .processors = rate > 0 ? std::min(1.0, rate / fast_writer) : 1,
      .dirtied = rate > 0 ? rate : fast_writer,
      .working_set = size * hot};
}

WorkloadDemand copies(const Options& options) {
  constexpr double carried = 100e6; // bytes/s of a copy on an idle network
  const auto size = static_cast<double>(options.bytes("size"));
  const double each = size / carried + options.seconds("pause");
  return {
      .processors = std::min(0.5, size / each / carried),
      .dirtied = std::min(some_writes, size / each),
      .working_set = some_set,
      .sent = size / each};
}

WorkloadDemand httperf(const Options& options) {
  const double rate =
      (options.per_second("low") + options.per_second("high")) / 2 * static_cast<double>(options.count("calls"));
  return {
      .processors = rate * request,
      .dirtied = rate * page_of_a_request,
      .working_set = some_set,
      .sent = rate * page_of_a_request};
}

WorkloadDemand stress_ng(const Options& options) {
  const auto workers = static_cast<double>(options.count("workers"));
  if (!options.is("stressor", "vm")) {
    return calculating(workers);
  }
  return {.processors = workers, .dirtied = fast_writer, .working_set = static_cast<double>(options.bytes("memory"))};
}

const std::map<std::string, std::function<WorkloadDemand(const Options&)>>& demands() {
  static const std::map<std::string, std::function<WorkloadDemand(const Options&)>> all{
      {"ab", [](const Options& options) { return serving(static_cast<double>(options.count("clients"))); }},
      {"compile",
       [](const Options& options) { return working_with_files(static_cast<double>(options.count("jobs"))); }},
      {"copies", copies},
      {"cpu-load", cpu_load},
      {"dbench",
       [](const Options& options) { return working_with_files(0.3 * static_cast<double>(options.count("clients"))); }},
      {"fio", [](const Options&) { return working_with_files(0.3); }},
      {"httperf", httperf},
      {"iperf3", [](const Options&) { return WorkloadDemand{.processors = 0.3, .sent = 50e6}; }},
      {"memory-writer", memory_writer},
      {"stress", [](const Options& options) { return calculating(static_cast<double>(options.count("workers"))); }},
      {"stress-ng", stress_ng},
      {"sysbench-cpu",
       [](const Options& options) { return calculating(static_cast<double>(options.count("threads"))); }},
      {"sysbench-memory",
       [](const Options& options) { return calculating(static_cast<double>(options.count("threads"))); }},
      {"wrk", [](const Options& options) { return serving(static_cast<double>(options.count("clients")) / 4); }}};
  return all;
}

} // namespace

WorkloadDemand demand_of(const WorkloadSpec& spec) {
  const auto known = demands().find(spec.kind);
  return known == demands().end() ? WorkloadDemand{} : known->second(Options(spec.options)); // ping, gap-detector: none
}

} // namespace migralab
