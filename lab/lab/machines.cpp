// SPDX-License-Identifier: Apache-2.0
// Performer's steps on hosts and storage servers that are machines of their own.
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/storage/initiator.hpp"
#include "migralab/substrate/machine.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/remote.hpp"
#include "performer.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr auto boot_limit = std::chrono::minutes(4); // emulated, on a busy machine
constexpr auto login_limit = std::chrono::seconds(60);
constexpr auto look_interval = std::chrono::milliseconds(100);
constexpr auto libvirt_there = "/run/libvirt/libvirt-sock";
constexpr auto guests_consoles = "/var/log/xen/console"; // xenconsoled's

std::string text_of(const std::filesystem::path& log) {
  return std::filesystem::exists(log) ? read_file(log) : std::string();
}

Error with_console(const std::string& what, const std::filesystem::path& console) {
  const std::string tail = log_tail(console);
  return Error(tail.empty() ? what : fmt::format("{}\n{} ends with:\n{}", what, console.native(), tail));
}

} // namespace

std::filesystem::path
Performer::image_there(const std::string& host, const std::string& image, const char* part) const {
  const std::filesystem::path folder =
      is_remote(topology_, host) ? remote_folder(topology_.instance) / "images" : "/var/lib/migralab";
  return folder / image / part;
}

/// A remote host is told a whole program: what it said counts, not the command.
void Performer::run_there(const std::string& host, const Command& command) {
  const Command there = on_host(topology_, host, command);
  if (!is_remote(topology_, host)) {
    run_checked(runner_, there);
  } else if (const CommandResult result = runner_.run(there); !result.ok()) {
    throw_if_interrupted();
    throw Error(said_by(result));
  }
}

void Performer::operator()(const BootMachine& step) {
  const GuestImage& image = images_.at(step.image);
  const std::vector<MachinePort> ports = ports_of(step.host, step.links);
  run_all(machine_link_commands(step.host, ports));
  const std::filesystem::path disk = folder_.path() / "machines" / (step.host + ".qcow2");
  std::filesystem::create_directories(disk.parent_path());
  make_layer(runner_, disk, image.disk.value().size, true);
  const bool serves = step.served != Bytes{}; // a storage server: no libvirt, no guests
  const MachineBoot boot{
      .host = step.host,
      .kvm = state_.accelerator == accelerator_name(true), // with nesting, or the plan says TCG for the whole lab
      .memory = step.memory,
      .own_memory = step.own,
      .processors = step.processors,
      .hypervisor = image.hypervisor,
      .kernel = image.kernel,
      .initramfs = image.initramfs,
      .disk = disk,
      .base = image.disk->file,
      .data = serves ? make_data_disk(step) : std::filesystem::path(),
      .key = public_key(folder_),
      .console_log = folder_.logs(step.host) / "console.log",
      .ports = ports};
  Command machine = machine_command(boot);
  machine.groups = serves ? std::vector<std::filesystem::path>() : groups_of_host(state_.groups, step.host);
  machine.log = folder_.logs(step.host) / "qemu.log";
  const int process = runner_.start(machine);
  {
    const std::lock_guard lock(mutex_);
    machines_[step.host] = {process};
  }
  enter_machine(step.host);
  for (const Command& command : machine_network_commands(step.links)) {
    run_there(step.host, command);
  }
  run_checked(runner_, put_over_ssh(way_into(topology_, step.host), hosts_file(), "/etc/hosts"));
}

/// Where the topology wants the disks' files, or with the lab. A file with holes.
std::filesystem::path Performer::make_data_disk(const BootMachine& step) const {
  const StorageSpec& storage = storage_of(topology_, step.host);
  const std::filesystem::path folder =
      storage.folder.empty() ? folder_.path() / "machines" : folder_elsewhere(topology_.lab, storage);
  std::filesystem::path file = folder / (step.host + ".data");
  write_file(file, "");
  std::filesystem::resize_file(file, step.served.count);
  return file;
}

void Performer::make_disk_there(const DiskPlan& disk, const std::filesystem::path& name) {
  const std::filesystem::path file = folder_.path() / "machines" / disk.storage / name;
  std::filesystem::create_directories(file.parent_path());
  make_guest_disk(runner_, file, disk.size, topology_.lab, disk.guest);
  send_disk(storage_server(folder_, topology_, disk.storage), file, runner_);
  std::filesystem::remove(file);
}

std::string Performer::ended_machine() {
  const std::lock_guard lock(mutex_);
  for (auto& [node, machine] : machines_) {
    if (!machine.end) {
      machine.end = runner_.ended(machine.process);
    }
    if (machine.end) {
      const std::string said = log_tail(folder_.logs(node) / "qemu.log");
      return fmt::format(
          "the machine of {} has ended: {}{}{}", node, describe_end(*machine.end), said.empty() ? "" : "\n", said);
    }
  }
  return {};
}

void Performer::expect_machines_run() {
  if (const std::string end = ended_machine(); !end.empty()) {
    throw Error(end);
  }
}

/// From the start of its QEMU to a connection that all commands share.
void Performer::enter_machine(const std::string& host) {
  const std::filesystem::path console = folder_.logs(host) / "console.log";
  const SshTarget way = way_into(topology_, host);
  try {
    wait_until(fmt::format("host key of {} on its console", host), boot_limit, look_interval, [&] {
      expect_machines_run();
      const std::string said = text_of(console);
      if (said.find("Kernel panic") != std::string::npos || said.find("Panic on CPU") != std::string::npos) {
        throw Error(fmt::format("the kernel or the hypervisor of {} panicked", host));
      }
      expect_no_failure(host);
      const auto line = known_host_line(said);
      if (line) {
        write_file(folder_.path() / "ssh" / fmt::format("known_hosts.{}", host), *line);
      }
      return line.has_value();
    });
    std::vector<ForwardedSocket> sockets;
    if (std::any_of(
            topology_.hosts.begin(), topology_.hosts.end(), [&](const auto& one) { return one.name == host; })) {
      std::filesystem::create_directories(libvirt_socket(host).parent_path());
      sockets.push_back({libvirt_socket(host), libvirt_there});
    }
    Command connection = ssh_connection(way, sockets);
    connection.log = folder_.logs(host) / "ssh.log";
    const int daemon = runner_.start(connection);
    wait_until(fmt::format("ssh connection to {}", host), login_limit, look_interval, [&] {
      expect_machines_run();
      if (const auto end = runner_.ended(daemon)) {
        throw Error(fmt::format("ssh to {} ended: {}\n{}", host, describe_end(*end), log_tail(connection.log)));
      }
      return std::filesystem::exists(way.control) && runner_.run(ssh_check(way)).ok();
    });
  } catch (const Error& error) {
    if (error.status() == ExitStatus::interrupted) {
      throw;
    }
    throw with_console(error.what(), console);
  }
}

/// Xen looks the other host of a migration up by its name.
std::string Performer::hosts_file() const {
  std::string text = "127.0.0.1 localhost\n";
  for (const HostSpec& host : topology_.hosts) {
    if (const auto attachment = attachment_for(topology_, host.networks, Role::migration)) {
      text += fmt::format("{} {}\n", to_string(attachment->address), host.name);
    }
  }
  return text;
}

void Performer::operator()(const PutImage& step) {
  const GuestImage& image = images_.at(step.image);
  for (const auto& [part, file] : {std::pair{"kernel", image.kernel}, {"initramfs", image.initramfs}}) {
    if (is_remote(topology_, step.host)) {
      const std::string name = fmt::format("images/{}/{}", step.image, part);
      run_there(step.host, put_command(topology_.instance, name, read_file(file)));
    } else {
      const std::filesystem::path there = image_there(step.host, step.image, part);
      run_checked(runner_, put_over_ssh(way_into(topology_, step.host), read_file(file), there));
    }
  }
}

void Performer::operator()(const AttachDisk& step) {
  DiskSource source;
  {
    const std::lock_guard lock(mutex_);
    source = sources_.at({step.disk.storage, step.disk.guest});
  }
  const std::uint64_t size = attach_to_machine(topology_, step.host, source, step.disk.guest, runner_);
  const std::uint64_t expected = disk_file_size(folder_, topology_, step.disk, step.disk.host, runner_);
  if (size != expected) {
    throw Error(
        fmt::format("{} sees a disk of {} B for guest {}, which has {} B", step.host, size, step.disk.guest, expected));
  }
}

void Performer::expect_no_failure(const std::string& host) const {
  const std::filesystem::path console = folder_.logs(host) / "console.log";
  if (text_of(console).find("migralab: FAILED") != std::string::npos) {
    throw Error(fmt::format("the machine of {} could not set itself up", host));
  }
}

GuestDefinition Performer::define_for_machine(GuestDefinition definition, const GuestSpec& guest) {
  if (is_xen(guest.host)) {
    definition.xen = guest.mode;
  } else {
    // The machine's own: where there is none here, QEMU emulates the AMD-V that it needs.
    definition.kvm = machine_has_kvm(topology_, guest.host, runner_);
  }
  definition.kernel = image_there(guest.host, guest.image, "kernel");
  definition.initramfs = image_there(guest.host, guest.image, "initramfs");
  if (guest.disk) {
    definition.disk = BlockSource{attached_disk(disk_name_on(topology_, guest.host, guest.name))};
  }
  return definition;
}

std::filesystem::path Performer::console_there(const std::string& host, const std::string& guest) const {
  return (is_remote(topology_, host) ? remote_folder(topology_.instance) : "/var/log/libvirt") /
         std::filesystem::path(guest + ".console.log");
}

bool Performer::is_xen(const std::string& host) const {
  return host_of(topology_, host).hypervisor == HostSpec::Hypervisor::xen;
}

std::filesystem::path Performer::fetch_log_of_guest(const std::string& host, const std::string& guest) {
  const bool xen = is_xen(host);
  const std::string there =
      xen ? "/var/log/libvirt/libxl/libxl-driver.log" : fmt::format("/var/log/libvirt/qemu/{}.log", guest);
  std::filesystem::path log = folder_.logs(host) / (xen ? "libxl.log" : guest + ".qemu.log");
  const CommandResult result = runner_.run(on_host(topology_, host, {.argv = {"tail", "-n", "40", there}}));
  write_file(log, result.output);
  return log;
}

bool Performer::has_console_log(const std::string& host, const std::string& guest) {
  if (!is_remote(topology_, host) || !is_xen(host)) {
    return true;
  }
  const std::string log = fmt::format("{}/guest-{}.log", guests_consoles, guest);
  return runner_.run(on_host(topology_, host, {.argv = {"test", "-e", log}})).ok();
}

std::string Performer::console_of(const std::string& host, const std::string& guest) {
  if (!is_machine(host_of(topology_, host))) {
    return text_of(console_log(host, guest));
  }
  const std::string there =
      is_xen(host) ? fmt::format("{}/guest-{}.log", guests_consoles, guest) : console_there(host, guest).native();
  const CommandResult result = runner_.run(on_host(topology_, host, {.argv = {"cat", there}}));
  if (result.ok()) {
    write_file(console_log(host, guest), result.output); // for who looks for it in the lab's folder
  }
  return result.output;
}

} // namespace migralab
