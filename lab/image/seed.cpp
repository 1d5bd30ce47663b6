// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/seed.hpp"

#include "tools.hpp"

#include "migralab/core/address.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr auto seed_tool = "genisoimage";

/// disable_root: most images let only a user of their own in, and answer root with a text. The unit is started by hand
/// after it is enabled: enabling alone is for the next boot.
constexpr auto user_data = R"(#cloud-config
preserve_hostname: false
disable_root: false
ssh_pwauth: false
ssh_authorized_keys:
  - ssh-ed25519 {key} migralab
write_files:
  - path: /usr/local/sbin/migralab-echo
    permissions: "0755"
    content: |
      #!/usr/bin/python3
      import socket
      echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      echo.bind(("", 7))
      while True:
          data, sender = echo.recvfrom(65535)
          echo.sendto(data, sender)
  - path: /etc/systemd/system/migralab-echo.service
    content: |
      [Unit]
      Description=UDP echo, which migralab measures outages by
      [Service]
      ExecStart=/usr/bin/python3 /usr/local/sbin/migralab-echo
      Restart=on-failure
      [Install]
      WantedBy=multi-user.target
runcmd:
  - [systemctl, enable, migralab-echo.service]
  - [systemctl, start, migralab-echo.service]
  - [sh, -c, "echo 'migralab: ready' >/dev/ttyS0"]
)";

std::string interface_config(const GuestNic& nic, unsigned number, const std::optional<OutboundRoute>& route) {
  std::string text = fmt::format(
      "  eth{0}:\n"
      "    match: {{macaddress: \"{1}\"}}\n"
      "    set-name: eth{0}\n"
      "    dhcp4: false\n"
      "    addresses: [{2}]\n",
      number,
      nic.mac,
      nic.address);
  if (route) {
    text += fmt::format(
        "    routes: [{{to: 0.0.0.0/0, via: {}}}]\n    nameservers: {{addresses: [{}]}}\n", route->gateway, route->dns);
  }
  return text;
}

/// Which of the guest's networks has the way out: the gateway is of its subnet.
bool reaches(const GuestNic& nic, const OutboundRoute& route) {
  const std::size_t slash = nic.address.find('/');
  const auto own = parse_ipv4(nic.address.substr(0, slash));
  const auto gateway = parse_ipv4(route.gateway);
  const std::uint32_t mask = ~std::uint32_t{0} << (32 - std::stoul(nic.address.substr(slash + 1)));
  return own && gateway && (own->value & mask) == (gateway->value & mask);
}

} // namespace

CloudSeed cloud_seed(const CloudGuest& guest) {
  CloudSeed seed;
  seed.meta_data = fmt::format("instance-id: {}\nlocal-hostname: {}\n", guest.instance, guest.guest);
  seed.user_data = user_data;
  seed.user_data.replace(seed.user_data.find("{key}"), 5, guest.key);
  seed.network_config = guest.nics.empty() ? "version: 2\nethernets: {}\n" : "version: 2\nethernets:\n";
  unsigned number = 0;
  for (const GuestNic& nic : guest.nics) {
    const bool way_out = guest.route && reaches(nic, *guest.route);
    seed.network_config += interface_config(nic, number++, way_out ? guest.route : std::nullopt);
  }
  return seed;
}

void expect_seed_tool() {
  if (find_program(seed_tool).empty()) {
    throw machine_lacks(
        "genisoimage is needed to tell guests of cloud images who they are: it is not there",
        "as root: apt-get install genisoimage");
  }
}

void make_seed(CommandRunner& runner, const fs::path& file, const CloudSeed& seed) {
  const fs::path content = file.native() + ".content";
  fs::create_directories(content);
  write_file(content / "meta-data", seed.meta_data);
  write_file(content / "user-data", seed.user_data);
  write_file(content / "network-config", seed.network_config);
  // Rock Ridge: ISO 9660 by itself has no '-' in names.
  run_tool(
      runner,
      {.argv = {seed_tool, "-quiet", "-rock", "-volid", "cidata", "-output", file.native(), content.native()}},
      seed_tool);
  fs::remove_all(content);
}

} // namespace migralab
