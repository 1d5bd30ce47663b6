// SPDX-License-Identifier: Apache-2.0
// What a machine can do, as far as a plan depends on it.
#pragma once

#include "migralab/core/units.hpp"

#include <string>

namespace migralab {

struct Capabilities {
  bool root = false;
  bool kvm_usable = false;           // /dev/kvm opens read-write and the processor has vmx or svm
  std::string kvm_reason;            // why it is not usable; empty when it is
  Bytes memory_available;            // MemAvailable of /proc/meminfo
  Bytes disk_available;              // where labs keep their disks
  bool control_groups = false;       // can be made: limits of processors and memory are enforced
  std::string no_groups_reason = {}; // why not, and
  std::string no_groups_fix = {};    // what to do about it
};

} // namespace migralab
