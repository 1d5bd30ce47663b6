// SPDX-License-Identifier: Apache-2.0
// What several verbs need: the machine, the images, a running lab.
#pragma once

#include "migralab/core/error.hpp"
#include "migralab/image/cache.hpp"
#include "migralab/image/image.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/lab/up.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/topology/load.hpp"

#include <string>

namespace migralab {

/// A lab that is up: its record and its topology.
struct OpenLab {
  LabState state;
  Topology topology;
  std::filesystem::path folder;
};

/// `name`, or the only lab. Throws Error when it is not up, and when it is simulated: there is nothing to enter.
[[nodiscard]] OpenLab open_lab(const std::string& name);
/// The same, of simulated labs, too.
[[nodiscard]] OpenLab open_any_lab(const std::string& name);

/// Throws Error (exit code 2) for an option that means something in a real lab only.
void expect_real(const Topology& topology, const std::string& option);

/// The lock of a verb that changes this lab. Throws Error when it goes down meanwhile.
[[nodiscard]] LabLock lock_lab(const std::string& lab, const std::string& verb);

/// Throws Error (exit code 2) when `file` is named as the other kind of file ("x.lab.yaml" where an experiment is due).
void expect_topology_file(const std::string& file);
void expect_experiment_file(const std::string& file);

/// Recipes and guest programs: those installed with this program, else of the source tree and the build. Cache of the
/// user.
[[nodiscard]] ImageStore image_store(CommandRunner& runner);
[[nodiscard]] ImageCache image_cache();
/// The folder of the programs that go into guests; a workload on a client runs ours from there.
[[nodiscard]] std::filesystem::path guest_programs();

/// load_topology, with the file's warnings on stderr.
[[nodiscard]] Topology
load_topology_with_warnings(const std::filesystem::path& file, const TopologyChanges& changes = {});

/// Prints an error and its hint on stderr; returns its exit code.
int complain(const Error& error);

/// A line on stderr.
void talk(const std::string& line);

/// A verb's result on stdout, at once. What cannot be written main() makes a failure of, when all the rest is done.
void tell(const std::string& result);

} // namespace migralab
