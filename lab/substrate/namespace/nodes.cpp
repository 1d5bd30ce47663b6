// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/nodes.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "pipe.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sched.h>
#include <string_view>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace migralab {

namespace {

constexpr auto node_limit = std::chrono::seconds(10);

struct Mount {
  std::string from;
  std::string to;
  bool below_sys = false; // goes after the node's own /sys
  int tree = -1;          // in the node: a detached copy of `from`, taken before the overlay can hide it
};

/// Options of the overlays on a node's /var and /etc. The upper layers bring the folders that libvirt needs: the
/// machine's own may lack them, and belong to a root that is nobody in a user namespace, so nothing could be made in
/// them.
struct Overlays {
  std::string var;
  std::string etc;
};

std::string overlay(const std::filesystem::path& own, const std::string& name) {
  std::filesystem::create_directories(own / name);
  std::filesystem::create_directories(own / (name + "-work"));
  return fmt::format("lowerdir=/{1},upperdir={0}/{1},workdir={0}/{1}-work", own.native(), name);
}

Overlays overlays_of(const std::filesystem::path& own) {
  for (const char* folder : {"var/lib/libvirt/images", "var/log/libvirt", "var/cache/libvirt", "etc/libvirt"}) {
    std::filesystem::create_directories(own / folder);
  }
  return {.var = overlay(own, "var"), .etc = overlay(own, "etc")};
}

bool put_in_place(const Mount& wanted) noexcept {
  return ::move_mount(wanted.tree, "", AT_FDCWD, wanted.to.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

/// QEMU listens on one of libvirt's ports for a migration that comes (qemu.conf(5), migration_port_min), from the range
/// out of which the kernel takes those of connections: one of these, to a disk say, may have it. Of this namespace; a
/// kernel that does not let us is no worse than before.
void keep_migration_ports_free() noexcept {
  constexpr std::string_view ports = "49152-49215";
  const int file = ::open("/proc/sys/net/ipv4/ip_local_reserved_ports", O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    static_cast<void>(::write(file, ports.data(), ports.size()) < 0);
    ::close(file);
  }
}

/// In a fork of a process with threads: system calls only. Returns errno.
int become_node(const std::string& node, const Overlays& overlays, std::vector<Mount>& mounts) noexcept {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return errno;
  }
  keep_migration_ports_free();
  for (Mount& wanted : mounts) {
    wanted.tree = ::open_tree(AT_FDCWD, wanted.from.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (wanted.tree < 0) {
      return errno;
    }
  }
  if (::mount("overlay", "/var", "overlay", MS_NOSUID | MS_NODEV, overlays.var.c_str()) != 0 ||
      ::mount("overlay", "/etc", "overlay", MS_NOSUID | MS_NODEV, overlays.etc.c_str()) != 0) {
    return errno;
  }
  for (const Mount& wanted : mounts) {
    if (!wanted.below_sys && !put_in_place(wanted)) {
      return errno;
    }
  }
  // /sys shows the network namespace of who mounted it; libvirt reads /sys/class/net. It also hides the machine's
  // control groups, so that libvirt makes its own in those of the host only.
  if (::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0 ||
      ::sethostname(node.data(), node.size()) != 0) {
    return errno;
  }
  for (const Mount& wanted : mounts) {
    if (wanted.below_sys && !put_in_place(wanted)) {
      return errno;
    }
  }
  return 0;
}

/// Stays in the node's namespaces, under a name of its own in the process list, until the keeper ends.
[[noreturn]] void
hold_node(const std::string& node, const Overlays& overlays, std::vector<Mount>& mounts, const UniqueFd& complaint) {
  int problem = become_node(node, overlays, mounts);
  if (problem == 0) {
    ::setsid();
    const int nothing = ::open("/dev/null", O_RDWR);
    for (int stream = 0; stream < 3; ++stream) {
      ::dup2(nothing, stream);
    }
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC); // the end of `complaint` says that all is well
    ::execl("/proc/self/exe", node_holder_name, node.c_str(), nullptr);
    problem = errno;
  }
  tell(complaint, &problem, sizeof problem);
  ::_exit(1);
}

} // namespace

std::filesystem::path node_folder(const std::string& node) {
  return std::filesystem::path("/run/migralab") / node;
}

NamespaceSet namespaces_of(const std::string& node) {
  const std::filesystem::path folder = node_folder(node) / "ns";
  return {.net = folder / "net", .mount = folder / "mnt", .uts = folder / "uts"};
}

void join_network_of(const std::string& node) {
  const std::filesystem::path path = namespaces_of(node).net;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::setns(file.get(), CLONE_NEWNET) != 0) {
    throw system_error(fmt::format("cannot join the network of {}", node));
  }
}

void in_network_of(const std::string& node, const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      join_network_of(node);
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) {
    std::rethrow_exception(failure);
  }
}

void make_node(const std::string& node, const std::vector<PrivatePath>& paths) {
  const std::filesystem::path own = node_folder(node);
  std::filesystem::create_directories(own / "ns");
  std::vector<Mount> mounts;
  const auto below_run = [](const PrivatePath& path) {
    const auto below = path.covers.lexically_relative("/run");
    return *below.begin() == ".." ? std::filesystem::path() : below;
  };
  for (const PrivatePath& path : paths) {
    if (path.covers == path.by || !below_run(path).empty()) {
      continue; // below
    }
    if (!std::filesystem::is_regular_file(path.by)) {
      std::filesystem::create_directories(path.by);
    }
    mounts.push_back({path.by.native(), path.covers.native(), path.covers.native().starts_with("/sys/")});
  }
  std::filesystem::create_directories(own / "run" / "lock"); // /var/lock points here; libvirt locks consoles in it
  mounts.push_back({own / "run", "/run"});                   // it hides /run/migralab
  for (const PrivatePath& path : paths) {
    const auto below = below_run(path);
    if (path.covers == path.by || !below.empty()) {
      std::filesystem::create_directories(path.by);
      if (!below.empty()) {
        std::filesystem::create_directories(own / "run" / below);
      }
      mounts.push_back({path.by.native(), path.covers.native()});
    }
  }
  const Overlays overlays = overlays_of(own);

  Pipe complaint;
  const pid_t holder = ::fork();
  if (holder < 0) {
    throw system_error("cannot fork");
  }
  if (holder == 0) {
    hold_node(node, overlays, mounts, complaint.write);
  }
  complaint.write.reset();
  int problem = 0;
  const std::string told = read_bytes(complaint.read, sizeof problem, node_limit);
  if (told.size() == sizeof problem) {
    std::memcpy(&problem, told.data(), sizeof problem);
    ::waitpid(holder, nullptr, 0);
    errno = problem;
    throw system_error(fmt::format("cannot make the namespaces of {}", node));
  }
  // Links to the holder's namespaces, not bind mounts of them: some kernels number mount namespaces out of order, and
  // then refuse to bind one as if it were older than its parent.
  const NamespaceSet names = namespaces_of(node);
  const std::string source = fmt::format("/proc/{}/ns", holder);
  std::filesystem::create_symlink(source + "/net", names.net);
  std::filesystem::create_symlink(source + "/mnt", names.mount);
  std::filesystem::create_symlink(source + "/uts", names.uts);
}

int node_holder_main() {
  while (true) {
    ::pause();
  }
}

} // namespace migralab
