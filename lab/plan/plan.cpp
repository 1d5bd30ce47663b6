// SPDX-License-Identifier: Apache-2.0
#include "migralab/plan/plan.hpp"

#include "check_machine.hpp"
#include "portal.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

namespace migralab {

namespace {

constexpr auto boot_in_machine = std::chrono::minutes(12);   // an emulated machine's guest, which may be emulated too
constexpr auto distribution_boot = std::chrono::minutes(10); // with systemd and cloud-init, under TCG

/// Of a machine: as declared; or as its largest guest wants, while there is a processor here for each of all machines
/// together. Emulated ones that share a processor wait for each other's locks: two with two each boot six times slower
/// on two processors than two with one.
unsigned processors_of(const Topology& topology, const HostSpec& host, unsigned here) {
  if (host.cpus) {
    return static_cast<unsigned>(std::max(1.0, std::ceil(*host.cpus)));
  }
  unsigned wanted = 1;
  for (const GuestSpec& guest : topology.guests) {
    wanted = std::max(wanted, guest.vcpus);
  }
  const auto machines = static_cast<unsigned>(count_machines(topology));
  return here == 0 ? wanted : std::clamp(here / machines, 1U, wanted);
}

constexpr Bytes unknown = Bytes::gib(1); // memory of an image that is not known: plans are also made without images

class Planner {
public:
  Planner(const Topology& topology, const Capabilities& machine, const ImageCatalogue& images, bool kvm)
      : topology_(topology), vlan_filtering_(machine.vlan_filtering), processors_(machine.processors), images_(images),
        disks_(disk_plans(topology, images)) {
    plan_.lab = topology.lab;
    plan_.kvm = kvm;
    for (MakeLink& link : migralab::links_of(topology)) {
      if (!link.remote.empty()) {
        remote_networks_.insert(link.index);
        continue; // made by the step that joins the host
      }
      link.vlan = vlan_filtering_ ? link.vlan : std::nullopt;
      cables_[link.node].push_back(std::move(link));
    }
  }

  Plan make(Measuring measuring) {
    add_switch();
    for (const StorageSpec& server : topology_.storage) {
      if (is_remote(server)) {
        add_remote(server.name);
      } else if (is_machine(server)) {
        add_storage_machine(server);
      } else if (server.type != StorageSpec::Type::local) {
        add_node(server.name, MakeNode::Kind::storage);
      }
    }
    for (const HostSpec& host : topology_.hosts) {
      if (is_remote(host)) {
        add_remote(host.name);
        add("hypervisor " + host.name, StartHypervisor{host.name}, {entered(host.name)});
      } else if (is_machine(host)) {
        add_machine(host);
      } else {
        add_node(host.name, MakeNode::Kind::host);
        add("hypervisor " + host.name, StartHypervisor{host.name}, links_of(host.name));
      }
    }
    for (const ClientSpec& client : topology_.clients) {
      add_node(client.name, MakeNode::Kind::client);
    }
    for (const StorageSpec& server : topology_.storage) {
      if (server.type != StorageSpec::Type::local) {
        add(step_of(server),
            StartStorage{server.name, server.type, portal_of(topology_, server)},
            is_machine(server) ? std::vector{entered(server.name)} : links_of(server.name));
      }
      if (server.chap) {
        add_secrets(server);
      }
    }
    for (const GuestSpec& guest : topology_.guests) {
      add_guest(guest);
    }
    if (measuring == Measuring::rates) {
      add_measuring();
    }
    return std::move(plan_);
  }

private:
  void add(std::string name, StepAction action, std::vector<std::size_t> after) {
    index_[name] = plan_.steps.size();
    plan_.steps.push_back({std::move(name), std::move(action), std::move(after)});
  }

  void add_switch() {
    std::vector<SwitchNetwork> networks;
    bool apart = false;
    for (const NetworkSpec& network : topology_.networks) {
      apart = apart || (network.vlan && !vlan_filtering_);
      networks.push_back({network.name, network.mtu, vlan_filtering_ ? network.vlan : std::nullopt});
      if (network.outbound) {
        plan_.gateways.push_back({networks.back(), network.subnet});
      }
    }
    if (apart) {
      plan_.remarks.emplace_back(
          "this kernel's bridges know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING): each VLAN gets a bridge of its own, "
          "which keeps them apart as well");
    }
    add("node switch", MakeNode{switch_node, MakeNode::Kind::network_switch}, {});
    add("bridges", MakeBridges{networks}, {index_.at("node switch")});
    JoinUplink uplink;
    for (const unsigned index : remote_networks_) {
      uplink.ports.push_back({networks.at(index), index});
    }
    if (!uplink.ports.empty()) {
      add("uplink", std::move(uplink), {index_.at("bridges")});
    }
  }

  void add_node(const std::string& name, MakeNode::Kind kind) {
    add("node " + name, MakeNode{name, kind}, {});
    for (const MakeLink& link : cables_[name]) {
      const std::string step = fmt::format("link {} {}", name, link.network);
      add(step, link, {index_.at("bridges"), index_.at("node " + name)});
      links_[name].push_back(index_.at(step));
    }
  }

  /// What its system uses itself.
  [[nodiscard]] Bytes memory_of_image(const std::string& image) const {
    const auto traits = images_.find(image);
    return traits == images_.end() ? unknown : traits->second.memory;
  }

  void add_machine(const HostSpec& host) {
    add_node(host.name, MakeNode::Kind::machine);
    const Bytes own = memory_of_image(host.image);
    add("boot " + host.name,
        BootMachine{
            .host = host.name,
            .image = host.image,
            .memory = memory_of_machine(topology_, host, own),
            .own = own,
            .processors = processors_of(topology_, host, processors_),
            .links = cables_[host.name]},
        links_of(host.name));
    add("hypervisor " + host.name, StartHypervisor{host.name}, {index_.at("boot " + host.name)});
  }

  void add_remote(const std::string& node) {
    plan_.remotes.push_back(node);
    add("join " + node,
        JoinRemote{node},
        remote_networks_.empty() ? std::vector<std::size_t>() : std::vector{index_.at("uplink")});
  }

  /// After this step a machine takes commands and is on its networks.
  [[nodiscard]] std::size_t entered(const std::string& node) const {
    return index_.at((is_remote(topology_, node) ? "join " : "boot ") + node);
  }

  void add_storage_machine(const StorageSpec& server) {
    add_node(server.name, MakeNode::Kind::machine);
    const Bytes memory = memory_of_image(server.image);
    add("boot " + server.name,
        BootMachine{
            .host = server.name,
            .image = server.image,
            .memory = memory,
            .own = memory,
            .links = cables_[server.name],
            .served = served_by(topology_, server.name)},
        links_of(server.name));
  }

  /// While the guests boot, which leaves a processor free; not while daemons start. One network after the other: what
  /// they share is the machine.
  void add_measuring() {
    std::vector<std::size_t> earlier;
    for (const GuestSpec& guest : topology_.guests) {
      earlier.push_back(index_.at("guest " + guest.name));
    }
    for (const NetworkSpec& network : topology_.networks) {
      MeasureLinks measure{network.name, {}};
      std::vector<std::size_t> after;
      for (const auto& [node, links] : cables_) {
        for (const MakeLink& link : links) {
          if (link.network == network.name && (link.shaping.up || link.shaping.down)) {
            measure.links.push_back(link);
            after.push_back(index_.at(fmt::format("link {} {}", node, network.name)));
          }
        }
      }
      if (!measure.links.empty()) {
        after.insert(after.end(), earlier.begin(), earlier.end());
        std::sort(after.begin(), after.end());
        add("measure " + network.name, std::move(measure), std::move(after));
        earlier = {index_.at("measure " + network.name)};
      }
    }
  }

  [[nodiscard]] std::vector<std::size_t> links_of(const std::string& node) { return links_[node]; }

  /// In the words of its protocol.
  [[nodiscard]] static std::string step_of(const StorageSpec& server) {
    switch (server.type) {
    case StorageSpec::Type::nfs:
      return "nfs server " + server.name;
    case StorageSpec::Type::aoe:
      return "aoe server " + server.name;
    case StorageSpec::Type::iscsi:
    case StorageSpec::Type::local:
      break;
    }
    return "target " + server.name;
  }

  /// Every host gets it: guests move, and libvirt takes no guest whose disk asks for a secret that it lacks.
  void add_secrets(const StorageSpec& server) {
    for (const HostSpec& host : topology_.hosts) {
      if (is_machine(host)) {
        continue; // its own kernel logs in, when the disk is attached
      }
      add(fmt::format("secret {} {}", server.name, host.name),
          KeepSecret{host.name, server.name},
          {index_.at("hypervisor " + host.name), index_.at(step_of(server))});
    }
  }

  void add_guest(const GuestSpec& guest) {
    std::vector<std::size_t> needs{index_.at("hypervisor " + guest.host)};
    std::optional<DiskPlan> disk;
    if (guest.disk) {
      disk = disks_.at(guest.name);
      needs.push_back(add_disk(*disk, guest.host));
      if (!disk->image.empty() && !disk->copy) {
        needs.push_back(add_base(*disk));
      }
      if (storage_of(topology_, disk->storage).chap && !is_machine(host_of(topology_, guest.host))) {
        needs.push_back(index_.at(fmt::format("secret {} {}", disk->storage, guest.host)));
      }
    }
    if (is_machine(host_of(topology_, guest.host))) {
      needs.push_back(add_image(guest));
      // One after the other: libxl gives a device 10 s to come up (LIBXL_INIT_TIMEOUT), and an emulated host that boots
      // another guest meanwhile needs more.
      if (const auto earlier = last_on_machine_.find(guest.host); earlier != last_on_machine_.end()) {
        needs.push_back(earlier->second);
      }
    }
    add_limits(guest, needs);
    add("guest " + guest.name, StartGuest{guest, disk}, std::move(needs));
    AwaitGuest await{.guest = guest.name, .host = guest.host, .observer = {}, .address = {}};
    await.http = guest.services.contains(Service::http);
    if (const auto traits = images_.find(guest.image); traits != images_.end() && traits->second.own_loader) {
      await.limit = distribution_boot;
      await.echo = false;
    } else if (const HostSpec& host = host_of(topology_, guest.host);
               is_machine(host) &&
               (host.hypervisor == HostSpec::Hypervisor::kvm || guest.mode == GuestSpec::Mode::hvm)) {
      await.limit = boot_in_machine;
    }
    std::vector<std::size_t> after{index_.at("guest " + guest.name)};
    if (const auto seen_by = observer_of(guest)) {
      await.observer = seen_by->first;
      await.address = seen_by->second;
      const std::vector<std::size_t> links = links_of(await.observer);
      after.insert(after.end(), links.begin(), links.end());
    }
    add("answer " + guest.name, std::move(await), std::move(after));
    if (is_machine(host_of(topology_, guest.host))) {
      last_on_machine_[guest.host] = index_.at("answer " + guest.name);
    }
  }

  /// On every host that the guest may come to. Adds those that the guest waits for to `needs`.
  void add_limits(const GuestSpec& guest, std::vector<std::size_t>& needs) {
    if (!guest.limits.network_up && !guest.limits.network_down) {
      return;
    }
    for (const Attachment& own : guest.networks) {
      for (const HostSpec& host : topology_.hosts) {
        const bool reached = std::any_of(host.networks.begin(), host.networks.end(), [&](const Attachment& theirs) {
          return theirs.network == own.network;
        });
        if (!reached) {
          continue;
        }
        const std::string step = fmt::format("limits {} {} {}", guest.name, own.network, host.name);
        add(step,
            LimitGuestLink{
                .host = host.name,
                .guest = guest.name,
                .network = own.network,
                .up = guest.limits.network_up,
                .down = guest.limits.network_down,
                .mtu = network_of(topology_, own.network).mtu},
            {index_.at(fmt::format("link {} {}", host.name, own.network))});
        if (host.name == guest.host) {
          needs.push_back(index_.at(step));
        }
      }
    }
  }

  /// Returns the step that a guest with this disk waits for.
  std::size_t add_disk(const DiskPlan& disk, const std::string& host) {
    const bool local = disk.type == StorageSpec::Type::local;
    const StorageSpec& server = storage_of(topology_, disk.storage);
    // A machine takes the disk into its own.
    add("disk " + disk.guest,
        MakeDisk{disk},
        is_machine(server) ? std::vector{index_.at(step_of(server))} : std::vector<std::size_t>());
    std::vector<std::size_t> after{index_.at("disk " + disk.guest)};
    if (!local) {
      after.insert(after.begin(), index_.at(step_of(server)));
    }
    add("export " + disk.guest, ExportDisk{disk}, std::move(after));
    if (local) {
      return index_.at("export " + disk.guest);
    }
    for (const std::string& from : hosts_reaching(topology_, disk)) {
      if (is_machine(host_of(topology_, from))) {
        add(fmt::format("attach {} {}", disk.guest, from),
            AttachDisk{disk, from},
            {entered(from), index_.at("export " + disk.guest)});
        continue;
      }
      after = links_of(from);
      after.push_back(index_.at("export " + disk.guest));
      // The guest waits for its own host only; from the others a disk is looked at that it may be writing to.
      add(fmt::format("verify {} {}", disk.guest, from), VerifyDisk{disk, from, from == host}, std::move(after));
    }
    const char* opened = is_machine(host_of(topology_, host)) ? "attach" : "verify";
    return index_.at(fmt::format("{} {} {}", opened, disk.guest, host));
  }

  /// What a guest boots from, on every machine that it may come to. Returns the step that the guest waits for.
  std::size_t add_image(const GuestSpec& guest) {
    for (const HostSpec& host : topology_.hosts) { // a guest that starts anew does so where it is
      const std::string step = fmt::format("put {} {}", guest.image, host.name);
      if (same_kind(host, host_of(topology_, guest.host)) && !index_.contains(step)) {
        add(step, PutImage{host.name, guest.image}, {entered(host.name)});
      }
    }
    return index_.at(fmt::format("put {} {}", guest.image, guest.host));
  }

  /// The disk of an image, once for each storage that has guests' disks over it: read through the same server as they
  /// are. A local one is on every host, as the guest may go to any. Returns the step that a guest waits for.
  std::size_t add_base(const DiskPlan& disk) {
    const std::string export_step = fmt::format("export image {} {}", disk.image, disk.storage);
    if (index_.contains(export_step)) {
      return index_.at(export_step);
    }
    DiskPlan base = disk;
    base.guest = base_name(disk.image);
    base.lun = ++bases_[disk.storage] + guests_on(disk.storage);
    base.size = images_.at(disk.image).disk.value();
    base.base = true;
    std::vector<std::size_t> after;
    if (disk.type == StorageSpec::Type::local) {
      for (const HostSpec& host : topology_.hosts) {
        base.host = host.name;
        const std::string step = fmt::format("image {} {}", disk.image, host.name);
        if (!index_.contains(step)) { // from another storage of type local: hosts have one folder
          add(step, MakeDisk{base}, {});
        }
        after.push_back(index_.at(step));
      }
      base.host = disk.host;
    } else {
      const std::string step = fmt::format("image {} {}", disk.image, disk.storage);
      add(step, MakeDisk{base}, {});
      after = {index_.at(step_of(storage_of(topology_, disk.storage))), index_.at(step)};
    }
    add(export_step, ExportDisk{base}, std::move(after));
    return index_.at(export_step);
  }

  [[nodiscard]] unsigned guests_on(const std::string& storage) const {
    return static_cast<unsigned>(
        std::count_if(disks_.begin(), disks_.end(), [&](const auto& disk) { return disk.second.storage == storage; }));
  }

  /// Who can ask the guest, and at which address: a client that shares a network with it, else its host.
  [[nodiscard]] std::optional<std::pair<std::string, Ipv4Address>> observer_of(const GuestSpec& guest) const {
    for (const ClientSpec& client : topology_.clients) {
      for (const Attachment& theirs : client.networks) {
        for (const Attachment& own : guest.networks) {
          if (own.network == theirs.network) {
            return std::pair{client.name, own.address};
          }
        }
      }
    }
    if (guest.networks.empty() || is_machine(host_of(topology_, guest.host))) { // whose addresses are not in its node
      return std::nullopt;
    }
    return std::pair{guest.host, guest.networks.front().address};
  }

  const Topology& topology_;
  bool vlan_filtering_;
  unsigned processors_;                                 // of this machine
  std::map<std::string, std::vector<MakeLink>> cables_; // by node
  std::set<unsigned> remote_networks_;                  // indices of those that remote hosts are on
  const ImageCatalogue& images_;
  std::map<std::string, DiskPlan> disks_;              // by guest
  std::map<std::string, unsigned> bases_;              // number of them, by storage
  std::map<std::string, std::size_t> last_on_machine_; // the answer of the guest added last, by host
  Plan plan_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::vector<std::size_t>> links_;
};

} // namespace

Plan make_plan(
    const Topology& topology,
    const Capabilities& capabilities,
    Measuring measuring,
    const ImageCatalogue& images) {
  expect_machine_suits(topology, capabilities, images);
  Plan plan = Planner(topology, capabilities, images, uses_kvm(topology, capabilities)).make(measuring);
  if (capabilities.kvm_usable && !capabilities.nested && !plan.kvm && topology.accelerator == Accelerator::automatic) {
    plan.remarks.emplace_back(
        "KVM works here but is not set to nest (module parameter 'nested'), which hosts that are machines need: the "
        "whole lab is emulated");
  }
  plan.unenforced = unenforced_limits(topology, capabilities);
  return plan;
}

} // namespace migralab
