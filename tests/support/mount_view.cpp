// SPDX-License-Identifier: Apache-2.0
#include "support/mount_view.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab::test {

namespace {

bool apply(const MountView::Mount& mount) {
  const char* options = mount.options.empty() ? nullptr : mount.options.c_str();
  if (mount.type.empty()) {
    return ::mount(mount.source.c_str(), mount.target.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
           (!mount.read_only ||
            ::mount("none", mount.target.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0);
  }
  return ::mount(mount.source.c_str(), mount.target.c_str(), mount.type.c_str(), 0, options) == 0;
}

[[noreturn]] void hold(const std::vector<MountView::Mount>& mounts, int tell) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool fine = ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  for (const MountView::Mount& mount : mounts) {
    fine = fine && apply(mount);
  }
  const int problem = fine ? 0 : errno;
  static_cast<void>(::write(tell, &problem, sizeof problem) > 0);
  ::close(tell);
  if (!fine) {
    ::_exit(1);
  }
  while (true) {
    ::pause();
  }
}

} // namespace

MountView::MountView(const std::vector<Mount>& mounts) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("cannot make a pipe");
  }
  const UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  holder_ = ::fork();
  if (holder_ == 0) {
    hold(mounts, write.get());
  }
  write.reset();
  int problem = EIO;
  if (::read(read.get(), &problem, sizeof problem) != sizeof problem || problem != 0) {
    ::waitpid(holder_, nullptr, 0);
    throw std::runtime_error(std::string("cannot make a mount namespace: ") + std::strerror(problem));
  }
}

MountView::~MountView() {
  ::kill(holder_, SIGKILL);
  ::waitpid(holder_, nullptr, 0);
}

std::filesystem::path MountView::mount_namespace() const {
  return "/proc/" + std::to_string(holder_) + "/ns/mnt";
}

std::filesystem::path MountView::seen_from_outside(const std::filesystem::path& path) const {
  return "/proc/" + std::to_string(holder_) + "/root" + path.native();
}

std::string program_path(const std::string& name) {
  for (const char* folder : {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    if (::access(path.c_str(), X_OK) == 0) {
      return std::filesystem::canonical(path);
    }
  }
  return {};
}

MountView::Mount without(const std::string& program) {
  return {.source = "/dev/null", .target = program_path(program), .type = {}, .options = {}};
}

MountView::Mount broken(const std::string& program) {
  return {.source = program_path("false"), .target = program_path(program), .type = {}, .options = {}};
}

} // namespace migralab::test
