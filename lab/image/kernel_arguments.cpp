// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

// cryptomgr.notests: the self-tests of the kernel's ciphers are a tenth of an emulated boot. no_timer_check: the check
// compares two emulated clocks and fails by chance on a busy machine. ipv6.disable: no router solicitations on a
// network whose traffic is measured.
constexpr auto fixed_arguments = "quiet cryptomgr.notests no_timer_check ipv6.disable=1";

} // namespace

std::string kernel_arguments(
    const std::string& guest,
    const std::vector<GuestNic>& nics,
    const std::string& key,
    const std::vector<std::string>& services,
    const std::optional<OutboundRoute>& route,
    const std::string& console) {
  std::string arguments = fmt::format("console={} {} migralab.guest={}", console, fixed_arguments, guest);
  for (const GuestNic& nic : nics) {
    arguments += fmt::format(" migralab.nic={},{}", nic.mac, nic.address);
  }
  if (route) {
    arguments += fmt::format(" migralab.gateway={} migralab.dns={}", route->gateway, route->dns);
  }
  if (!key.empty()) {
    arguments += fmt::format(" migralab.key={}", key);
  }
  if (!services.empty()) {
    arguments += fmt::format(" migralab.services={}", fmt::join(services, ","));
  }
  return arguments;
}

} // namespace migralab
