// SPDX-License-Identifier: Apache-2.0
// What migrations by Xen can do, for `migralab capabilities` and for whoever asks a Xen host to migrate.
#pragma once

#include "migralab/hypervisor/technique.hpp"
#include "migralab/topology/topology.hpp"

#include <vector>

namespace migralab {

/// The rows of migration_features(), in the same order, by libvirt's libxl driver (libxl_driver.c: its migration flags
/// and parameters, and the entries that its table lacks) and xl (xg_sr_save.c).
[[nodiscard]] std::vector<Feature> xen_migration_features();

/// Those of this machine's QEMU, or of Xen.
[[nodiscard]] std::vector<Feature> features_of(HostSpec::Hypervisor hypervisor);

/// Why a guest of this mode cannot be moved by this technique; empty: it can.
[[nodiscard]] std::string problem_of_mode(GuestSpec::Mode mode, Technique technique);

} // namespace migralab
