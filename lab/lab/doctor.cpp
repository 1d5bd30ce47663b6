// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/doctor.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/substrate/control_groups.hpp"
#include "migralab/substrate/subordinate_ids.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <pwd.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <system_error>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;
using Status = Finding::Status;

constexpr Bytes comfortable_memory = Bytes::gib(1);
constexpr Bytes comfortable_disk = Bytes::gib(1);

struct Program {
  const char* name;
  const char* package;
  const char* purpose;
  enum class Need { always, for_images, without_root, never } need = Need::always;
};

constexpr std::array programs{
    Program{"ip", "iproute2", "makes the lab's networks"},
    Program{"tc", "iproute2", "sets the rate of links"},
    Program{"libvirtd", "libvirt-daemon", "runs the guests of a host"},
    Program{"qemu-system-x86_64", "qemu-system-x86", "runs a guest"},
    Program{"tgtd", "tgt", "serves the guests' disks"},
    Program{"tgtadm", "tgt", "sets up tgtd"},
    Program{"mke2fs", "e2fsprogs", "fills the guests' disks"},
    Program{"ssh-keygen", "openssh-client", "makes the key to a lab's guests"},
    Program{"apt-get", "apt", "fetches the parts of guest images", Program::Need::for_images},
    Program{"dpkg-deb", "dpkg", "unpacks the parts of guest images", Program::Need::for_images},
    Program{"depmod", "kmod", "orders the kernel modules of guest images", Program::Need::for_images},
    Program{"cpio", "cpio", "packs guest images", Program::Need::for_images},
    Program{
        "mmdebstrap",
        "mmdebstrap",
        "installs the packages of the image debian and of Xen hosts",
        Program::Need::never},
    Program{"genisoimage", "genisoimage", "tells guests of cloud images who they are", Program::Need::never},
    Program{"newuidmap", "uidmap", "maps the user ids of a lab without root", Program::Need::without_root},
    Program{"newgidmap", "uidmap", "maps the group ids of a lab without root", Program::Need::without_root},
    Program{"gnuplot", "gnuplot-nox", "draws the figures of reports", Program::Need::never},
    Program{"slirp4netns", "slirp4netns", "gives networks outbound access", Program::Need::never},
    Program{"ssh", "openssh-client", "logs in to guests", Program::Need::never},
    Program{"ganesha.nfsd", "nfs-ganesha", "serves disks on storage of type nfs", Program::Need::never},
    Program{"rpcbind", "rpcbind", "serves disks on storage of type nfs", Program::Need::never},
    Program{"vblade", "vblade", "serves disks on storage of type aoe", Program::Need::never},
    Program{"autossh", "autossh", "keeps the way into hosts that are machines", Program::Need::never},
};

struct Plugin {
  const char* name;
  const char* file; // below the folder of libraries
  const char* package;
};

constexpr std::array plugins{
    Plugin{"libvirt's QEMU driver", "libvirt/connection-driver/libvirt_driver_qemu.so", "libvirt-daemon-driver-qemu"},
    Plugin{"QEMU's iSCSI client", "qemu/block-iscsi.so", "qemu-block-extra"},
};

struct Qdisc {
  const char* name;
  std::vector<std::string> arguments;
  bool needed;
};

class Examination {
public:
  Examination(CommandRunner& runner, const MachinePaths& paths, const Person& person)
      : runner_(runner), paths_(paths), person_(person) {}

  std::vector<Finding> look() {
    for (const Program& program : programs) {
      if (program.need == Program::Need::always || (program.need == Program::Need::without_root && !person_.root)) {
        look_for(program);
      }
    }
    for (const Plugin& plugin : plugins) {
      look_for(plugin);
    }
    tun();
    return std::move(findings_);
  }

  std::vector<Finding> run() {
    for (const Program& program : programs) {
      if (program.need != Program::Need::without_root || !person_.root) {
        look_for(program);
      }
    }
    for (const Plugin& plugin : plugins) {
      look_for(plugin);
    }
    if (!person_.root) {
      user_namespaces();
      id_range("subuid");
      id_range("subgid");
    }
    tun();
    qdiscs();
    const Capabilities capabilities = probe_capabilities(paths_);
    kvm(capabilities);
    control_groups(capabilities);
    memory(capabilities);
    disk("disk for labs", paths_.state.empty() ? state_home() : paths_.state, "XDG_STATE_HOME");
    disk("disk for images", paths_.cache.empty() ? cache_home() : paths_.cache, "XDG_CACHE_HOME");
    return std::move(findings_);
  }

private:
  void fine(std::string name, std::string seen, bool needed = false) {
    findings_.push_back(
        {.name = std::move(name),
         .status = Status::ok,
         .seen = std::move(seen),
         .cause = {},
         .fix = {},
         .needed = needed});
  }

  [[nodiscard]] std::string as_root(const std::string& command) const {
    return person_.root ? command : "as root: " + command;
  }

  [[nodiscard]] std::string installed(const std::string& package) const {
    return as_root("apt-get install --no-install-recommends " + package);
  }

  [[nodiscard]] std::string find(const std::string& program) const {
    if (paths_.programs.empty()) {
      return find_program(program);
    }
    for (const fs::path& folder : paths_.programs) {
      if (fs::exists(folder / program)) {
        return folder / program;
      }
    }
    return {};
  }

  void look_for(const Program& program) {
    const std::string path = find(program.name);
    const bool needed = program.need != Program::Need::never;
    if (path.empty()) {
      findings_.push_back(
          {.name = program.name,
           .status = needed ? Status::missing : Status::warning,
           .seen = "not found",
           .cause = fmt::format("{} {}", program.name, program.purpose),
           .fix = installed(program.package),
           .needed = needed});
      return;
    }
    if (program.need == Program::Need::without_root && !may_map_ids(path)) {
      findings_.push_back(
          {.name = program.name,
           .status = Status::missing,
           .seen = path + " is neither setuid root nor has a file capability",
           .cause = "the kernel lets only a privileged program map a range of ids",
           .fix = as_root("apt-get install --reinstall uidmap"),
           .needed = true});
      return;
    }
    fine(program.name, path, needed);
  }

  static bool may_map_ids(const std::string& program) {
    struct stat status {};
    return ::stat(program.c_str(), &status) == 0 &&
           ((status.st_mode & S_ISUID) != 0 || ::getxattr(program.c_str(), "security.capability", nullptr, 0) > 0);
  }

  void look_for(const Plugin& plugin) {
    std::vector<fs::path> folders{paths_.libraries};
    std::error_code ignored; // no such folder: the plug-in is not there either
    for (const fs::directory_entry& entry : fs::directory_iterator(paths_.libraries, ignored)) {
      if (entry.path().filename().native().ends_with("-linux-gnu")) {
        folders.push_back(entry.path());
      }
    }
    for (const fs::path& folder : folders) {
      if (fs::exists(folder / plugin.file)) {
        fine(plugin.name, folder / plugin.file, true);
        return;
      }
    }
    findings_.push_back(
        {.name = plugin.name,
         .status = Status::missing,
         .seen = fmt::format("no {}", plugin.file),
         .cause = "guests with a shared disk cannot be started",
         .fix = installed(plugin.package),
         .needed = true});
  }

  /// The number that a file of /proc/sys holds; nothing where the kernel does not have the setting.
  [[nodiscard]] std::optional<long> setting(const std::string& name) const {
    try {
      return std::stol(read_file(paths_.proc / "sys" / name));
    } catch (const Error&) {
      return std::nullopt;
    } catch (const std::logic_error&) { // no number
      return std::nullopt;
    }
  }

  void user_namespaces() {
    struct Switch {
      const char* file;
      const char* name;
      long closed;
      const char* open;
    };
    constexpr std::array switches{
        Switch{"user/max_user_namespaces", "user.max_user_namespaces", 0, "15000"},
        Switch{"kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, "1"},
        Switch{"kernel/apparmor_restrict_unprivileged_userns", "kernel.apparmor_restrict_unprivileged_userns", 1, "0"}};
    for (const Switch& one : switches) {
      if (setting(one.file) == one.closed) {
        no_user_namespaces(
            fmt::format("{} is {}", one.name, one.closed), as_root(fmt::format("sysctl -w {}={}", one.name, one.open)));
        return;
      }
    }
    // The switches are not all there is (seccomp, containers): try.
    const CommandResult trial = runner_.run({.argv = {"unshare", "--user", "--map-root-user", "true"}});
    if (!trial.ok()) {
      no_user_namespaces(first_line(trial.errors), "run migralab as root, or on a machine that allows user namespaces");
      return;
    }
    fine("user namespaces", "an unprivileged one was made", true);
  }

  void no_user_namespaces(const std::string& seen, const std::string& fix) {
    findings_.push_back(
        {.name = "user namespaces",
         .status = Status::missing,
         .seen = seen,
         .cause = "a lab without root lives in a user namespace",
         .fix = fix,
         .needed = true});
  }

  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  void id_range(const std::string& file) {
    std::string text;
    try {
      text = read_file(paths_.etc / file);
    } catch (const Error&) {
      // No file: no range.
    }
    const std::uint64_t most = parse_subordinate_ids(text, person_.name, person_.id).value_or(IdRange{}).count;
    if (most >= subordinate_ids_needed) {
      fine("/etc/" + file, fmt::format("{} ids for {}", most, person_.name), true);
      return;
    }
    findings_.push_back(
        {.name = "/etc/" + file,
         .status = Status::missing,
         .seen = fmt::format("{} ids for {}", most, person_.name),
         .cause = fmt::format("a lab without root needs a range of {} ids", subordinate_ids_needed),
         .fix =
             as_root(fmt::format("usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {}", person_.name)),
         .needed = true});
  }

  void tun() {
    const UniqueFd device(::open((paths_.dev / "net/tun").c_str(), O_RDWR | O_CLOEXEC));
    const int error = errno;
    if (device) {
      fine("/dev/net/tun", "opens", true);
      return;
    }
    findings_.push_back(
        {.name = "/dev/net/tun",
         .status = Status::missing,
         .seen = fmt::format("cannot be opened: {}", std::strerror(error)),
         .cause = "guests reach their networks through it",
         .fix = as_root(error == ENOENT ? "modprobe tun" : "chmod 0666 /dev/net/tun"),
         .needed = true});
  }

  /// Tried on the loopback of a network namespace that ends with the trial.
  void qdiscs() {
    const std::string tc = find("tc");
    if (tc.empty()) {
      return; // said already
    }
    const std::array qdiscs{
        Qdisc{"tbf", {"tbf", "rate", "1mbit", "burst", "4kb", "latency", "50ms"}, true},
        Qdisc{"htb", {"htb"}, false},
        Qdisc{"netem", {"netem", "delay", "1ms"}, false}};
    for (const Qdisc& qdisc : qdiscs) {
      std::vector<std::string> command{tc, "qdisc", "add", "dev", "lo", "root"};
      command.insert(command.end(), qdisc.arguments.begin(), qdisc.arguments.end());
      const CommandResult trial = runner_.run(trial_command(std::move(command), person_.root));
      const std::string name = fmt::format("kernel qdisc {}", qdisc.name);
      if (trial.ok()) {
        fine(name, "was set in a trial namespace", qdisc.needed);
        continue;
      }
      findings_.push_back(
          {.name = name,
           .status = qdisc.needed ? Status::missing : Status::warning,
           .seen = first_line(trial.errors),
           .cause = qdisc.needed ? "the rate of a link cannot be set" : "topologies that ask for it are refused",
           .fix = as_root(fmt::format("modprobe sch_{}, or run a kernel that has it", qdisc.name)),
           .needed = qdisc.needed});
    }
  }

  void kvm(const Capabilities& capabilities) {
    if (capabilities.kvm_usable) {
      fine("KVM", "/dev/kvm opens and the CPU has vmx or svm");
      return;
    }
    const bool denied = capabilities.kvm_reason.find(std::strerror(EACCES)) != std::string::npos;
    const bool group_only = capabilities.kvm_reason.find("only for a group") != std::string::npos;
    findings_.push_back(
        {.name = "KVM",
         .status = Status::warning,
         .seen = capabilities.kvm_reason,
         .cause = "guests are emulated by QEMU (TCG): labs work, times are not those of hardware",
         .fix = denied || group_only
                    ? as_root("setfacl -m u:" + person_.name + ":rw /dev/kvm")
                    : "enable virtualisation in the firmware, or nested virtualisation for this virtual machine",
         .needed = false});
  }

  void control_groups(const Capabilities& capabilities) {
    if (capabilities.control_groups) {
      const bool first = find_control_groups(person_.root, paths_.proc).version == ControlGroupVersion::v1;
      fine("control groups", fmt::format("version {}, can be made", first ? 1 : 2));
      return;
    }
    findings_.push_back(
        {.name = "control groups",
         .status = Status::warning,
         .seen = capabilities.no_groups_reason,
         .cause = "limits of processors and memory are not enforced, those of disks and networks are",
         .fix = capabilities.no_groups_fix,
         .needed = false});
  }

  void memory(const Capabilities& capabilities) {
    const Bytes available = capabilities.memory_available;
    if (available >= comfortable_memory) {
      fine("memory", human(available) + " available");
      return;
    }
    findings_.push_back(
        {.name = "memory",
         .status = Status::warning,
         .seen = human(available) + " available",
         .cause = fmt::format("the shipped labs want {}", to_string(comfortable_memory)),
         .fix = "close programs, or give the guests of the topology less memory",
         .needed = false});
  }

  void disk(const std::string& name, const fs::path& folder, const std::string& variable) {
    const Bytes available = disk_available(folder);
    const std::string seen = fmt::format("{} free for {}", human(available), folder.native());
    if (available >= comfortable_disk) {
      fine(name, seen);
      return;
    }
    findings_.push_back(
        {.name = name,
         .status = Status::warning,
         .seen = seen,
         .cause = fmt::format("the shipped labs want {}", to_string(comfortable_disk)),
         .fix = fmt::format("free space, or set {} to a folder on another disk", variable),
         .needed = false});
  }

  CommandRunner& runner_;
  const MachinePaths& paths_;
  const Person& person_;
  std::vector<Finding> findings_;
};

} // namespace

Person Person::current() {
  const uid_t id = ::geteuid();
  const passwd* entry = ::getpwuid(id);
  return {.root = id == 0, .name = entry == nullptr ? std::to_string(id) : entry->pw_name, .id = id};
}

std::vector<Finding> examine_machine(CommandRunner& runner, const MachinePaths& paths, const Person& person) {
  return Examination(runner, paths, person).run();
}

std::vector<Finding> look_at_machine(CommandRunner& runner, const MachinePaths& paths, const Person& person) {
  return Examination(runner, paths, person).look();
}

} // namespace migralab
