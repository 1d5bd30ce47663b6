// SPDX-License-Identifier: Apache-2.0
// What this machine can give to a lab, as facts: a plan is checked against them before anything is created.
#pragma once

#include "migralab/core/units.hpp"

#include <string>

namespace migralab {

struct Capabilities {
  bool root = false;
  bool kvm_usable = false; // /dev/kvm opens read-write and the CPU has vmx or svm: anything less can hang a guest
  std::string kvm_reason;  // why it is not usable; empty when it is
  Bytes memory_available;  // MemAvailable of /proc/meminfo
  Bytes disk_available;    // where labs are kept (state_home())
};

} // namespace migralab
