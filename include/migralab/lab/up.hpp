// SPDX-License-Identifier: Apache-2.0
// From a topology to a running lab, and back to nothing.
#pragma once

#include "migralab/image/image.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/topology/topology.hpp"

#include <functional>
#include <map>
#include <string>

namespace migralab {

/// A line about what happens, for stderr.
using Talk = std::function<void(const std::string&)>;

/// `images` has every image of the topology's guests. Carries the plan out and returns the record of the running lab.
/// When anything fails, or on an interrupt, everything is undone again and the cause is thrown. Throws Error also when
/// a lab of that name is already up.
LabState bring_up(
    const Topology& topology,
    const Plan& plan,
    const std::map<std::string, GuestImage>& images,
    CommandRunner& runner,
    const Talk& talk);

/// Ends a lab whatever is left of it: its keeper, then its folder. Returns false when there was nothing.
/// Needs neither the topology file nor a readable record. Throws Error when something stays.
bool tear_down(const std::string& lab);

} // namespace migralab
