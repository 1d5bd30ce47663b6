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
#include <set>
#include <string>

namespace migralab {

/// A line about what happens, for stderr.
using Talk = std::function<void(const std::string&)>;

/// A lab that runs on remote hosts and has lost its controller: what they keep of it, and which of its guests run.
struct Adoption {
  std::string instance;
  std::string created; // UTC
  std::string key;     // private
  std::string public_key;
  std::map<std::string, std::string> secrets; // of CHAP, by storage server
  std::set<std::string> running;              // guests
};

/// `images` has every image of the topology's guests. Carries the plan out and returns the record of the running lab.
/// When anything fails, or on an interrupt, everything is undone again and the cause is thrown. Throws Error also when
/// a lab of that name is already up. With `adoption` the lab is taken up again: guests that run are left alone, and
/// when it fails, so is all that is on the hosts.
LabState bring_up(
    const Topology& topology,
    const Plan& plan,
    const std::map<std::string, GuestImage>& images,
    CommandRunner& runner,
    const Talk& talk,
    const Adoption* adoption = nullptr);

/// Ends a lab whatever is left of it: its keeper, then its folder. Returns false when there was nothing.
/// Needs neither the topology file nor a readable record. Throws Error when something stays, and names it; what stays
/// on remote hosts keeps the lab's folder, so that it can be tried again, unless `abandon`.
bool tear_down(const std::string& lab, bool abandon = false);

} // namespace migralab
