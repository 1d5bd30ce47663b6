// SPDX-License-Identifier: Apache-2.0
// A part of what a guest costs its host: planned with, and what its hypervisor is told.
#pragma once

#include "migralab/core/units.hpp"

namespace migralab {

/// What the QEMU of a guest without KVM keeps of translated code at most: memory beside the guest's own.
inline constexpr Bytes translation_cache = Bytes::mib(128);

} // namespace migralab
