// SPDX-License-Identifier: Apache-2.0
// The keeper is PID 1 of a lab's PID namespace. It owns nothing but time: it reaps what dies and, when it is ended, the
// kernel ends every process of the lab and drops its network namespaces, links and mounts (pid_namespaces(7)).
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/process/command_runner.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace migralab {

/// Which process the keeper is. The start time and the boot tell it from a later process with the same number.
struct KeeperRecord {
  int pid = 0;
  std::uint64_t start_time = 0; // clock ticks after boot: field 22 of /proc/PID/stat
  std::string boot_id;          // /proc/sys/kernel/random/boot_id
  bool rootless = false;        // in a user namespace of its own
};

/// Makes the lab's namespaces (user too, when not root) and starts the keeper in them. `record` is called when the
/// process exists but before it does anything: when it throws, or when the caller dies in it, the keeper ends too, so
/// that no keeper runs that nobody knows of. Returns when /run and /proc are mounted. Throws Error; exit code 3 when
/// the machine forbids it. `folder` is the lab's own; the keeper carries its name, see end_keepers_of.
void start_keeper(
    const std::string& lab,
    const std::filesystem::path& folder,
    CommandRunner& runner,
    const std::function<void(const KeeperRecord&)>& record);

[[nodiscard]] bool keeper_runs(const KeeperRecord& keeper);

/// Kills the keeper and waits until the kernel has ended the whole lab. Nothing to do when it does not run.
void end_keeper(const KeeperRecord& keeper, Nanoseconds limit = std::chrono::seconds(10));

/// The same for every keeper of this user that was started for the lab of this folder: for a record that was damaged or
/// removed. They are found by their arguments in /proc.
void end_keepers_of(const std::filesystem::path& folder, Nanoseconds limit = std::chrono::seconds(10));

/// A keeper that runs on this machine, whoever started it: by its arguments in /proc.
struct FoundKeeper {
  int pid = 0;
  std::string lab;
  std::filesystem::path folder;
};
[[nodiscard]] std::vector<FoundKeeper> running_keepers();

/// Runs `work` in a process of its own inside all of the lab's namespaces, as the lab's root, and returns what `work`
/// returned (an exit code). An Error thrown there is thrown here again. A signal sent to this process reaches it.
/// The caller must have no other threads. Throws Error when the lab is not running.
/// `work` that takes longer than `limit` is ended, and an Error thrown.
/// `patience`: how long work may still take once it is to end early, by a signal or at its limit.
/// In the network of the machine `work` sees the lab but for its network; what it starts there ends with the lab, too.
enum class Network { of_lab, of_machine };
int inside(
    const KeeperRecord& keeper,
    const std::function<int()>& work,
    Nanoseconds limit = Nanoseconds::max(),
    Network network = Network::of_lab,
    Nanoseconds patience = std::chrono::seconds(5));

/// main() of the keeper process: argv is {keeper_name, lab, folder of the lab}.
inline constexpr const char* keeper_name = "migralab-keeper";
int keeper_main(const std::string& lab);

} // namespace migralab
