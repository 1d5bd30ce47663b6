// SPDX-License-Identifier: Apache-2.0
// inside: caller --fork--> door (joins the namespaces) --fork--> worker (in the PID namespace; does the work).
// setns(2) into a PID namespace counts for children only, hence the second fork.
#include "keeper_process.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/units.hpp"
#include "migralab/substrate/keeper.hpp"
#include "pipe.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab {

namespace {

// What an error needs to be thrown again on the other side: status, then message, then hint, NUL between them.
std::string pack(const Error& error) {
  return fmt::format("{}{}{}{}{}", static_cast<int>(error.status()), '\0', error.what(), '\0', error.hint());
}

[[noreturn]] void throw_packed(const std::string& packed) {
  const std::size_t first = packed.find('\0');
  const std::size_t second = packed.find('\0', first + 1);
  Error error(
      packed.substr(first + 1, second - first - 1), static_cast<ExitStatus>(std::stoi(packed.substr(0, first))));
  throw error.with_hint(packed.substr(second + 1));
}

/// Entering a mount namespace goes to its root. For a program in a chroot that is the machine's root, not the one that
/// the keeper covered: everything would then be done to the machine itself.
void expect_lab_root() {
  std::error_code none;
  if (std::filesystem::read_symlink("/proc/self", none) != std::to_string(::getpid())) {
    throw machine_lacks(
        "this runs in a chroot, out of which a lab's file system cannot be entered",
        "run migralab outside of it, or in a container or virtual machine");
  }
}

[[noreturn]] void do_work(const std::function<int()>& work, const Pipe& complaint) {
  int code = 0;
  try {
    expect_lab_root();
    code = work();
  } catch (const Error& error) {
    const std::string packed = pack(error);
    tell(complaint.write, packed.data(), packed.size());
    code = static_cast<int>(error.status());
  } catch (const std::exception& error) {
    const std::string packed = pack(Error(error.what()));
    tell(complaint.write, packed.data(), packed.size());
    code = static_cast<int>(ExitStatus::failed);
  }
  if (std::fflush(nullptr) != 0 && code == 0) {
    const std::string packed = pack(Error("cannot write to standard output"));
    tell(complaint.write, packed.data(), packed.size());
    code = static_cast<int>(ExitStatus::failed);
  }
  ::_exit(code); // no destructors of the caller's objects
}

/// Ends as the worker ended, so that the caller sees one process.
[[noreturn]] void mirror(int status) {
  if (WIFSIGNALED(status)) {
    ::signal(WTERMSIG(status), SIG_DFL);
    ::kill(::getpid(), WTERMSIG(status));
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

[[noreturn]] void run_door(
    pid_t caller_pid,
    const UniqueFd& keeper,
    bool rootless,
    Network network,
    Nanoseconds patience,
    const std::function<int()>& work,
    const Pipe& complaint) {
  // When the caller dies, the door lives on to end and reap the worker. Were both to die at once, the worker would be
  // left to the machine's init, in a container perhaps one that reaps nothing, and the lab could not end: a PID
  // namespace lasts as long as its last zombie.
  const UniqueFd caller = open_process(caller_pid);
  if (::getppid() != caller_pid) {
    ::_exit(1); // it died before we could look
  }
  std::error_code removed; // a working directory that is gone
  const std::filesystem::path folder = std::filesystem::current_path(removed);
  const int namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
                         (network == Network::of_lab ? CLONE_NEWNET : 0) | (rootless ? CLONE_NEWUSER : 0);
  if (::setns(keeper.get(), namespaces) != 0) {
    const std::string packed = pack(system_error("cannot enter the lab's namespaces"));
    tell(complaint.write, packed.data(), packed.size());
    ::_exit(1);
  }
  if ((removed || ::chdir(folder.c_str()) != 0) && ::chdir("/") != 0) { // joining a mount namespace goes to its root
    ::_exit(1);
  }
  const pid_t worker = ::fork();
  if (worker < 0) {
    ::_exit(1);
  }
  if (worker == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // the parent is in another PID namespace: getppid() is 0
    do_work(work, complaint);
  }
  mirror(await_worker(worker, patience, caller).status);
}

} // namespace

int inside(
    const KeeperRecord& keeper,
    const std::function<int()>& work,
    Nanoseconds limit,
    Network network,
    Nanoseconds patience) {
  const UniqueFd process = open_keeper(keeper);
  if (!process || wait_for_end(process, Nanoseconds::zero())) {
    throw Error("the lab does not run any more: its keeper has ended").with_hint("`migralab down` clears what it left");
  }
  Pipe complaint;
  std::fflush(nullptr); // or buffered output would be written twice
  const pid_t caller = ::getpid();
  const pid_t door = ::fork();
  if (door < 0) {
    throw system_error("cannot fork");
  }
  if (door == 0) {
    run_door(caller, process, keeper.rootless, network, patience, work, complaint);
  }
  complaint.write.reset();
  // The door needs time of its own to end and reap the worker.
  const auto [status, late] = await_worker(door, patience + std::chrono::seconds(2), UniqueFd(), limit);
  const std::string packed = read_bytes(complaint.read, 1U << 16U, Nanoseconds::zero());
  if (!packed.empty()) {
    throw_packed(packed);
  }
  throw_if_interrupted();
  if (late) {
    throw Error(fmt::format("the lab did not answer within {}", human(limit)))
        .with_hint("a libvirtd or QEMU of it hangs; `migralab down` ends it all the same");
  }
  if (WIFSIGNALED(status)) {
    const std::string name = ::strsignal(WTERMSIG(status));
    if (wait_for_end(process, std::chrono::milliseconds(100))) {
      throw Error("the lab ended while it was being worked on: its keeper was killed")
          .with_hint("`migralab down` clears what it left");
    }
    throw Error(fmt::format("the process that worked inside the lab was ended by a signal ({})", name));
  }
  return WEXITSTATUS(status);
}

} // namespace migralab
