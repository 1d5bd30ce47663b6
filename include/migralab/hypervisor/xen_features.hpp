// SPDX-License-Identifier: Apache-2.0
// What migrations by Xen can do, for the table of `migralab capabilities`. No lab has Xen hosts in this version, so
// that nothing is available; each reason says whether libvirt's driver for Xen could.
#pragma once

#include "migralab/hypervisor/technique.hpp"

#include <vector>

namespace migralab {

/// The rows of migration_features(), in the same order, by libvirt's libxl driver (libxl_driver.c: its migration flags
/// and parameters, and the entries that its table lacks) and xl (xg_sr_save.c).
[[nodiscard]] std::vector<Feature> xen_migration_features();

} // namespace migralab
