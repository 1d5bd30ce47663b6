// SPDX-License-Identifier: Apache-2.0
#include "xen_domain_xml.hpp"

#include "migralab/core/error.hpp"
#include "xml.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

/// As libvirt spells them.
struct OsType {
  const char* type;
  const char* machine;
};

OsType os_type(GuestSpec::Mode mode) {
  switch (mode) {
  case GuestSpec::Mode::pvh:
    return {"xenpvh", "xenpvh"};
  case GuestSpec::Mode::pv:
    return {"linux", "xenpv"};
  case GuestSpec::Mode::hvm:
    return {"hvm", "xenfv"};
  }
  return {};
}

void add_os(pugi::xml_node domain, const GuestDefinition& guest) {
  const OsType kind = os_type(*guest.xen);
  pugi::xml_node os = add(domain, "os");
  with(with(add(os, "type", kind.type), "arch", "x86_64"), "machine", kind.machine);
  add(os, "kernel", guest.kernel.native());
  add(os, "initrd", guest.initramfs.native());
  add(os, "cmdline", guest.kernel_arguments);
  if (guest.xen == GuestSpec::Mode::hvm) { // the firmware and QEMU are the host's own
    pugi::xml_node features = add(domain, "features");
    for (const char* feature : {"acpi", "apic", "pae"}) {
      add(features, feature);
    }
  }
}

/// A block device of dom0, which its kernel serves without a copy (blkback). Shareable: both hosts have it open while
/// the guest moves, and Xen's script for disks would refuse the second.
void add_disk(pugi::xml_node devices, const GuestDefinition& guest) {
  const auto* block = std::get_if<BlockSource>(&*guest.disk);
  if (block == nullptr || guest.base) {
    throw Error(fmt::format("the disk of guest {} is no block device of its Xen host", guest.name));
  }
  pugi::xml_node disk = with(with(add(devices, "disk"), "type", "block"), "device", "disk");
  with(add(disk, "driver"), "name", "phy");
  with(add(disk, "source"), "dev", block->path.native());
  with(with(add(disk, "target"), "dev", xen_disk_target), "bus", "xen");
  add(disk, "shareable");
}

} // namespace

std::string xen_domain_xml(const GuestDefinition& guest) {
  pugi::xml_document document;
  pugi::xml_node domain = with(add(document, "domain"), "type", "xen");
  add(domain, "name", guest.name);
  add(domain, "uuid", guest.uuid);
  add(domain, "title", fmt::format("{} of lab {}", guest.name, guest.lab));
  with(add(domain, "memory", std::to_string(guest.memory.kib())), "unit", "KiB");
  add(domain, "vcpu", std::to_string(guest.vcpus));
  add_os(domain, guest);
  with(add(domain, "clock"), "offset", "utc");
  add(domain, "on_poweroff", "destroy");
  add(domain, "on_reboot", "restart");
  add(domain, "on_crash", "destroy");
  pugi::xml_node devices = add(domain, "devices");
  if (guest.disk) {
    add_disk(devices, guest);
  }
  for (const GuestInterface& interface : guest.interfaces) {
    pugi::xml_node nic = with(add(devices, "interface"), "type", "bridge");
    with(add(nic, "mac"), "address", interface.mac);
    with(add(nic, "source"), "bridge", interface.bridge);
    with(add(nic, "script"), "path", "vif-bridge");
    with(add(nic, "target"), "dev", interface.tap);
    if (guest.xen == GuestSpec::Mode::hvm) {
      with(add(nic, "model"), "type", "netfront"); // else QEMU emulates one beside it
    }
  }
  pugi::xml_node console = with(add(devices, "console"), "type", "pty");
  with(with(add(console, "target"), "type", "xen"), "port", "0");
  return text_of(document);
}

} // namespace migralab
