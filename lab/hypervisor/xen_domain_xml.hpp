// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migralab/hypervisor/guest.hpp"

#include <string>

namespace migralab {

/// domain_xml() of a guest of Xen (libvirt's driver libxl): paravirtual throughout, no emulated device.
[[nodiscard]] std::string xen_domain_xml(const GuestDefinition& guest);

} // namespace migralab
