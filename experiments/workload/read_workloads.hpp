// SPDX-License-Identifier: Apache-2.0
// Section `workloads` of an experiment file:
//
//   workloads:
//     disk: {type: dbench, on: web, clients: 4}
//     burst: {type: stress, on: web, begins: 20s, lasts: 15s}
//
// The one header of this room that rooms after it include although it is not public: it shows yaml-cpp.
#pragma once

#include "migralab/workload/workload.hpp"
#include "value_kind.hpp"

#include <vector>

namespace migralab {

/// Appends what is right, with defaults filled in; every mistake goes to the reader's diagnostics. Whether `on` names a
/// node is for those who know the topology.
void read_workloads(YamlReader& reader, const YamlValue& section, std::vector<WorkloadSpec>& workloads);

/// JSON Schema of the section.
[[nodiscard]] Json workloads_schema();

} // namespace migralab
