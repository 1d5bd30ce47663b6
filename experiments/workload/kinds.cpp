// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "plugin.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

/// Every kind there is: a new one is a file and a line here.
std::map<std::string, Plugin> make_plugins() {
  std::map<std::string, Plugin> plugins;
  for (const auto make :
       {ab_plugin,
        compile_plugin,
        copies_plugin,
        cpu_load_plugin,
        dbench_plugin,
        fio_plugin,
        gap_detector_plugin,
        httperf_plugin,
        iperf3_plugin,
        iperf3_server_plugin,
        memory_writer_plugin,
        ping_plugin,
        stress_plugin,
        stress_ng_plugin,
        sysbench_cpu_plugin,
        sysbench_memory_plugin,
        wrk_plugin}) {
    Plugin plugin = make();
    if (plugin.restarts) {
      plugin.kind.metrics.push_back({"failed_runs", "", "1 each time that the program failed and was started anew"});
    }
    const std::string name = plugin.kind.name;
    plugins.emplace(name, std::move(plugin));
  }
  return plugins;
}

const std::map<std::string, Plugin>& plugins() {
  static const std::map<std::string, Plugin> all = make_plugins();
  return all;
}

} // namespace

std::vector<std::string> workload_kinds() {
  std::vector<std::string> names;
  for (const auto& [name, plugin] : plugins()) {
    names.push_back(name);
  }
  return names;
}

const Plugin& plugin_of(const std::string& kind) {
  const auto found = plugins().find(kind);
  if (found == plugins().end()) {
    throw Error(fmt::format("there is no workload of kind '{}'", kind), ExitStatus::bad_input)
        .with_hint(suggest(kind, workload_kinds(), "Kinds"));
  }
  return found->second;
}

const WorkloadKind& workload_kind(const std::string& name) {
  return plugin_of(name).kind;
}

std::string to_string(WorkloadKind::Loop loop) {
  return loop == WorkloadKind::Loop::open ? "open loop" : "closed loop";
}

} // namespace migralab
