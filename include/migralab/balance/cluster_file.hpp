// SPDX-License-Identifier: Apache-2.0
// A cluster as a file (docs/balancing.md): JSON, or YAML, which includes it.
#pragma once

#include "migralab/balance/decision.hpp"
#include "migralab/core/diagnostics.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab::balance {

struct ClusterFile {
  Cluster cluster;
  std::vector<Move> in_flight;
};

/// Mistakes go to `diagnostics`, all of them; the result is to be used only where there are none.
[[nodiscard]] ClusterFile parse_cluster(const std::string& text, Diagnostics& diagnostics);

/// "-" is standard input. Throws Error (exit code 2) when the file cannot be read, InputError for mistakes in it.
[[nodiscard]] ClusterFile load_cluster(const std::filesystem::path& file);

/// JSON Schema of the format.
[[nodiscard]] std::string cluster_schema();

} // namespace migralab::balance
