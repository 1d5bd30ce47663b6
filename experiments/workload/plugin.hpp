// SPDX-License-Identifier: Apache-2.0
// What a kind of workload is made of: a description, a command line, and a reader of what the program says. Readers are
// pure: lines in, numbers out. Private to this room.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/workload/kind.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab {

/// The options of a WorkloadSpec, which were checked: these do not fail.
class Options {
public:
  explicit Options(const std::map<std::string, std::string>& texts) : texts_(texts) {}

  [[nodiscard]] const std::string& text(const std::string& name) const { return texts_.at(name); }
  [[nodiscard]] bool is(const std::string& name, const std::string& word) const { return texts_.at(name) == word; }
  [[nodiscard]] std::uint64_t count(const std::string& name) const;
  [[nodiscard]] std::uint64_t bytes(const std::string& name) const; // also of a rate; 0: no limit
  [[nodiscard]] double per_second(const std::string& name) const;
  [[nodiscard]] double percent(const std::string& name) const; // "10%": 10
  [[nodiscard]] double seconds(const std::string& name) const;

private:
  const std::map<std::string, std::string>& texts_;
};

/// "10.0.0.7" of option `to`, or of the guest.
[[nodiscard]] std::string target_of(const Options& options, Ipv4Address guest);

/// What a reader found in a line.
struct Readings {
  std::vector<std::pair<std::string, double>> values; // metric and value
  std::string problem;                                // what the program says went wrong
};

/// One run of the program, line by line (both streams), each with the time of its arrival.
using LineReader = std::function<void(const std::string& line, Instant at, Readings& to)>;

struct Plugin {
  WorkloadKind kind;
  /// `round` counts from 0 how often it has been started.
  std::function<std::vector<std::string>(const Options&, const WorkloadPlace&, unsigned round)> argv;
  std::function<LineReader(const Options&)> reader;
  /// The program's end is no end of the workload: it is started anew, after a failure too, which is a sample
  /// "failed_runs" then. Otherwise any end is an error.
  bool restarts = false;
  /// How the line begins by which the program says that it does what it is for; empty: it does so at once.
  std::string ready = {};
  /// See problem_with_all(); may be empty.
  std::function<std::string(const Options&)> check = {};
};

// One file each.
[[nodiscard]] Plugin ab_plugin();
[[nodiscard]] Plugin compile_plugin();
[[nodiscard]] Plugin copies_plugin();
[[nodiscard]] Plugin cpu_load_plugin();
[[nodiscard]] Plugin dbench_plugin();
[[nodiscard]] Plugin fio_plugin();
[[nodiscard]] Plugin gap_detector_plugin();
[[nodiscard]] Plugin httperf_plugin();
[[nodiscard]] Plugin iperf3_plugin();
[[nodiscard]] Plugin iperf3_server_plugin();
[[nodiscard]] Plugin memory_writer_plugin();
[[nodiscard]] Plugin ping_plugin();
[[nodiscard]] Plugin stress_plugin();
[[nodiscard]] Plugin stress_ng_plugin();
[[nodiscard]] Plugin sysbench_cpu_plugin();
[[nodiscard]] Plugin sysbench_memory_plugin();
[[nodiscard]] Plugin wrk_plugin();

/// By the kind's name; throws as workload_kind() does.
[[nodiscard]] const Plugin& plugin_of(const std::string& kind);

/// Options that several have.
[[nodiscard]] WorkloadOption target_option();
[[nodiscard]] WorkloadOption port_option(unsigned port);
[[nodiscard]] WorkloadOption slice_option();

} // namespace migralab
