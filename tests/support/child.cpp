// SPDX-License-Identifier: Apache-2.0
#include "support/child.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <linux/close_range.h>
#include <ostream>
#include <pwd.h>
#include <sched.h>
#include <set>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace migralab::test {

namespace {

constexpr auto glance = std::chrono::milliseconds(2);

/// A file in memory: whatever a program writes fits, and nobody has to read it meanwhile.
UniqueFd memory_file(const char* name) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) {
    throw std::runtime_error(std::string("memfd_create: ") + std::strerror(errno));
  }
  return file;
}

std::string content_of(const UniqueFd& file) {
  std::string text;
  char buffer[65536];
  ssize_t got = 0;
  while ((got = ::pread(file.get(), buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<std::string> environment_of(const Launch& launch) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    if (!launch.environment.contains(variable.substr(0, variable.find('=')))) {
      variables.push_back(variable);
    }
  }
  for (const auto& [name, value] : launch.environment) {
    if (!value.empty()) {
      variables.push_back(name + "=" + value);
    }
  }
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& string : strings) {
    list.push_back(string.data());
  }
  list.push_back(nullptr);
  return list;
}

bool become(const Launch& launch) {
  if (!launch.mount_namespace.empty()) {
    const UniqueFd file(::open(launch.mount_namespace.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::setns(file.get(), CLONE_NEWNS) != 0) {
      return false;
    }
  }
  if (launch.account && ::geteuid() != launch.account->uid &&
      (::initgroups(launch.account->name.c_str(), launch.account->gid) != 0 ||
       ::setresgid(launch.account->gid, launch.account->gid, launch.account->gid) != 0 ||
       ::setresuid(launch.account->uid, launch.account->uid, launch.account->uid) != 0)) {
    return false;
  }
  return ::chdir(launch.folder.c_str()) == 0;
}

std::string text_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = '?';
};

std::vector<Process> all_processes() {
  std::vector<Process> processes;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    const std::string stat = text_of("/proc/" + name + "/stat"); // empty when it has ended meanwhile
    const std::size_t bracket = stat.rfind(')');
    Process process{.pid = std::stoi(name)};
    if (bracket != std::string::npos &&
        std::istringstream(stat.substr(bracket + 1)) >> process.state >> process.parent) {
      processes.push_back(process);
    }
  }
  return processes;
}

/// Reaps what only the adoption made our child; Child objects reap their own.
std::set<pid_t>& own_children() {
  static std::set<pid_t> children;
  return children;
}

std::vector<pid_t> living_descendants() {
  const std::vector<Process> processes = all_processes();
  std::set<pid_t> family{::getpid()};
  // Not in order of age: ids wrap around.
  for (std::size_t before = 0; before != family.size();) {
    before = family.size();
    for (const Process& process : processes) {
      if (family.contains(process.parent)) {
        family.insert(process.pid);
      }
    }
  }
  std::vector<pid_t> living;
  for (const Process& process : processes) {
    if (process.pid == ::getpid() || !family.contains(process.pid)) {
      continue;
    }
    if (process.state == 'Z') {
      if (process.parent == ::getpid() && !own_children().contains(process.pid)) {
        ::waitpid(process.pid, nullptr, WNOHANG);
      }
      continue;
    }
    living.push_back(process.pid);
  }
  return living;
}

std::string arguments_of(pid_t pid) {
  std::string arguments = text_of("/proc/" + std::to_string(pid) + "/cmdline");
  std::replace(arguments.begin(), arguments.end(), '\0', ' ');
  return arguments;
}

} // namespace

std::optional<Account> find_account(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  return entry == nullptr ? std::nullopt : std::optional(Account{name, entry->pw_uid, entry->pw_gid});
}

void PrintTo(const Finished& finished, std::ostream* stream) {
  *stream << "exit " << finished.code;
  if (finished.signal != 0) {
    *stream << ", signal " << finished.signal;
  }
  *stream << (finished.timed_out ? ", TIMED OUT" : "") << " after " << finished.took.count() << " s\nstdout:\n"
          << finished.output << "\nstderr:\n"
          << finished.errors << "\n";
}

Child::Child(const Launch& launch) : output_(memory_file("stdout")), errors_(memory_file("stderr")) {
  const UniqueFd input = memory_file("stdin");
  if (::write(input.get(), launch.input.data(), launch.input.size()) != static_cast<ssize_t>(launch.input.size()) ||
      ::lseek(input.get(), 0, SEEK_SET) != 0) {
    throw std::runtime_error("cannot fill a program's input");
  }
  std::vector<std::string> arguments = launch.argv;
  std::vector<std::string> environment = environment_of(launch);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  pid_ = ::fork();
  if (pid_ < 0) {
    throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  }
  if (pid_ == 0) {
    ::setpgid(0, 0);
    if (become(launch) && ::dup2(input.get(), 0) == 0 && ::dup2(output_.get(), 1) == 1 &&
        ::dup2(errors_.get(), 2) == 2) {
      ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
      ::execve(argv.front(), argv.data(), envp.data());
    }
    const std::string why = std::string("cannot start ") + launch.argv.front() + ": " + std::strerror(errno) + "\n";
    static_cast<void>(::write(errors_.get(), why.data(), why.size()) > 0);
    ::_exit(127);
  }
  own_children().insert(pid_);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), output_(std::move(other.output_)),
      errors_(std::move(other.errors_)), began_(other.began_) {}

Child::~Child() {
  if (pid_ > 0 && !ended()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  own_children().erase(pid_);
}

void Child::send(int signal) const {
  if (!status_) { // or the id may be somebody else's by now
    ::kill(pid_, signal);
  }
}

void Child::send_to_group(int signal) const {
  if (!status_) {
    ::kill(-pid_, signal);
  }
}

std::string Child::errors() const {
  return content_of(errors_);
}

std::string Child::output() const {
  return content_of(output_);
}

bool Child::ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    status_ = status;
  }
  return status_.has_value();
}

bool Child::wait_for_text(const std::string& text, Seconds limit) {
  return wait_for(&Child::errors, text, limit);
}

bool Child::wait_for_output(const std::string& text, Seconds limit) {
  return wait_for(&Child::output, text, limit);
}

bool Child::wait_for(std::string (Child::*said)() const, const std::string& text, Seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (true) {
    const bool over = ended() || std::chrono::steady_clock::now() > deadline;
    if ((this->*said)().find(text) != std::string::npos) {
      return true;
    }
    if (over) {
      return false;
    }
    std::this_thread::sleep_for(glance);
  }
}

Finished Child::wait(Seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  Finished finished;
  while (!ended()) {
    if (!finished.timed_out && std::chrono::steady_clock::now() > deadline) {
      finished.timed_out = true;
      ::kill(pid_, SIGKILL);
    }
    std::this_thread::sleep_for(glance);
  }
  finished.took = std::chrono::steady_clock::now() - began_;
  finished.code = WIFEXITED(*status_) ? WEXITSTATUS(*status_) : -1;
  finished.signal = WIFSIGNALED(*status_) ? WTERMSIG(*status_) : 0;
  finished.output = content_of(output_);
  finished.errors = content_of(errors_);
  return finished;
}

Finished run(const Launch& launch, Seconds limit) {
  return Child(launch).wait(limit);
}

void adopt_orphans() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

std::vector<std::string> descendants() {
  std::vector<std::string> lines;
  for (const pid_t pid : living_descendants()) {
    lines.push_back(std::to_string(pid) + " " + arguments_of(pid));
  }
  return lines;
}

std::vector<pid_t> descendants_with(const std::string& text) {
  std::vector<pid_t> found;
  for (const pid_t pid : living_descendants()) {
    if (arguments_of(pid).find(text) != std::string::npos) {
      found.push_back(pid);
    }
  }
  return found;
}

} // namespace migralab::test
