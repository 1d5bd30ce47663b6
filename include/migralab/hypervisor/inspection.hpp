// SPDX-License-Identifier: Apache-2.0
// What a host's hypervisor tells of its guests and of itself, while nothing is changed.
#pragma once

#include "migralab/hypervisor/hypervisor.hpp"

#include <memory>
#include <string>

namespace migralab {

/// How fast a guest writes to memory: distinct memory, so the longer the period, the lower the rate.
struct DirtyRate {
  std::chrono::seconds period{}; // that it was measured over
  Bytes per_second;              // in whole MiB, as libvirt gives it
};

class HostInspection {
public:
  virtual ~HostInspection() = default;

  /// QEMU hashes a sample of the guest's pages, 512 in each GiB, before and after the period
  /// (virDomainStartDirtyRateCalc, mode page-sampling): a sampled page stands for 2 MiB. Nothing is slowed down. Not
  /// while the guest migrates. Throws Error, exit code 2 for a period outside 1 s to 60 s.
  [[nodiscard]] virtual DirtyRate measure_dirty_rate(const std::string& guest, std::chrono::seconds period) = 0;

  /// The processor that the guest has, as XML for cpu_problem() of another host.
  [[nodiscard]] virtual std::string cpu_of(const std::string& guest) = 0;

  /// Why this host cannot give a guest such a processor (virConnectCompareHypervisorCPU); empty: it can.
  [[nodiscard]] virtual std::string cpu_problem(const std::string& cpu, bool kvm) = 0;
};

/// Connects, retrying until the daemon listens or `limit` has passed.
[[nodiscard]] std::unique_ptr<HostInspection> connect_inspection(const LibvirtHost& host, Nanoseconds limit);

} // namespace migralab
