// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/interfaces.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/substrate/nodes.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

namespace migralab {

namespace {

constexpr auto shortest_interval = std::chrono::milliseconds(10);

struct Options {
  std::string lab;
  std::string interval = "1s";
  unsigned count = 1;
  bool csv = false;
  bool json = false;
};

struct NodeCounts {
  Instant at;
  std::string node;
  std::map<std::string, InterfaceCount> interfaces;
};

std::vector<std::string> nodes_of(const Topology& topology) {
  std::vector<std::string> nodes{switch_node};
  for (const StorageSpec& server : topology.storage) {
    if (server.type != StorageSpec::Type::local && !is_remote(server)) {
      nodes.push_back(server.name);
    }
  }
  for (const HostSpec& host : topology.hosts) {
    if (!is_remote(host)) { // whose interfaces are not this machine's
      nodes.push_back(host.name);
    }
  }
  for (const ClientSpec& client : topology.clients) {
    nodes.push_back(client.name);
  }
  return nodes;
}

/// Every node's interfaces; loopbacks carry nothing of the lab's.
std::vector<NodeCounts> read_all(const std::vector<std::string>& nodes) {
  std::vector<NodeCounts> all;
  for (const std::string& node : nodes) {
    join_network_of(node);
    NodeCounts counts{std::chrono::steady_clock::now(), node, interface_counts()};
    counts.interfaces.erase("lo");
    all.push_back(std::move(counts));
  }
  return all;
}

std::string seconds(Instant at) {
  return fmt::format("{:.6f}", std::chrono::duration<double>(at.time_since_epoch()).count());
}

constexpr const char* csv_header = "at_s,node,interface,received_bytes,received_packets,received_drops,sent_bytes,"
                                   "sent_packets,sent_drops\n";

void print_csv(const std::vector<NodeCounts>& sample) {
  for (const NodeCounts& node : sample) {
    for (const auto& [interface, count] : node.interfaces) {
      fmt::print(
          "{},{},{},{},{},{},{},{},{}\n",
          seconds(node.at),
          node.node,
          interface,
          count.received_bytes,
          count.received_packets,
          count.received_drops,
          count.sent_bytes,
          count.sent_packets,
          count.sent_drops);
    }
  }
}

/// One JSON object to a line: a stream has no end at which an array could be closed.
void print_json(const std::vector<NodeCounts>& sample) {
  for (const NodeCounts& node : sample) {
    for (const auto& [interface, count] : node.interfaces) {
      const nlohmann::ordered_json json{
          {"at_s", std::chrono::duration<double>(node.at.time_since_epoch()).count()},
          {"node", node.node},
          {"interface", interface},
          {"received_bytes", count.received_bytes},
          {"received_packets", count.received_packets},
          {"received_drops", count.received_drops},
          {"sent_bytes", count.sent_bytes},
          {"sent_packets", count.sent_packets},
          {"sent_drops", count.sent_drops}};
      fmt::print("{}\n", json.dump());
    }
  }
}

void print_table(const std::vector<NodeCounts>& sample) {
  std::vector<std::vector<std::string>> rows{
      {"AT", "NODE", "INTERFACE", "RECEIVED", "PACKETS", "DROPS", "SENT", "PACKETS", "DROPS"}};
  for (const NodeCounts& node : sample) {
    for (const auto& [interface, count] : node.interfaces) {
      rows.push_back(
          {seconds(node.at),
           node.node,
           interface,
           std::to_string(count.received_bytes),
           std::to_string(count.received_packets),
           std::to_string(count.received_drops),
           std::to_string(count.sent_bytes),
           std::to_string(count.sent_packets),
           std::to_string(count.sent_drops)});
    }
  }
  fmt::print("{}", render_rows(rows));
}

Nanoseconds interval_of(const Options& options) {
  const auto interval = parse_duration(options.interval);
  if (!interval.value) {
    throw Error(fmt::format("--interval {}: {}", options.interval, interval.problem), ExitStatus::bad_input);
  }
  if (*interval.value < shortest_interval) {
    throw Error(
        fmt::format("--interval {}: at least {}", options.interval, human(Nanoseconds(shortest_interval))),
        ExitStatus::bad_input);
  }
  return *interval.value;
}

void wait_for(Instant next) {
  while (std::chrono::steady_clock::now() < next) {
    throw_if_interrupted();
    std::this_thread::sleep_until(
        std::min<Instant>(next, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)));
  }
}

int counters(const Options& options) {
  if (options.csv && options.json) {
    throw Error("--csv and --json: choose one", ExitStatus::bad_input);
  }
  const Nanoseconds interval = interval_of(options);
  const OpenLab lab = open_lab(options.lab);
  const std::vector<std::string> nodes = nodes_of(lab.topology);
  return inside(lab.state.keeper, [&] {
    if (options.csv) {
      fmt::print("{}", csv_header);
    }
    Instant next = std::chrono::steady_clock::now();
    for (unsigned sample = 0; options.count == 0 || sample < options.count; ++sample) {
      wait_for(next);
      const auto counts = read_all(nodes);
      options.csv ? print_csv(counts) : options.json ? print_json(counts) : print_table(counts);
      if (std::fflush(stdout) != 0) {
        throw Error("cannot write to standard output");
      }
      next = std::max(next + interval, std::chrono::steady_clock::now()); // behind: no burst, the counters are sums
    }
    return 0;
  });
}

} // namespace

void add_counters(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "counters", "print what every interface of a lab's nodes has carried; times are seconds of the monotonic clock");
  verb->add_option("LAB", options->lab, "the lab; may be left out when there is only one");
  verb->add_option("--interval", options->interval, "between two samples")->capture_default_str();
  verb->add_option("--count", options->count, "samples; 0: until interrupted")->capture_default_str();
  verb->add_flag("--csv", options->csv, "a row for each interface and sample");
  verb->add_flag("--json", options->json, "a line of JSON for each interface and sample");
  verb->callback([options, &outcome] { outcome.code = counters(*options); });
}

} // namespace migralab
