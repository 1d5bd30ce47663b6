// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/machine.hpp"

#include "migralab/core/files.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

// Names with a dot: no network has one.
constexpr const char* control_bridge = "ssh.node"; // of the node: no network of a lab is on it
constexpr const char* control_tap = "ssh.vm";
constexpr const char* control_name = "ssh.nic";         // in the machine
constexpr const char* node_address = "169.254.77.1/30"; // RFC 3927: link-local, the same for each machine
constexpr const char* machine_address = "169.254.77.2";

/// Processor features that QEMU 7.2's TCG has and Xen 4.17 or its guests do not bear: with smap dom0 dies at once; with
/// rdtscp PVH guests do (Xen's SVM code finds no length of the instruction).
constexpr const char* emulated_cpu = "max,-smap,-smep,-pku,-la57,-rdtscp";

/// Xen saves and restores the floating-point and vector registers at each switch of domains. By default it does so when
/// a domain first uses them, which loses them under QEMU 7.2's emulated AMD-V: while a PVH guest worked, two of some
/// forty programs that dom0 started died of a wrong pointer, in other labs sshd and libvirtd; with this none of 212.
constexpr const char* registers_at_once = "spec-ctrl=eager-fpu";

std::string escaped(const std::string& text) { // QEMU's lists have commas between their members
  std::string result;
  for (const char c : text) {
    result += c == ',' ? std::string(",,") : std::string(1, c);
  }
  return result;
}

std::string mac_of(const std::string& host, const std::string& network) {
  const std::string digest = sha256_of_text(host + " on " + network);
  return fmt::format("52:54:00:{}:{}:{}", digest.substr(0, 2), digest.substr(2, 2), digest.substr(4, 2));
}

} // namespace

std::vector<MachinePort> ports_of(const std::string& host, const std::vector<MakeLink>& links) {
  std::vector<MachinePort> ports{
      {.bridge = control_bridge, .tap = control_tap, .mac = mac_of(host, ""), .name = control_name}};
  for (const MakeLink& link : links) {
    if (link.node == host) {
      ports.push_back(
          {.bridge = interface_name(link.network),
           .tap = interface_name("vm", link.network),
           .mac = mac_of(host, link.network),
           .name = interface_name("up", link.network),
           .mtu = link.mtu});
    }
  }
  return ports;
}

std::vector<Command> machine_link_commands(const std::string& host, const std::vector<MachinePort>& ports) {
  std::string lines = fmt::format(
      "link set dev lo up\nlink add name {0} type bridge stp_state 0 forward_delay 0\naddress add {1} dev {0}\n"
      "link set dev {0} up\n",
      control_bridge,
      node_address);
  for (const MachinePort& port : ports) { // QEMU opens a tap that is there
    lines += fmt::format(
        "tuntap add dev {0} mode tap\nlink set dev {0} mtu {1} master {2} up\n", port.tap, port.mtu, port.bridge);
  }
  return {{.argv = {"ip", "-batch", "-"}, .input = std::move(lines), .inside = {.net = namespaces_of(host).net}}};
}

std::string machine_kernel_arguments(const MachineBoot& boot) {
  std::string arguments = fmt::format(
      "console={} quiet cryptomgr.notests no_timer_check ipv6.disable=1 migralab.guest={}",
      boot.hypervisor.empty() ? "ttyS0" : "hvc0",
      boot.host);
  for (const MachinePort& port : boot.ports) {
    arguments += fmt::format(" migralab.port={},{}", port.mac, port.name);
  }
  return arguments +
         fmt::format(" migralab.nic={},{}/30 migralab.key={}", boot.ports.front().mac, machine_address, boot.key);
}

Command machine_command(const MachineBoot& boot) {
  Command command{
      .argv =
          {"qemu-system-x86_64",
           "-name",
           boot.host,
           "-nodefaults",
           "-no-user-config",
           "-display",
           "none",
           "-no-reboot",
           "-machine",
           "pc",
           "-accel",
           boot.kvm ? "kvm" : "tcg,tb-size=256", // MiB; else an eighth of the memory
           "-cpu",
           boot.kvm ? "host" : emulated_cpu,
           "-smp",
           std::to_string(boot.processors),
           "-m",
           fmt::format("{}M", boot.memory.kib() / 1024),
           "-chardev",
           fmt::format(
               "socket,id=console,path={},server=on,wait=off,logfile={},logappend=on",
               escaped((node_folder(boot.host) / "console.sock").native()),
               escaped(boot.console_log.native())),
           "-serial",
           "chardev:console",
           "-blockdev",
           fmt::format(
               "driver=qcow2,node-name=root,file.driver=file,file.filename={},backing.driver=raw,"
               "backing.file.driver=file,backing.file.filename={},backing.read-only=on",
               escaped(boot.disk.native()),
               escaped(boot.base.native())),
           "-device",
           "virtio-blk-pci,drive=root"},
      .inside = {.net = namespaces_of(boot.host).net}};
  std::vector<std::string>& argv = command.argv;
  if (!boot.data.empty()) {
    argv.insert(
        argv.end(),
        {"-blockdev",
         fmt::format(
             "driver=raw,node-name=data,discard=unmap,file.driver=file,file.filename={}", escaped(boot.data.native())),
         "-device",
         "virtio-blk-pci,drive=data"});
  }
  for (const MachinePort& port : boot.ports) {
    argv.insert(
        argv.end(),
        {"-netdev",
         fmt::format("tap,id={0},ifname={0},script=no,downscript=no", port.tap),
         "-device",
         fmt::format("virtio-net-pci,netdev={},mac={},romfile=,host_mtu={}", port.tap, port.mac, port.mtu)});
  }
  const std::string arguments = machine_kernel_arguments(boot);
  if (boot.hypervisor.empty()) {
    argv.insert(
        argv.end(), {"-kernel", boot.kernel.native(), "-initrd", boot.initramfs.native(), "-append", arguments});
  } else {
    // A Multiboot loader's modules: the kernel with its command line, and its initial RAM disk.
    argv.insert(
        argv.end(),
        {"-kernel",
         boot.hypervisor.native(),
         "-append",
         fmt::format(
             "dom0_mem={0}M,max:{0}M dom0_max_vcpus={1} console=com1 noreboot {2}",
             boot.own_memory.kib() / 1024,
             boot.processors,
             registers_at_once),
         "-initrd",
         fmt::format("{} {},{}", escaped(boot.kernel.native()), escaped(arguments), escaped(boot.initramfs.native()))});
  }
  return command;
}

std::optional<std::string> known_host_line(const std::string& console) {
  constexpr std::string_view sign = "migralab: host key ";
  const std::size_t found = console.find(sign);
  if (found == std::string::npos) {
    return std::nullopt;
  }
  const std::size_t begin = found + sign.size();
  const std::size_t end = console.find_first_of("\r\n", begin);
  if (end == std::string::npos) {
    return std::nullopt; // not all of it yet
  }
  return fmt::format("{} {}\n", machine_address, console.substr(begin, end - begin));
}

SshTarget
machine_target(const std::string& host, const std::filesystem::path& key, const std::filesystem::path& known_hosts) {
  return {
      .destination = fmt::format("root@{}", machine_address),
      .control = node_folder(host) / "ssh.sock",
      .options = own_machine_options(key, known_hosts),
      .inside = {.net = namespaces_of(host).net}};
}

std::vector<Command> machine_network_commands(const std::vector<MakeLink>& links) {
  std::string lines;
  for (const MakeLink& link : links) {
    lines += node_end_lines(link);
  }
  return {{.argv = {"ip", "-batch", "-"}, .input = std::move(lines)}};
}

} // namespace migralab
