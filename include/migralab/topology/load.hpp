// SPDX-License-Identifier: Apache-2.0
// From YAML text to a Topology; every mistake of the file in one go.
#pragma once

#include "migralab/core/diagnostics.hpp"
#include "migralab/topology/topology.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// What the command line changes in a topology.
struct TopologyChanges {
  std::string name;                  // of the lab (option --name); empty: the file's
  std::vector<std::string> settings; // "guests.*.memory=128MiB" (option --set), in their order
};

/// Reads and checks a topology. Throws InputError with every diagnostic when there is any error; a file that cannot be
/// read is an InputError too. Topology::text has the changes' settings in it. `warnings`, where given, gets the
/// rendered warnings of a file without errors, for the caller to show; empty when there are none.
[[nodiscard]] Topology
load_topology(const std::filesystem::path& file, const TopologyChanges& changes = {}, std::string* warnings = nullptr);

/// The same from text, without a look at files that it names (relative to the folder of `file`); `diagnostics` gets
/// everything found. The result is meaningful only without errors.
[[nodiscard]] Topology parse_topology(
    const std::string& text,
    const std::filesystem::path& file,
    const std::string& rename,
    Diagnostics& diagnostics);

/// JSON Schema (2020-12) of the format, from the mapping that reads it: form only, no relations between parts.
[[nodiscard]] std::string topology_schema();

} // namespace migralab
