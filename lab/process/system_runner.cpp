// SPDX-License-Identifier: Apache-2.0
// Boost.Process starts the child; everything after that is ours: Boost 1.74 cannot tell "killed by 9" from "exit 9",
// its wait_for is not safe beside other threads, and a failed exec leaves a zombie.
#include "migralab/process/command_runner.hpp"

#include "conversation.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/core/interrupt.hpp"

#include <array>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab {

namespace bp = boost::process;

namespace {

/// What the child does between fork and exec. Only async-signal-safe calls: other threads may hold any lock.
struct ChildSetup {
  int input = -1;
  int output = -1;
  int errors = -1;
  std::vector<UniqueFd> groups; // cgroup.procs of each
  UniqueFd net, mount, uts;
  const char* folder = nullptr;
  enum class Group { own, session, caller } group = Group::own;

  /// 0, or the errno of what failed.
  [[nodiscard]] int apply() const noexcept {
    if (group == Group::caller) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL); // at a terminal, nothing goes on behind a caller that is gone
    } else if (group == Group::session) {
      ::setsid();
    } else if (group == Group::own) {
      ::setpgid(0, 0);
    }
    for (const UniqueFd& members : groups) {
      if (::write(members.get(), "0", 1) != 1) { // the process that writes (cgroups(7))
        return errno;
      }
    }
    if ((net && ::setns(net.get(), CLONE_NEWNET) != 0) || (uts && ::setns(uts.get(), CLONE_NEWUTS) != 0) ||
        (mount && ::setns(mount.get(), CLONE_NEWNS) != 0)) {
      return errno;
    }
    if (folder != nullptr && ::chdir(folder) != 0) {
      return errno;
    }
    const std::array<int, 3> streams{input, output, errors};
    for (int target = 0; target < 3; ++target) {
      const int source = streams[static_cast<std::size_t>(target)];
      if (source >= 0 && ::dup2(source, target) < 0) {
        return errno;
      }
    }
    // No descriptor of ours may reach a daemon that outlives us.
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGHUP, SIG_DFL);
    return 0;
  }
};

UniqueFd open_namespace(const std::filesystem::path& path) {
  if (path.empty()) {
    return UniqueFd();
  }
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw system_error(fmt::format("cannot join namespace {}", path.native()));
  }
  return file;
}

/// Forks and execs; returns the pid. Throws Error when that failed; no zombie stays.
pid_t spawn(const Command& command, ChildSetup& setup) {
  if (command.argv.empty()) {
    throw Error("empty command");
  }
  const std::string program = find_program(command.argv.front());
  if (program.empty()) {
    throw machine_lacks(
        fmt::format("program '{}' not found", command.argv.front()),
        "`migralab doctor` names the Debian package that holds it");
  }
  for (const std::filesystem::path& group : command.groups) {
    setup.groups.emplace_back(::open((group / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!setup.groups.back()) {
      throw system_error(fmt::format("cannot join the control group {}", group.native()));
    }
  }
  setup.net = open_namespace(command.inside.net);
  setup.mount = open_namespace(command.inside.mount);
  setup.uts = open_namespace(command.inside.uts);
  // A joined mount namespace resets the working directory to its root.
  std::string folder = command.folder.native();
  if (folder.empty() && setup.mount) {
    folder = "/";
  }
  setup.folder = folder.empty() ? nullptr : folder.c_str();

  bp::environment environment = boost::this_process::environment();
  for (const auto& [name, value] : command.environment) {
    environment.set(name, value); // operator[] of Boost 1.74 reads beyond shorter variables
  }
  const std::vector<std::string> arguments(command.argv.begin() + 1, command.argv.end());
  std::error_code problem;
  pid_t failed = -1;
  bp::child child(
      bp::exe = program,
      bp::args = arguments,
      environment,
      problem,
      bp::extend::on_exec_setup =
          [&setup](auto& executor) {
            if (const int error = setup.apply(); error != 0) {
              executor.set_error(std::error_code(error, std::generic_category()), "");
              ::_exit(126);
            }
          },
      bp::extend::on_error = [&failed](auto& executor, const std::error_code&) { failed = executor.pid; });
  if (problem) {
    if (failed > 0) {
      ::waitpid(failed, nullptr, 0);
    }
    const std::string where = command.folder.empty() ? "" : fmt::format(" in {}", command.folder.native());
    throw Error(fmt::format("cannot start {}{}: {}", program, where, problem.message()));
  }
  const pid_t pid = child.id();
  child.detach();
  return pid;
}

CommandResult result_of(int wait_status) {
  CommandResult result;
  if (WIFSIGNALED(wait_status)) {
    result.end = CommandResult::End::signalled;
    result.status = WTERMSIG(wait_status);
  } else {
    result.end = CommandResult::End::exited;
    result.status = WEXITSTATUS(wait_status);
  }
  return result;
}

/// `pass_on`: an interrupt of ours reaches the command as SIGTERM.
CommandResult wait_for(pid_t pid, bool pass_on = false) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno == EINTR && pass_on && interrupted()) {
      ::kill(pid, SIGTERM);
    }
    if (errno != EINTR) {
      return {.end = CommandResult::End::not_started, .errors = "its process was lost"};
    }
  }
  return result_of(status);
}

} // namespace

CommandResult SystemRunner::run(const Command& command) {
  try {
    ChildSetup setup;
    if (command.terminal) {
      setup.group = ChildSetup::Group::caller;
      return wait_for(spawn(command, setup), true);
    }
    Streams streams;
    setup.input = streams.in.read.get();
    setup.output = streams.out.write.get();
    setup.errors = streams.err.write.get();
    const pid_t pid = spawn(command, setup);
    streams.in.read.reset();
    streams.out.write.reset();
    streams.err.write.reset();
    CommandResult result;
    const Over over = converse(command, pid, streams, result);
    if (over != Over::ended) {
      ::kill(-pid, SIGKILL);
      ::kill(pid, SIGKILL); // where it left its group
    }
    const CommandResult end = wait_for(pid);
    result.end = over == Over::late      ? CommandResult::End::timed_out
                 : over == Over::stopped ? CommandResult::End::stopped
                                         : end.end;
    result.status = end.status;
    return result;
  } catch (const Error& error) {
    return {.end = CommandResult::End::not_started, .errors = error.what()};
  }
}

int SystemRunner::start(const Command& command) {
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const std::filesystem::path& log = command.log;
  const UniqueFd file(log.empty() ? -1 : ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.empty() && !file) {
    throw system_error(fmt::format("cannot open {}", log.native()));
  }
  ChildSetup setup;
  setup.group = ChildSetup::Group::session;
  setup.input = nothing.get();
  setup.output = file ? file.get() : nothing.get();
  setup.errors = setup.output;
  return spawn(command, setup);
}

std::optional<CommandResult> SystemRunner::ended(int daemon) {
  int status = 0;
  const pid_t reaped = ::waitpid(daemon, &status, WNOHANG);
  if (reaped == daemon) {
    return result_of(status);
  }
  if (reaped < 0 && errno == ECHILD && ::kill(daemon, 0) != 0) {
    return CommandResult{.end = CommandResult::End::exited, .errors = "ended earlier"};
  }
  return std::nullopt;
}

namespace {

bool can_be_run(const std::string& file) {
  std::error_code ignored; // what cannot be looked at cannot be run
  return ::access(file.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(file, ignored);
}

} // namespace

std::string check(const Command& command, const CommandResult& result) {
  if (result.ok()) {
    return result.output;
  }
  throw_if_interrupted();
  std::string said = result.errors.empty() ? result.output : result.errors;
  while (!said.empty() && said.back() == '\n') {
    said.pop_back();
  }
  if (result.end == CommandResult::End::not_started) {
    throw Error(said, ExitStatus::machine_lacks).with_hint("`migralab doctor` shows what this machine lacks");
  }
  throw Error(fmt::format("{}: {}{}{}", to_string(command), describe_end(result), said.empty() ? "" : ": ", said));
}

std::string run_checked(CommandRunner& runner, const Command& command) {
  return check(command, runner.run(command));
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return can_be_run(name) ? name : "";
  }
  const char* path = std::getenv("PATH");
  std::string folders = std::string(path == nullptr ? "/usr/bin:/bin" : path) + ":/usr/local/sbin:/usr/sbin:/sbin:";
  for (std::size_t from = 0, to = 0; (to = folders.find(':', from)) != std::string::npos; from = to + 1) {
    std::string candidate = folders.substr(from, to - from) + "/" + name;
    if (candidate.front() == '/' && candidate.size() > name.size() + 1 && can_be_run(candidate)) {
      return candidate;
    }
  }
  return "";
}

} // namespace migralab
