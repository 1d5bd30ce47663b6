// SPDX-License-Identifier: Apache-2.0
#include "limits_xml.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace migralab {

namespace {

void add(pugi::xml_node parent, const char* name, unsigned long long value) {
  parent.append_child(name).text().set(std::to_string(value).c_str());
}

} // namespace

std::string guest_partition(const std::string& guest) {
  return "/machine/guest-" + guest;
}

void limit_processors_and_memory(pugi::xml_node domain, const std::string& guest, const GuestLimits& limits) {
  if (limits.memory) {
    // Not <hard_limit>: with that libvirt also raises the amount of memory that QEMU may lock, which no user but the
    // machine's own root may do.
    domain.append_child("resource").append_child("partition").text().set(guest_partition(guest).c_str());
  }
  if (!limits.cpu_shares && !limits.cpu_quota) {
    return;
  }
  pugi::xml_node cpu = domain.append_child("cputune");
  if (limits.cpu_shares) {
    add(cpu, "shares", *limits.cpu_shares);
  }
  if (limits.cpu_quota) {
    // A guest that has used its quota up stands still for the rest of the period: short ones, or a client would see
    // outages that are none. Global: QEMU's own threads count, which under TCG and in a migration do much of the work.
    constexpr double period_us = 20'000;
    constexpr double least_us = 1'000; // libvirt's and the kernel's
    add(cpu, "global_period", static_cast<unsigned long long>(period_us));
    add(cpu,
        "global_quota",
        static_cast<unsigned long long>(std::llround(std::max(least_us, *limits.cpu_quota * period_us))));
  }
}

void limit_disk(pugi::xml_node disk, const GuestLimits& limits) {
  if (!limits.disk_rate && !limits.disk_iops) {
    return;
  }
  pugi::xml_node tune = disk.append_child("iotune");
  if (limits.disk_rate) {
    add(tune, "total_bytes_sec", limits.disk_rate->count);
  }
  if (limits.disk_iops) {
    add(tune, "total_iops_sec", *limits.disk_iops);
  }
}

} // namespace migralab
