// SPDX-License-Identifier: Apache-2.0
// What network interfaces have carried since they were made, read from the kernel.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace migralab {

/// Frames as the driver counts them (without preamble and checksum).
struct InterfaceCount {
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t received_drops = 0;
  std::uint64_t sent_drops = 0;
};

/// Parses /proc/net/dev (proc(5)). Throws Error when a line is not as the kernel writes it.
[[nodiscard]] std::map<std::string, InterfaceCount> parse_net_dev(const std::string& text);

/// Those of the network namespace that the calling thread is in, by name.
[[nodiscard]] std::map<std::string, InterfaceCount> interface_counts();

} // namespace migralab
