// SPDX-License-Identifier: Apache-2.0
#include "qdisc.hpp"

#include "migralab/core/files.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

std::string own_address(const std::string& node, const std::string& name) {
  const std::string hex = sha256_of_text(node + "/" + name);
  return fmt::format(
      "02:{}:{}:{}:{}:{}", hex.substr(0, 2), hex.substr(2, 2), hex.substr(4, 2), hex.substr(6, 2), hex.substr(8, 2));
}

Command qdisc(const LinkEnd& end, const std::vector<std::string>& arguments) {
  Command command{
      .argv = {"tc", "qdisc", "replace", "dev", end.interface}, .inside = {.net = namespaces_of(end.node).net}};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return command;
}

std::vector<std::string> tbf(BitRate rate) {
  // tbf(8): the bucket must hold what arrives between two timer ticks, and a 64 KiB segmentation-offload packet.
  const std::uint64_t bucket = std::max<std::uint64_t>(rate.bits_per_second / 8 / 250, std::uint64_t{1} << 16U) + 2048;
  return {
      "tbf",
      "rate",
      fmt::format("{}bit", rate.bits_per_second),
      "burst",
      fmt::format("{}b", bucket),
      "latency",
      "50ms"};
}

} // namespace migralab
