// SPDX-License-Identifier: Apache-2.0
#include "check_machine.hpp"

#include "migralab/core/error.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/plan/translation_cache.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

// QEMU's own memory beside the guest's, and a libvirtd: measured 75 MiB and 35 MiB, rounded up.
constexpr Bytes guest_overhead = Bytes::mib(96);
constexpr Bytes host_overhead = Bytes::mib(64);
// What Xen takes for itself, and for the page tables and structures of a domain: rounded up.
constexpr Bytes hypervisor_overhead = Bytes::mib(64);
constexpr Bytes domain_overhead = Bytes::mib(8);
// Of a machine beside its memory: its QEMU with the code that it translates and the pages of its disk's file; and what
// its own system has, of which the images tell more exactly.
constexpr Bytes machine_overhead = Bytes::gib(1);
constexpr Bytes machine_system = Bytes::gib(1);

/// Of those that the lab boots.
bool has_machine_hosts(const Topology& topology) {
  return std::any_of(topology.hosts.begin(), topology.hosts.end(), [](const HostSpec& host) {
    return host.substrate == Substrate::machine;
  });
}

bool are_all_remote(const Topology& topology) {
  return std::all_of(
      topology.hosts.begin(), topology.hosts.end(), [](const HostSpec& host) { return is_remote(host); });
}

/// Of an image that is not known: plans are also made without images.
Bytes least_memory(const ImageCatalogue& images, const std::string& image) {
  const auto traits = images.find(image);
  return traits == images.end() ? Bytes{} : traits->second.memory;
}

void check_accelerator(const Topology& topology, const Capabilities& machine) {
  if (topology.accelerator == Accelerator::kvm && !machine.remote_emulated.empty()) {
    throw machine_lacks(
        fmt::format("the topology asks for accel: kvm, but {}", machine.remote_emulated),
        "accel: auto takes KVM where it works and software emulation (TCG) elsewhere");
  }
  if (topology.accelerator == Accelerator::kvm && !machine.kvm_usable && !are_all_remote(topology)) {
    throw machine_lacks(
        fmt::format("the topology asks for accel: kvm, but KVM cannot be used: {}", machine.kvm_reason),
        "accel: auto takes KVM where it works and software emulation (TCG) elsewhere");
  }
  if (topology.accelerator == Accelerator::kvm && has_machine_hosts(topology) && !machine.nested) {
    throw machine_lacks(
        "the topology asks for accel: kvm and has hosts that are machines, but KVM is not set to nest (module "
        "parameter "
        "'nested'): their guests could not run",
        "load kvm_intel or kvm_amd with nested=1; or accel: auto, which then emulates the lab (TCG)");
  }
}

void check_way_into_machines(const Topology& topology, const Capabilities& machine) {
  if ((count_machines(topology) > 0 || !remote_nodes(topology).empty()) && !machine.autossh) {
    throw machine_lacks(
        "the topology has machines of their own, and the way into them is kept by autossh: it is not there",
        "as root: apt-get install autossh");
  }
}

void check_storage(const Topology& topology, const Capabilities& machine) {
  for (const StorageSpec& server : topology.storage) {
    if (is_machine(server)) {
      continue; // it brings what it needs
    }
    if (server.type == StorageSpec::Type::nfs && !machine.root) {
      throw machine_lacks(
          fmt::format(
              "storage server {} is of type nfs, and a lab without root cannot run one: the NFS server (ganesha) opens "
              "files by handle, which the kernel allows to root only",
              server.name),
          "run this as root, or use 'type: iscsi', which works without, or give the server 'substrate: machine'");
    }
    if (server.type == StorageSpec::Type::nfs && !machine.ganesha) {
      throw machine_lacks(
          fmt::format(
              "storage server {} is of type nfs, which needs nfs-ganesha and rpcbind: they are not there", server.name),
          "as root: apt-get install nfs-ganesha nfs-ganesha-vfs rpcbind");
    }
    if (server.type == StorageSpec::Type::aoe && !machine.vblade) {
      throw machine_lacks(
          fmt::format("storage server {} is of type aoe, which needs vblade: it is not there", server.name),
          "as root: apt-get install vblade");
    }
  }
}

void check_outbound(const NetworkSpec& network, const Capabilities& machine) {
  constexpr unsigned narrowest = 25;
  if (!network.outbound) {
    return;
  }
  if (!machine.slirp) {
    throw machine_lacks(
        fmt::format("network {} asks for outbound access, which needs slirp4netns: it is not there", network.name),
        "as root: apt-get install slirp4netns");
  }
  if (network.subnet.prefix > narrowest) {
    throw Error(
        fmt::format(
            "network {} asks for outbound access: its gateway (slirp4netns) takes a prefix up to /{}, not /{}",
            network.name,
            narrowest,
            network.subnet.prefix),
        ExitStatus::bad_input)
        .with_hint("give the network a wider subnet");
  }
}

/// "memory of the hosts, processors of h1, CPU quota of web".
std::string limits_of(const Topology& topology) {
  std::string text = "memory of the hosts";
  const auto add = [&text](const std::string& what, const std::string& whose) {
    text += fmt::format(", {} of {}", what, whose);
  };
  for (const HostSpec& host : topology.hosts) {
    if (host.cpus) {
      add("processors", host.name);
    }
  }
  for (const GuestSpec& guest : topology.guests) {
    if (guest.limits.cpu_shares) {
      add("CPU shares", guest.name);
    }
    if (guest.limits.cpu_quota) {
      add("CPU quota", guest.name);
    }
    if (guest.limits.memory) {
      add("memory limit", guest.name);
    }
  }
  return text;
}

void check_fits(const Topology& topology, const Capabilities& machine, const ImageCatalogue& images) {
  Bytes memory;
  Bytes disk;
  for (const GuestSpec& guest : topology.guests) {
    if (!is_machine(host_of(topology, guest.host))) { // else it has a part of the machine's
      memory += guest.memory + guest_overhead;
    }
    const StorageSpec* storage = guest.disk ? &storage_of(topology, guest.disk->storage) : nullptr;
    if (storage != nullptr && storage->folder.empty() && !is_remote(*storage)) { // else the room is elsewhere
      disk += guest.disk->size;
    }
  }
  for (const HostSpec& host : topology.hosts) {
    if (is_remote(host)) {
      continue;
    }
    memory += host_overhead;
    if (is_machine(host)) {
      memory += guest_overhead;
      memory += memory_of_machine(topology, host, least_memory(images, host.image));
    }
  }
  for (const StorageSpec& storage : topology.storage) {
    if (storage.substrate == Substrate::machine) {
      memory += guest_overhead + least_memory(images, storage.image);
    }
  }
  if (memory > machine.memory_available) {
    throw machine_lacks(
        fmt::format(
            "lab {} needs {} of memory, this machine has {} left",
            topology.lab,
            human(memory),
            human(machine.memory_available)),
        "give the guests less memory, end other labs (`migralab ls`), or use a larger machine");
  }
  if (disk > machine.disk_available) {
    throw machine_lacks(
        fmt::format(
            "the disks of lab {} hold {}, where labs are kept there is room for {}",
            topology.lab,
            human(disk),
            human(machine.disk_available)),
        "make the disks smaller, or point XDG_STATE_HOME to a larger disk");
  }
}

} // namespace

void expect_machine_suits(const Topology& topology, const Capabilities& machine, const ImageCatalogue& images) {
  check_accelerator(topology, machine);
  check_way_into_machines(topology, machine);
  check_storage(topology, machine);
  for (const NetworkSpec& network : topology.networks) {
    expect_netem(network.name, network.shaping, machine);
    check_outbound(network, machine);
  }
  check_fits(topology, machine, images);
}

Bytes memory_of_machine(const Topology& topology, const HostSpec& host, Bytes own) {
  const bool xen = host.hypervisor == HostSpec::Hypervisor::xen;
  Bytes memory = host.memory + own + (xen ? hypervisor_overhead : Bytes{});
  for (const GuestSpec& guest : topology.guests) {
    if (same_kind(host, host_of(topology, guest.host))) { // wherever it starts, it may come
      memory += xen ? domain_overhead : guest_overhead + translation_cache;
    }
  }
  return memory;
}

bool uses_kvm(const Topology& topology, const Capabilities& machine) {
  return topology.accelerator != Accelerator::tcg && machine.remote_emulated.empty() &&
         (are_all_remote(topology) || (machine.kvm_usable && (machine.nested || !has_machine_hosts(topology))));
}

std::string unenforced_limits(const Topology& topology, const Capabilities& machine) {
  if (machine.control_groups) {
    return {};
  }
  return fmt::format(
      "limits that are not enforced on this machine: {} ({}; {})",
      limits_of(topology),
      machine.no_groups_reason,
      machine.no_groups_fix);
}

Bytes memory_limit_of(const Topology& topology, const HostSpec& host) {
  if (is_machine(host)) {
    return memory_of_machine(topology, host, machine_system) + machine_overhead;
  }
  Bytes limit = host.memory + host_overhead;
  for (std::size_t i = 0; i < topology.guests.size(); ++i) {
    limit += guest_overhead + translation_cache; // wherever it starts, it may come
  }
  return limit;
}

} // namespace migralab
