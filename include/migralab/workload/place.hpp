// SPDX-License-Identifier: Apache-2.0
// Where a workload runs in a running lab, and whether that node has what it needs. To be called inside the lab.
#pragma once

#include "migralab/plan/image_traits.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/topology/topology.hpp"
#include "migralab/workload/workload.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// The place of workloads on `node`. On a client this machine's programs run, in the client's namespaces; those of our
/// own come from `guest_programs` (the folder of the guest programs that the build makes). In a guest they are run by
/// ssh from the network of node `from`, a client or host that is on one of the guest's networks; a client does not
/// move, so that the connection lasts while the guest does. Either way they end with the command, on the node too
/// (topologies/images/guestbox/leash.c). Throws Error (exit code 2) when there is no such node, or no way to it.
[[nodiscard]] WorkloadPlace make_place(
    const Topology& topology,
    const std::string& node,
    const std::string& from,
    Ipv4Address target,
    const std::filesystem::path& guest_programs);

/// The other guests that a node shares a network with, each by its address on the first such network of the node.
[[nodiscard]] std::vector<Ipv4Address> peers_of(const Topology& topology, const std::string& node);

/// Refuses a workload whose programs its node lacks: "workload disk: guest web (image micro) has no dbench", with what
/// to do (exit code 2; 3 where it is this machine that lacks them). Asks the node; throws Error when it does not
/// answer.
void expect_programs(
    const WorkloadSpec& spec,
    const Topology& topology,
    const WorkloadPlace& place,
    CommandRunner& runner);

/// The part of expect_programs() that needs no lab: programs of this machine for workloads on a client, and in guests
/// packages that the recipes of their images name. Throws one Error about all that is missing.
void expect_programs_before_lab(
    const std::vector<WorkloadSpec>& specs,
    const Topology& topology,
    const ImageCatalogue& images);

/// The programs that a workload needs on its node.
[[nodiscard]] std::vector<std::string> programs_of(const WorkloadSpec& spec);

} // namespace migralab
