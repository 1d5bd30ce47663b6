// SPDX-License-Identifier: Apache-2.0
// A guest's limits in the words of libvirt (https://libvirt.org/formatdomain.html). libvirt carries them along when the
// guest migrates.
#pragma once

#include "migralab/topology/topology.hpp"

#include <pugixml.hpp>

namespace migralab {

/// <cputune> and <memtune> of a <domain>; nothing where there is no limit.
void limit_processors_and_memory(pugi::xml_node domain, const GuestLimits& limits);

/// <iotune> of a <disk>.
void limit_disk(pugi::xml_node disk, const GuestLimits& limits);

} // namespace migralab
