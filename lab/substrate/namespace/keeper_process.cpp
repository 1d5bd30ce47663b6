// SPDX-License-Identifier: Apache-2.0
#include "keeper_process.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace migralab {

namespace {

std::string boot_id() {
  const std::string id = read_file("/proc/sys/kernel/random/boot_id");
  return id.substr(0, id.find('\n'));
}

/// 0 when there is no such process.
std::uint64_t start_time_of(int pid) {
  std::string stat;
  try {
    stat = read_file(fmt::format("/proc/{}/stat", pid));
  } catch (const Error&) {
    return 0;
  }
  // The name (field 2) may hold blanks and brackets; field 3 follows the last bracket.
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) {
    at = stat.find(' ', at + 1);
  }
  return at == std::string::npos ? 0 : std::strtoull(stat.c_str() + at, nullptr, 10);
}

/// The processes of this user whose arguments are those of a keeper for this folder.
std::vector<int> keepers_of(const std::filesystem::path& folder) {
  std::vector<int> keepers;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    struct stat status = {};
    if (name.find_first_not_of("0123456789") != std::string::npos || ::stat(entry.path().c_str(), &status) != 0 ||
        status.st_uid != ::geteuid()) {
      continue;
    }
    try {
      const std::string arguments = read_file(entry.path() / "cmdline");
      if (arguments.starts_with(fmt::format("{}{}", keeper_name, '\0')) &&
          arguments.ends_with(fmt::format("{}{}{}", '\0', folder.native(), '\0'))) {
        keepers.push_back(std::stoi(name));
      }
    } catch (const Error&) {
      // It ended meanwhile.
    }
  }
  return keepers;
}

} // namespace

KeeperRecord identify(int pid, bool rootless) {
  return {.pid = pid, .start_time = start_time_of(pid), .boot_id = boot_id(), .rootless = rootless};
}

UniqueFd open_keeper(const KeeperRecord& keeper) {
  if (keeper.pid <= 0 || keeper.boot_id != boot_id()) {
    return UniqueFd();
  }
  UniqueFd process = open_process(keeper.pid);
  if (process && start_time_of(keeper.pid) != keeper.start_time) {
    process.reset();
  }
  return process;
}

bool wait_for_end(const UniqueFd& process, Nanoseconds limit) {
  const Deadline deadline(limit);
  pollfd poll{process.get(), POLLIN, 0};
  while (true) {
    const int ready = ::poll(&poll, 1, deadline.left_ms());
    if (ready > 0) {
      return true;
    }
    if (ready == 0 || errno != EINTR) {
      return false;
    }
  }
}

UniqueFd open_process(int pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

WorkerEnd await_worker(int child, Nanoseconds patience, const UniqueFd& patron, Nanoseconds limit) {
  constexpr int glance_ms = 50; // short looks: a signal that comes just before a long wait would not end it
  const Instant began = std::chrono::steady_clock::now();
  const UniqueFd process = open_process(child);
  std::array<pollfd, 2> polls{{{process.get(), POLLIN, 0}, {patron.get(), POLLIN, 0}}};
  std::optional<Deadline> grace;
  WorkerEnd end;
  while (::poll(polls.data(), polls.size(), glance_ms) <= 0 || polls[0].revents == 0) {
    if (polls[1].revents != 0 || (grace && grace->passed())) {
      ::kill(child, SIGKILL);
      break;
    }
    end.late = std::chrono::steady_clock::now() - began > limit;
    if ((interrupted() || end.late) && !grace) {
      grace.emplace(patience);
      ::kill(child, SIGTERM);
    }
  }
  while (::waitpid(child, &end.status, 0) < 0 && errno == EINTR) {
  }
  return end;
}

bool keeper_runs(const KeeperRecord& keeper) {
  const UniqueFd process = open_keeper(keeper);
  return process && !wait_for_end(process, Nanoseconds::zero()); // a zombie has ended
}

void end_keeper(const KeeperRecord& keeper, Nanoseconds limit) {
  const UniqueFd process = open_keeper(keeper);
  if (!process) {
    return;
  }
  if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) != 0 && errno != ESRCH) {
    throw system_error(fmt::format("cannot end the lab's keeper (process {})", keeper.pid));
  }
  if (!wait_for_end(process, limit)) {
    throw Error(fmt::format("the lab's keeper (process {}) does not end", keeper.pid))
        .with_hint("a process of the lab hangs in the kernel: `ps -eo pid,stat,wchan:30,args` shows it in state D");
  }
}

std::vector<FoundKeeper> running_keepers() {
  std::vector<FoundKeeper> keepers;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    try {
      std::istringstream arguments(read_file(entry.path() / "cmdline"));
      std::string program;
      FoundKeeper keeper{.pid = std::stoi(name), .lab = {}, .folder = {}};
      std::string folder;
      if (std::getline(arguments, program, '\0') && program == keeper_name &&
          std::getline(arguments, keeper.lab, '\0') && std::getline(arguments, folder, '\0')) {
        keeper.folder = folder;
        keepers.push_back(std::move(keeper));
      }
    } catch (const Error&) {
      // It ended meanwhile.
    }
  }
  return keepers;
}

void end_keepers_of(const std::filesystem::path& folder, Nanoseconds limit) {
  for (const int pid : keepers_of(folder)) {
    end_keeper(identify(pid, ::geteuid() != 0), limit);
  }
}

} // namespace migralab
