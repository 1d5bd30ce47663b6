// SPDX-License-Identifier: Apache-2.0
// Performer's steps on hosts that are machines of their own.
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/storage/initiator.hpp"
#include "migralab/substrate/machine.hpp"
#include "migralab/substrate/nodes.hpp"
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

std::filesystem::path image_there(const std::string& image, const char* part) {
  return std::filesystem::path("/var/lib/migralab") / image / part;
}

} // namespace

void Performer::run_there(const std::string& host, const Command& command) {
  run_checked(runner_, on_host(topology_, host, command));
}

void Performer::operator()(const BootMachine& step) {
  const GuestImage& image = images_.at(step.image);
  const std::vector<MachinePort> ports = ports_of(step.host, step.links);
  run_all(machine_link_commands(step.host, ports));
  const std::filesystem::path disk = folder_.path() / "machines" / (step.host + ".qcow2");
  std::filesystem::create_directories(disk.parent_path());
  make_layer(runner_, disk, image.disk.value().size, true);
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
      .key = public_key(folder_),
      .console_log = folder_.logs(step.host) / "console.log",
      .ports = ports};
  Command machine = machine_command(boot);
  machine.groups = groups_of_host(state_.groups, step.host);
  machine.log = folder_.logs(step.host) / "qemu.log";
  enter_machine(step.host, runner_.start(machine));
  for (const Command& command : machine_network_commands(step.links)) {
    run_there(step.host, command);
  }
  run_checked(runner_, put_over_ssh(way_into(folder_, step.host), hosts_file(), "/etc/hosts"));
}

/// From the start of its QEMU to a connection that all commands share.
void Performer::enter_machine(const std::string& host, int machine) {
  const std::filesystem::path console = folder_.logs(host) / "console.log";
  const auto expect_running = [&] {
    if (const auto end = runner_.ended(machine)) {
      throw Error(fmt::format(
          "the machine of {} ended at its start: {}\n{}",
          host,
          describe_end(*end),
          log_tail(folder_.logs(host) / "qemu.log")));
    }
  };
  const SshTarget way = way_into(folder_, host);
  try {
    wait_until(fmt::format("host key of {} on its console", host), boot_limit, look_interval, [&] {
      expect_running();
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
    std::filesystem::create_directories(libvirt_socket(host).parent_path());
    Command connection = ssh_connection(way, {{libvirt_socket(host), libvirt_there}});
    connection.log = folder_.logs(host) / "ssh.log";
    const int daemon = runner_.start(connection);
    wait_until(fmt::format("ssh connection to {}", host), login_limit, look_interval, [&] {
      expect_running();
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
  const SshTarget way = way_into(folder_, step.host);
  run_checked(runner_, put_over_ssh(way, read_file(image.kernel), image_there(step.image, "kernel")));
  run_checked(runner_, put_over_ssh(way, read_file(image.initramfs), image_there(step.image, "initramfs")));
}

void Performer::operator()(const AttachDisk& step) {
  DiskSource source;
  {
    const std::lock_guard lock(mutex_);
    source = sources_.at({step.disk.storage, step.disk.guest});
  }
  const std::uint64_t size = attach_to_machine(topology_, step.host, source, step.disk.guest, runner_);
  const std::uintmax_t expected = std::filesystem::file_size(disk_file(folder_, topology_, step.disk, step.disk.host));
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

GuestDefinition Performer::define_for_xen(GuestDefinition definition, const GuestSpec& guest) const {
  definition.xen = guest.mode;
  definition.kernel = image_there(guest.image, "kernel");
  definition.initramfs = image_there(guest.image, "initramfs");
  if (guest.disk) {
    definition.disk = BlockSource{attached_disk(guest.name)};
  }
  return definition;
}

std::filesystem::path Performer::fetch_xen_log(const std::string& host) {
  std::filesystem::path log = folder_.logs(host) / "libxl.log";
  const CommandResult result =
      runner_.run(on_host(topology_, host, {.argv = {"tail", "-n", "40", "/var/log/libvirt/libxl/libxl-driver.log"}}));
  write_file(log, result.output);
  return log;
}

std::string Performer::console_of(const std::string& host, const std::string& guest) {
  if (!is_machine(host_of(topology_, host))) {
    return text_of(console_log(host, guest));
  }
  const CommandResult result =
      runner_.run(on_host(topology_, host, {.argv = {"cat", fmt::format("{}/guest-{}.log", guests_consoles, guest)}}));
  if (result.ok()) {
    write_file(console_log(host, guest), result.output); // for who looks for it in the lab's folder
  }
  return result.output;
}

} // namespace migralab
