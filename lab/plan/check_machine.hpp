// SPDX-License-Identifier: Apache-2.0
// Whether the machine can run a lab, before anything is made.
#pragma once

#include "migralab/plan/capabilities.hpp"
#include "migralab/plan/image_traits.hpp"
#include "migralab/topology/topology.hpp"

#include <string>

namespace migralab {

/// Throws Error with what is missing (exit code 3), or what cannot be meant (2).
void expect_machine_suits(const Topology& topology, const Capabilities& machine, const ImageCatalogue& images);

/// Of a host that is a machine, all together: its guests', its own system's, and what Xen or the guests' QEMUs take.
[[nodiscard]] Bytes memory_of_machine(const Topology& topology, const HostSpec& host, Bytes own);

[[nodiscard]] bool uses_kvm(const Topology& topology, const Capabilities& machine);

/// A sentence about the limits of the topology that the machine cannot enforce, why, and what to do; empty when it can.
[[nodiscard]] std::string unenforced_limits(const Topology& topology, const Capabilities& machine);

} // namespace migralab
