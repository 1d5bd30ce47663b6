// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/guest.hpp"

#include "limits_xml.hpp"
#include "migralab/core/error.hpp"
#include "migralab/plan/translation_cache.hpp"
#include "xen_domain_xml.hpp"
#include "xml.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr const char* balloon_period = "2"; // seconds between a guest's accounts of its memory
constexpr unsigned usual_mtu = 1500;        // of Ethernet: what a guest assumes that is told nothing

void add_cpu(pugi::xml_node domain, bool kvm) {
  pugi::xml_node cpu = add(domain, "cpu");
  if (kvm) {
    with(cpu, "mode", "host-model");
  } else {
    // host-passthrough means nothing under TCG, and QEMU's default would hide what the guest sees.
    with(with(cpu, "mode", "custom"), "match", "exact");
    add(cpu, "model", "qemu64");
  }
}

/// Fills the element of a disk, or of what it lies over (without a driver of its own), in for one kind of source.
/// libvirt refuses to migrate a guest whose host may hold writes that the other does not see, hence cache=none on
/// shared disks.
struct AddSource {
  pugi::xml_node disk;
  pugi::xml_node driver;

  void operator()(const IscsiSource& source) const {
    with(disk, "type", "network");
    with(driver, "cache", "none");
    pugi::xml_node from = with(add(disk, "source"), "protocol", "iscsi");
    with(from, "name", fmt::format("{}/{}", source.target, source.lun));
    with(with(add(from, "host"), "name", source.portal), "port", std::to_string(source.port));
    if (source.chap) {
      pugi::xml_node auth = with(add(from, "auth"), "username", source.chap->user);
      with(with(add(auth, "secret"), "type", "iscsi"), "usage", source.target);
    }
  }
  void operator()(const NfsSource& source) const {
    with(disk, "type", "network");
    with(driver, "cache", "none");
    pugi::xml_node from = with(with(add(disk, "source"), "protocol", "nfs"), "name", source.path);
    with(add(from, "host"), "name", source.server);
    // Root's, as the server's files are: the client would otherwise send ids of its own choice.
    with(with(add(from, "identity"), "user", "0"), "group", "0");
  }
  void operator()(const FileSource& source) const {
    with(disk, "type", "file");
    with(driver, "cache", "writethrough"); // none needs O_DIRECT, which not every file system has
    with(add(disk, "source"), "file", source.path.native());
  }
  void operator()(const AoeSource& source) const {
    throw Error(fmt::format("QEMU has no initiator for AoE (disk e{}.{})", source.shelf, source.slot));
  }
  void operator()(const BlockSource& source) const {
    with(disk, "type", "block");
    with(driver, "cache", "none");
    with(add(disk, "source"), "dev", source.path.native());
  }
};

/// Given whole, so that libvirt neither has to find out what a layer lies over nor can be told so by the layer, which
/// the guest writes to.
void add_base(pugi::xml_node disk, const BaseDisk& base) {
  pugi::xml_node layer = add(disk, "backingStore");
  with(add(layer, "format"), "type", base.qcow2 ? "qcow2" : "raw");
  std::visit(AddSource{layer, {}}, base.source);
  add(layer, "backingStore"); // nothing below
}

void add_disk(pugi::xml_node devices, const GuestDefinition& guest) {
  pugi::xml_node disk = with(add(devices, "disk"), "device", "disk");
  pugi::xml_node driver = with(with(add(disk, "driver"), "name", "qemu"), "type", guest.base ? "qcow2" : "raw");
  std::visit(AddSource{disk, driver}, *guest.disk);
  // A failed request is the guest's to handle, as on a machine of its own. QEMU would otherwise stop the guest when
  // storage is full.
  with(driver, "error_policy", "report");
  if (guest.base) {
    add_base(disk, *guest.base);
  }
  with(with(add(disk, "target"), "dev", disk_target), "bus", "virtio");
  limit_disk(disk, guest.limits);
}

/// A virtio disk, not a CD-ROM: Debian's kernel for clouds has no driver for IDE or SATA. libvirt neither copies what
/// is read only in a migration nor minds how it is cached.
void add_seed(pugi::xml_node devices, const std::filesystem::path& file) {
  pugi::xml_node disk = with(with(add(devices, "disk"), "type", "file"), "device", "disk");
  with(with(add(disk, "driver"), "name", "qemu"), "type", "raw");
  with(add(disk, "source"), "file", file.native());
  with(with(add(disk, "target"), "dev", "vdb"), "bus", "virtio");
  add(disk, "readonly");
}

void add_interface(pugi::xml_node devices, const GuestInterface& interface) {
  pugi::xml_node nic = with(add(devices, "interface"), "type", "bridge");
  with(add(nic, "mac"), "address", interface.mac);
  with(add(nic, "source"), "bridge", interface.bridge);
  with(add(nic, "target"), "dev", interface.tap);
  with(add(nic, "model"), "type", "virtio");
  if (interface.mtu != usual_mtu) {
    with(add(nic, "mtu"), "size", std::to_string(interface.mtu)); // of the tap, and told to the guest (host_mtu)
  }
  with(add(nic, "rom"), "enabled", "no");   // nothing boots from the network, and the firmware would run iPXE's ROM
  with(add(nic, "driver"), "name", "qemu"); // vhost-net needs /dev/vhost-net, which a user may not open
}

} // namespace

std::string domain_xml(const GuestDefinition& guest) {
  if (guest.xen) {
    return xen_domain_xml(guest);
  }
  pugi::xml_document document;
  pugi::xml_node domain = with(add(document, "domain"), "type", guest.kvm ? "kvm" : "qemu");
  add(domain, "name", guest.name);
  add(domain, "uuid", guest.uuid);
  add(domain, "title", fmt::format("{} of lab {}", guest.name, guest.lab));
  with(add(domain, "memory", std::to_string(guest.memory.kib())), "unit", "KiB");
  add(domain, "vcpu", std::to_string(guest.vcpus));
  limit_processors_and_memory(domain, guest.name, guest.limits);
  pugi::xml_node os = add(domain, "os");
  with(with(add(os, "type", "hvm"), "arch", "x86_64"), "machine", "pc"); // boots faster than q35: fewer bridges
  if (guest.kernel.empty()) {
    with(add(os, "boot"), "dev", "hd"); // the first
  } else {
    add(os, "kernel", guest.kernel.native());
    add(os, "initrd", guest.initramfs.native());
    add(os, "cmdline", guest.kernel_arguments);
  }
  pugi::xml_node features = add(domain, "features");
  add(features, "acpi");
  if (!guest.kvm) { // QEMU's default is 1 GiB, which a guest with systemd and Python fills: memory that nobody planned
    pugi::xml_node cache = add(add(features, "tcg"), "tb-cache", std::to_string(translation_cache.kib()));
    with(cache, "unit", "KiB");
  }
  add_cpu(domain, guest.kvm);
  with(add(domain, "clock"), "offset", "utc");
  add(domain, "on_poweroff", "destroy");
  add(domain, "on_reboot", "restart");
  add(domain, "on_crash", "destroy");
  pugi::xml_node devices = add(domain, "devices");
  if (guest.disk) {
    add_disk(devices, guest);
  }
  if (guest.seed) {
    add_seed(devices, *guest.seed);
  }
  for (const GuestInterface& interface : guest.interfaces) {
    add_interface(devices, interface);
  }
  with(with(add(devices, "controller"), "type", "usb"), "model", "none");
  pugi::xml_node serial = with(add(devices, "serial"), "type", "pty");
  with(with(add(serial, "log"), "file", guest.console_log.native()), "append", "on");
  with(with(add(with(add(devices, "console"), "type", "pty"), "target"), "type", "serial"), "port", "0");
  // Never inflated: its driver tells how much memory the guest uses.
  with(add(with(add(devices, "memballoon"), "model", "virtio"), "stats"), "period", balloon_period);
  return text_of(document);
}

std::string disk_xml(const GuestDefinition& guest) {
  if (!guest.disk) {
    throw Error(fmt::format("guest {} has no disk", guest.name));
  }
  pugi::xml_document document;
  add_disk(document, guest);
  return text_of(document);
}

} // namespace migralab
