// SPDX-License-Identifier: Apache-2.0
// iperf3 3.12 (https://software.es.net/iperf), a line each second. (--json-stream came with 3.17.) The server is a kind
// of its own: it runs on the other node.
#include "plugin.hpp"
#include "scan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

// [  5]   1.00-2.00   sec   112 MBytes  943693 Kbits/sec    0   1.18 MBytes
// [  5]   0.00-1.00   sec   245 KBytes  2002 Kbits/sec  0.326 ms  0/173 (0%)     UDP, received
// [SUM]   0.00-1.00   sec   ...                                                  of several streams
// A line that ends with "sender" or "receiver" is of the whole test.
void read_interval(bool sums, const std::string& line, Readings& to) {
  if (const auto error = line.find("error - "); error != std::string::npos) {
    to.problem = "iperf3: " + line.substr(error + 8);
    return;
  }
  const bool sum = line.starts_with("[SUM]");
  if (!line.starts_with("[") || sum != sums || line.ends_with("sender") || line.ends_with("receiver")) {
    return;
  }
  const std::vector<std::string> words = words_of(line.substr(std::min(line.find(']'), line.size() - 1) + 1));
  const auto unit = std::find(words.begin(), words.end(), "Kbits/sec");
  if (unit == words.end() || unit - words.begin() < 2) {
    return;
  }
  to.values = {{"rate", leading_number(*(unit - 1)).value_or(0) / 1e3}};
  const auto rest = static_cast<std::size_t>(words.end() - unit - 1);
  if (rest >= 3 && *(unit + 2) == "ms") {
    const std::string& lost = *(unit + 3);
    to.values.emplace_back("jitter", leading_number(*(unit + 1)).value_or(0));
    to.values.emplace_back("lost", leading_number(lost).value_or(0));
  } else if (rest >= 2 || (sum && rest == 1)) { // congestion window: not of a sum
    if (const auto again = leading_number(*(unit + 1)); again && *(unit + 1) != "ms") {
      to.values.emplace_back("retransmits", *again);
    }
  }
}

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& place, unsigned /*round*/) {
  std::vector<std::string> argv{
      "iperf3",
      "-c",
      target_of(options, place.address),
      "-p",
      options.text("port"),
      "-t",
      "86400",
      "-i",
      "1",
      "-f",
      "k",
      "--forceflush",
      "-P",
      options.text("streams")};
  const bool limited = !options.is("rate", "0");
  const std::uint64_t rate = limited ? parse_bit_rate(options.text("rate")).value.value().bits_per_second : 0;
  if (options.is("protocol", "udp")) {
    argv.insert(argv.end(), {"-u", "-b", std::to_string(rate)});
  } else if (limited) {
    argv.insert(argv.end(), {"-b", std::to_string(rate)});
  }
  if (options.is("direction", "receive")) {
    argv.emplace_back("-R");
  }
  return argv;
}

std::vector<WorkloadMetric> received_metrics() {
  return {
      {"rate", "Mbit/s", "payload of a second"},
      {"jitter", "ms", "UDP, received: RFC 3550"},
      {"lost", "", "UDP, received: datagrams of a second that did not come"}};
}

} // namespace

Plugin iperf3_plugin() {
  std::vector<WorkloadMetric> metrics = received_metrics();
  metrics.push_back({"retransmits", "", "TCP, sent: segments sent again in a second"});
  return {
      .kind =
          {.name = "iperf3",
           .about = "a stream of data to or from an iperf3-server",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"direction", "send", WordText{{"send", "receive"}}, "away from this node, or to it"},
                port_option(5201),
                {"protocol", "tcp", WordText{{"tcp", "udp"}}, "udp is an open loop"},
                {"rate", "0", BitRateText{}, "0: as fast as it goes"},
                {"streams", "1", CountText{1, 128}, "at once"},
                target_option()},
           .metrics = metrics,
           .programs = {{"iperf3", "iperf3"}}},
      .argv = argv_of,
      .reader = [](const Options& options) -> LineReader {
        return [sums = options.count("streams") > 1](const std::string& line, Instant, Readings& to) {
          read_interval(sums, line, to);
        };
      },
      .restarts = true};
}

Plugin iperf3_server_plugin() {
  return {
      .kind =
          {.name = "iperf3-server",
           .about = "the other end of an iperf3 workload",
           .loop = WorkloadKind::Loop::closed,
           .options = {port_option(5201)},
           .metrics = received_metrics(),
           .programs = {{"iperf3", "iperf3"}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            return std::vector<std::string>{
                "iperf3", "-s", "-p", options.text("port"), "-i", "1", "-f", "k", "--forceflush"};
          },
      .reader = [](const Options&) -> LineReader {
        return [](const std::string& line, Instant, Readings& to) {
          read_interval(false, line, to);
          std::erase_if(to.values, [](const auto& value) { return value.first == "retransmits"; });
        };
      },
      .restarts = true};
}

} // namespace migralab
