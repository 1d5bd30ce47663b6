// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/interfaces.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <sstream>

namespace migralab {

std::map<std::string, InterfaceCount> parse_net_dev(const std::string& text) {
  std::map<std::string, InterfaceCount> interfaces;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    // The kernel refuses ':' in interface names; the two heading lines have none.
    const std::size_t colon = line.find(':');
    const std::size_t start = line.find_first_not_of(' ');
    if (colon == std::string::npos || start >= colon) {
      continue;
    }
    InterfaceCount count;
    std::uint64_t skipped = 0;
    std::istringstream fields(line.substr(colon + 1));
    fields >> count.received_bytes >> count.received_packets >> skipped >> count.received_drops;
    for (int field = 0; field < 4; ++field) { // fifo frame compressed multicast
      fields >> skipped;
    }
    fields >> count.sent_bytes >> count.sent_packets >> skipped >> count.sent_drops;
    if (!fields) {
      throw Error("cannot read a line of /proc/net/dev: " + line);
    }
    interfaces[line.substr(start, colon - start)] = count;
  }
  return interfaces;
}

std::map<std::string, InterfaceCount> interface_counts() {
  // Not /proc/self: that is the first thread of the process, which may be in another namespace than this one.
  return parse_net_dev(read_file("/proc/thread-self/net/dev"));
}

} // namespace migralab
