// SPDX-License-Identifier: Apache-2.0
// Options of a verb that migrates.
#pragma once

#include "migralab/hypervisor/migration.hpp"

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace migralab {

/// As written on the command line.
struct MigrationWishes {
  MigrationOptions options;
  std::optional<unsigned> rounds;
  std::string after;
  bool stall = false;
  std::string auto_converge_initial;
  std::string auto_converge_increment;
  std::string compression_cache;
  std::string bandwidth;
  std::string max_downtime;
};

/// `wishes` must outlive the parsing.
void add_migration_options(CLI::App& verb, MigrationWishes& wishes);

/// Throws Error, exit code 2, for quantities that are none.
[[nodiscard]] MigrationOptions options_of(const MigrationWishes& wishes);

} // namespace migralab
