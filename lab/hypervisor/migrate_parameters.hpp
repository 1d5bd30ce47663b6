// SPDX-License-Identifier: Apache-2.0
// What virDomainMigrate3 is given.
#pragma once

#include "migralab/hypervisor/migration.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace migralab {

struct MigrateParameters {
  using Value = std::variant<std::string, int, unsigned long long>;
  unsigned flags = 0; // virDomainMigrateFlags
  std::vector<std::pair<std::string, Value>> values;
};

/// Pure. `address`: the destination's on the migration network.
[[nodiscard]] MigrateParameters migrate_parameters(const MigrationOptions& options, const std::string& address);

/// For libvirt's driver libxl, which takes the destination's address and whether the guest goes on meanwhile.
[[nodiscard]] MigrateParameters xen_migrate_parameters(const MigrationOptions& options, const std::string& address);

} // namespace migralab
