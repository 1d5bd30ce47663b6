// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/hypervisor.hpp"

#include <fmt/format.h>

namespace migralab {

LibvirtdFiles libvirtd_files(const std::string& host_uuid, bool control_groups) {
  return {
      // Two daemons with the machine's UUID would look like one host and refuse to migrate to each other.
      .libvirtd_conf = fmt::format(
          "host_uuid = \"{}\"\n"
          "auth_unix_ro = \"none\"\n"
          "auth_unix_rw = \"none\"\n"
          "unix_sock_rw_perms = \"0700\"\n"
          "unix_sock_ro_perms = \"0700\"\n"
          // A migration holds a worker to its end; with the default, 20, as many guests that move at once would leave
          // none that tells how they do.
          "max_workers = 64\n"
          "log_outputs = \"3:stderr\"\n",
          host_uuid),
      // With version 1, cpuacct may be mounted together with cpu: then libvirt wants both or neither.
      .qemu_conf = fmt::format(
          "user = \"root\"\n"
          "group = \"root\"\n"
          "dynamic_ownership = 0\n"
          "remember_owner = 0\n"
          "security_driver = \"none\"\n"
          "cgroup_controllers = [{}]\n"
          "namespaces = []\n"
          "stdio_handler = \"file\"\n",
          control_groups ? "\"cpu\", \"cpuacct\", \"memory\"" : ""),
  };
}

} // namespace migralab
