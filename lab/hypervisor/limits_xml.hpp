// SPDX-License-Identifier: Apache-2.0
// A guest's limits in the words of libvirt (https://libvirt.org/formatdomain.html). libvirt carries them along when the
// guest migrates.
#pragma once

#include "migralab/topology/topology.hpp"

#include <pugixml.hpp>

namespace migralab {

/// <cputune> of a <domain>, and for a limit of memory the <partition> that has it; nothing where there is no limit.
void limit_processors_and_memory(pugi::xml_node domain, const std::string& guest, const GuestLimits& limits);

/// <iotune> of a <disk>.
void limit_disk(pugi::xml_node disk, const GuestLimits& limits);

} // namespace migralab
