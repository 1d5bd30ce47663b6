// SPDX-License-Identifier: Apache-2.0
// start_keeper: caller --fork--> maker (new user namespace, gets its id maps) --fork--> keeper (PID 1).
#include "migralab/substrate/keeper.hpp"

#include "id_map.hpp"
#include "keeper_process.hpp"
#include "migralab/core/error.hpp"
#include "pipe.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab {

namespace {

constexpr int lab_namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC;
constexpr auto start_limit = std::chrono::seconds(10);

// Exit codes of the maker: which of its steps failed.
enum MakerStep : int { made = 0, no_user_namespace = 11, no_identity = 12, no_namespaces = 13, no_keeper = 14 };

struct Pipes {
  Pipe unshared; // maker -> caller: closed when the user namespace exists
  Pipe mapped;   // caller -> maker: the id maps are written
  Pipe born;     // maker -> caller: the keeper's process id
  Pipe go;       // caller -> keeper: you are on record
  Pipe ready;    // keeper -> caller: "ready", or what went wrong
};

[[noreturn]] void become_keeper(Pipes& pipes, const std::string& lab, const std::filesystem::path& folder) {
  pipes.go.write.reset();
  char word = 0;
  if (::read(pipes.go.read.get(), &word, 1) != 1) {
    ::_exit(1); // the caller died or could not record us
  }
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDWR);
  // Descriptor 3 stays open: the keeper says its word there.
  for (const auto& [from, to] : {std::pair{pipes.ready.write.get(), 3}, {nothing, 0}, {nothing, 1}, {nothing, 2}}) {
    if (::dup2(from, to) < 0) {
      ::_exit(1);
    }
  }
  ::syscall(SYS_close_range, 4U, ~0U, 0);
  ::execl("/proc/self/exe", keeper_name, lab.c_str(), folder.c_str(), nullptr);
  ::_exit(1);
}

[[noreturn]] void run_maker(bool rootless, Pipes& pipes, const std::string& lab, const std::filesystem::path& folder) {
  ::setsid(); // a Ctrl-C at the terminal is the caller's to answer
  pipes.mapped.write.reset();
  if (rootless) {
    if (::unshare(CLONE_NEWUSER) != 0) {
      ::_exit(no_user_namespace);
    }
    pipes.unshared.write.reset();
    char word = 0;
    if (::read(pipes.mapped.read.get(), &word, 1) != 1 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
      ::_exit(no_identity);
    }
  }
  if (::unshare(lab_namespaces) != 0) {
    ::_exit(no_namespaces);
  }
  const pid_t keeper = ::fork();
  if (keeper < 0) {
    ::_exit(no_keeper);
  }
  if (keeper == 0) {
    become_keeper(pipes, lab, folder);
  }
  tell(pipes.born.write, &keeper, sizeof keeper);
  ::_exit(made);
}

[[noreturn]] void throw_maker_failure(int status) {
  switch (WIFEXITED(status) ? WEXITSTATUS(status) : -1) {
  case no_user_namespace:
    throw machine_lacks(
        "this machine does not let an ordinary user make a user namespace",
        "run `migralab doctor` for the setting concerned, or run migralab as root");
  case no_namespaces:
    throw machine_lacks(
        "the kernel refused new namespaces for the lab",
        "inside a container this needs --privileged; `migralab doctor` tells more");
  default:
    throw Error(fmt::format("the lab's keeper could not be made (wait status {:#x})", status));
  }
}

bool has_ended(pid_t child) {
  siginfo_t info = {};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

int reap(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void mount_checked(const char* source, const char* target, const char* type, unsigned long flags, const char* data) {
  if (::mount(source, target, type, flags, data) != 0) {
    throw system_error(fmt::format("cannot mount {} on {}", source, target));
  }
}

/// A lab's own /run, in which the machine's folders are still to be seen: results, state or images may be below one.
void cover_run() {
  const UniqueFd machine(::open_tree(AT_FDCWD, "/run", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  mount_checked("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
  if (::mkdir("/run/migralab", 0700) != 0 || ::mkdir("/run/lock", 01777) != 0 || ::mkdir("/run/.machine", 0755) != 0) {
    throw system_error("cannot make /run/migralab");
  }
  if (!machine || ::move_mount(machine.get(), "", AT_FDCWD, "/run/.machine", MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    throw system_error("cannot keep the machine's /run in view");
  }
  for (const auto& entry : std::filesystem::directory_iterator("/run/.machine")) {
    const std::string target = "/run/" + entry.path().filename().native();
    // One that cannot be shown is missed only by who keeps files in it.
    if (entry.is_directory() && !entry.is_symlink() && ::mkdir(target.c_str(), 0755) == 0) {
      ::mount(entry.path().c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr);
    }
  }
}

void set_up_lab_root(const std::string& lab) {
  mount_checked("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr); // nothing of ours reaches the machine's mounts
  mount_checked("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  cover_run();
  if (::sethostname(lab.data(), lab.size()) != 0) {
    throw system_error("cannot set the lab's host name");
  }
}

} // namespace

void start_keeper(
    const std::string& lab,
    const std::filesystem::path& folder,
    CommandRunner& runner,
    const std::function<void(const KeeperRecord&)>& record) {
  const bool rootless = ::geteuid() != 0;
  const IdMaps maps = rootless ? find_id_maps() : IdMaps{};
  Pipes pipes;
  const pid_t maker = ::fork();
  if (maker < 0) {
    throw system_error("cannot fork");
  }
  if (maker == 0) {
    run_maker(rootless, pipes, lab, folder);
  }
  for (UniqueFd* theirs :
       {&pipes.unshared.write, &pipes.mapped.read, &pipes.born.write, &pipes.go.read, &pipes.ready.write}) {
    theirs->reset();
  }
  bool reaped = false;
  try {
    if (rootless) {
      static_cast<void>(read_bytes(pipes.unshared.read, 1, start_limit));
      if (!has_ended(maker)) {
        write_id_maps(maker, maps, runner);
        tell(pipes.mapped.write, "m", 1);
      }
    }
    pid_t keeper = 0;
    const std::string told = read_bytes(pipes.born.read, sizeof keeper, start_limit);
    pipes.mapped.write.reset();
    const int status = reap(maker);
    reaped = true;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != made || told.size() != sizeof keeper) {
      throw_maker_failure(status);
    }
    std::memcpy(&keeper, told.data(), sizeof keeper);
    record(identify(keeper, rootless));
  } catch (...) {
    pipes.mapped.write.reset(); // ends the maker,
    pipes.go.write.reset();     // and the keeper, if there is one
    if (!reaped) {
      reap(maker);
    }
    throw;
  }
  tell(pipes.go.write, "g", 1);
  const std::string word = read_bytes(pipes.ready.read, 4096, start_limit);
  if (word != "ready") {
    throw Error(word.empty() ? "the lab's keeper ended at its start" : word, ExitStatus::machine_lacks)
        .with_hint("`migralab doctor` tells what this machine lacks");
  }
}

int keeper_main(const std::string& lab) {
  UniqueFd word(3);
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  ::prctl(PR_SET_NAME, keeper_name);
  ::umask(022);
  try {
    if (::chdir("/") != 0) {
      throw system_error("cannot go to /");
    }
    set_up_lab_root(lab);
  } catch (const std::exception& error) {
    tell(word, error.what(), std::strlen(error.what()));
    return 1;
  }
  tell(word, "ready", 5);
  word.reset();
  while (true) {
    int signal = 0;
    ::sigwait(&child, &signal);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}

} // namespace migralab
