// SPDX-License-Identifier: Apache-2.0
// What this machine has and lacks for labs: looked at, tried where looking is not enough, never changed.
#pragma once

#include "migralab/core/exit_status.hpp"
#include "migralab/plan/capabilities.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/topology/topology.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// Where the facts are read; the defaults are the machine itself, tests put a made-up one below a folder.
struct MachinePaths {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";
  std::filesystem::path dev = "/dev";
  std::filesystem::path etc = "/etc";
  std::filesystem::path libraries =
      "/usr/lib"; // libvirt's and QEMU's plug-ins, below or in a folder of the architecture
  std::vector<std::filesystem::path> programs; // search path; empty: as CommandRunner looks
  std::filesystem::path state;                 // where labs are kept; empty: state_home()
  std::filesystem::path cache;                 // where images are kept; empty: cache_home()
};

struct Finding {
  enum class Status { ok, warning, missing };
  std::string name;
  Status status = Status::ok;
  std::string seen;    // "/dev/kvm opens, the CPU has svm"
  std::string cause;   // why that is a problem; empty when ok
  std::string fix;     // what to do; empty when ok
  bool needed = false; // no lab can run while it is missing
};

/// Who asks: root needs less. A value, so that a test can be either.
struct Person {
  bool root = false;
  std::string name;
  unsigned id = 0;

  [[nodiscard]] static Person current();
};

/// Every finding, in the order in which a person would repair them. Never throws for what it finds.
[[nodiscard]] std::vector<Finding>
examine_machine(CommandRunner& runner, const MachinePaths& paths = {}, const Person& person = Person::current());

/// What remote hosts have and lack, each of them and one to the other. Changes nothing there.
[[nodiscard]] std::vector<Finding>
examine_remote_hosts(const std::vector<std::string>& destinations, CommandRunner& runner);

/// Can `user` open the device for reading and writing by owner, others or an access list, without any group? A process
/// that has called setgroups(2) in a user namespace has none of the groups of the user outside.
[[nodiscard]] bool opens_without_groups(const std::filesystem::path& device, unsigned user);

/// What a look tells in a millisecond, of that only what every lab needs: programs, plug-ins, devices.
[[nodiscard]] std::vector<Finding>
look_at_machine(CommandRunner& runner, const MachinePaths& paths = {}, const Person& person = Person::current());

[[nodiscard]] Capabilities probe_capabilities(const MachinePaths& paths = {});

/// The same, and of the kernel what this topology asks for: tried in a network namespace that ends with the trial.
[[nodiscard]] Capabilities probe_capabilities_for(const Topology& topology, CommandRunner& runner);

/// `command` in a new network namespace of its own, as its root.
[[nodiscard]] Command trial_command(std::vector<std::string> command, bool root);

/// Can the kernel delay and lose frames (sch_netem)? Sets netem and netem_reason.
void look_for_netem(Capabilities& machine, CommandRunner& runner);

/// Free for us in the file system that holds `folder`, or will hold it; zero when that cannot be told.
[[nodiscard]] Bytes disk_available(std::filesystem::path folder);

/// A line for each finding; cause and fix are indented below it. The last line counts.
[[nodiscard]] std::string render_text(const std::vector<Finding>& findings);
[[nodiscard]] std::string render_json(const std::vector<Finding>& findings);

/// machine_lacks when something needed is missing, else ok.
[[nodiscard]] ExitStatus exit_status_of(const std::vector<Finding>& findings);

/// Throws Error, exit code 3, for the first needed thing that is missing.
void expect_nothing_missing(const std::vector<Finding>& findings);

} // namespace migralab
