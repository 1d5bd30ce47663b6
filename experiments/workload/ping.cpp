// SPDX-License-Identifier: Apache-2.0
// ping of iputils: ICMP echo (RFC 792) at a fixed interval, whatever comes back.
#include "plugin.hpp"
#include "scan.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

// 64 bytes from 10.30.0.13: icmp_seq=1 ttl=64 time=5.81 ms
// no answer yet for icmp_seq=1                                told when the next one is sent (-O)
// From 10.30.0.12 icmp_seq=1 Destination Host Unreachable
void read_line(const std::string& line, Instant /*at*/, Readings& to) {
  const auto time = number_after(line, " time=");
  if (line.find(" bytes from ") != std::string::npos && time) {
    to.values = {{"round_trip", *time}};
  } else if (line.find("no answer yet for icmp_seq") != std::string::npos) {
    to.values = {{"late", 1}};
  } else if (line.starts_with("From ") && line.find("icmp_seq=") != std::string::npos) {
    to.values = {{"unreachable", 1}};
  } else if (line.starts_with("ping: ")) {
    to.problem = line;
  }
}

} // namespace

Plugin ping_plugin() {
  return {
      .kind =
          {.name = "ping",
           .about = "ICMP echo requests at a fixed interval",
           .loop = WorkloadKind::Loop::open,
           .options =
               {{"interval",
                 "100ms",
                 SpanText{std::chrono::milliseconds(2), std::chrono::minutes(1), false},
                 "between two requests"},
                {"size", "56", CountText{16, 65000}, "bytes of data in each"},
                target_option()},
           .metrics =
               {{"round_trip", "ms", "of one reply"},
                {"late", "", "1 for each request without a reply when the next was sent"},
                {"unreachable", "", "1 for each request that a router or this node could not deliver"}},
           .programs = {{"ping", "iputils-ping"}}},
      .argv =
          [](const Options& options, const WorkloadPlace& place, unsigned) {
            return std::vector<std::string>{
                "ping",
                "-n",
                "-O",
                "-i",
                fmt::format("{}", options.seconds("interval")),
                "-s",
                options.text("size"),
                target_of(options, place.address)};
          },
      .reader = [](const Options&) -> LineReader { return read_line; },
      .restarts = true};
}

} // namespace migralab
