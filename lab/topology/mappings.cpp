// SPDX-License-Identifier: Apache-2.0
#include "mappings.hpp"

#include "addresses.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace migralab {
namespace {

constexpr unsigned most_vcpus = 64;
constexpr double most_cpus = 512;
constexpr double least_cpus = 0.05; // 1 ms of a period (lab/substrate/namespace): the kernel's least
constexpr unsigned least_mtu = 576; // RFC 791: what every IPv4 host must take
constexpr unsigned most_mtu = 9216; // jumbo frames of common switches
constexpr unsigned most_vlan = 4094;
constexpr unsigned most_shares = 262144; // of cgroup v1, as libvirt checks it
constexpr unsigned least_shares = 2;
constexpr unsigned most_iops = 10'000'000;
constexpr double most_quota = 100.0 * most_vcpus; // in per cent of one processor
constexpr BitRate slowest_link{100'000};
constexpr BitRate fastest_link{400'000'000'000};
constexpr auto longest_delay = std::chrono::seconds(10);

const std::vector<Word<Role>> roles{
    {"management", Role::management},
    {"migration", Role::migration},
    {"storage", Role::storage},
    {"guest", Role::guest}};
const std::vector<Word<StorageSpec::Type>> storage_types{
    {"iscsi", StorageSpec::Type::iscsi},
    {"nfs", StorageSpec::Type::nfs},
    {"aoe", StorageSpec::Type::aoe},
    {"local", StorageSpec::Type::local}};
const std::vector<Word<HostSpec::Hypervisor>> hypervisors{
    {"kvm", HostSpec::Hypervisor::kvm},
    {"xen", HostSpec::Hypervisor::xen}};
const std::vector<Word<Substrate>> substrates{
    {"namespace", Substrate::name_space},
    {"machine", Substrate::machine},
    {"remote", Substrate::remote}};
const std::vector<PlannedWord> planned_substrates{
    {"simulated", "a whole lab is simulated: write 'substrate: simulated' at the top of the file"}};
const std::vector<Word<GuestSpec::Mode>> modes{
    {"pvh", GuestSpec::Mode::pvh},
    {"pv", GuestSpec::Mode::pv},
    {"hvm", GuestSpec::Mode::hvm}};
const std::vector<Word<Service>> services{{"http", Service::http}, {"echo", Service::echo}};

ValueKind<BitRate> link_rate() {
  return bit_rate_kind(slowest_link, fastest_link, "1Gbit/s");
}

const Mapping<Shaping>& directions() {
  static const auto mapping = [] {
    Mapping<Shaping> keys("a rate", "The two directions of a cable.");
    keys.key("up", link_rate(), &Shaping::up, "From a node to the switch.");
    keys.key("down", link_rate(), &Shaping::down, "From the switch to a node.");
    return keys;
  }();
  return mapping;
}

/// "1Gbit/s", or {up: ..., down: ...}.
void read_rate(YamlReader& reader, const YamlValue& value, Shaping& shaping) {
  if (value.node.IsMap()) {
    directions().read(reader, value, value.where, shaping);
  } else {
    shaping.up = shaping.down = link_rate().read(reader, value);
  }
}

Json rate_schema() {
  return {{"anyOf", {link_rate().schema, directions().schema()}}};
}

/// A list of names, or a map from name to address.
void read_networks(YamlReader& reader, const YamlValue& value, NodeDraft& node) {
  if (value.node.IsNull()) {
    return; // as if the key were left out
  }
  node.networks_where = value.where;
  if (value.node.IsMap()) {
    const auto entries = reader.entries(value, "[lan]");
    for (const YamlEntry& entry : *entries) {
      AttachmentDraft attachment{entry.key, {}};
      if (!entry.value.node.IsNull()) {
        YamlValue address = entry.value;
        address.what = fmt::format("address of {} '{}' on '{}'", node.kind, node.name.value, entry.key.value);
        attachment.address = read_address(reader, address);
      }
      node.networks.push_back(attachment);
    }
    return;
  }
  const auto items = reader.items(value, "[lan]");
  node.networks_known = items.has_value();
  for (const YamlValue& item : items.value_or(std::vector<YamlValue>{})) {
    const auto name = reader.text(item, "lan");
    if (!name) {
      node.networks_known = false;
      continue;
    }
    const auto earlier = std::find_if(node.networks.begin(), node.networks.end(), [&](const AttachmentDraft& other) {
      return other.network.value == name->value;
    });
    if (earlier != node.networks.end()) {
      reader.diagnostics()
          .error(
              name->where,
              fmt::format("'{}' appears twice in {}", name->value, value.what),
              "a node has one place on each network: remove one of the two")
          .notes.emplace_back(earlier->network.where, "first given here");
      continue;
    }
    node.networks.push_back({*name, {}});
  }
}

template <typename Draft> void add_networks(Mapping<Draft>& keys) {
  const Json name{{"type", "string"}, {"pattern", name_pattern}};
  const Json address{{"anyOf", {{{"type", "null"}}, address_schema()}}};
  keys.key(
      "networks",
      {{"anyOf",
        {{{"type", "null"}},
         {{"type", "array"}, {"items", name}, {"uniqueItems", true}},
         {{"type", "object"}, {"propertyNames", name}, {"additionalProperties", address}}}}},
      [](YamlReader& reader, const YamlValue& value, Draft& draft) { read_networks(reader, value, draft.node); },
      "The networks it is on, with the address on each where one is wished. Default: the only network of the file.");
}

const Mapping<ChapSpec>& chap_mapping() {
  static const auto mapping = [] {
    Mapping<ChapSpec> keys("chap", "CHAP with a name or secret of one's own.");
    keys.key("user", text_kind("lab"), &ChapSpec::user, "Name that initiators log in with. Default: migralab.");
    keys.key(
        "secret_file",
        text_kind("chap.secret"),
        &ChapSpec::secret_file,
        "File with the secret, 12 to 255 printable ASCII characters without blanks, relative to this file. Default: a "
        "secret is made for the lab.");
    return keys;
  }();
  return mapping;
}

/// true, false, or a map.
void read_chap(YamlReader& reader, const YamlValue& value, StorageDraft& storage) {
  ChapSpec chap;
  if (value.node.IsMap()) {
    chap_mapping().read(reader, value, value.where, chap);
    storage.chap = {chap, value.where};
  } else if (switch_kind().read(reader, value).value_or(false)) {
    storage.chap = {chap, value.where};
  }
}

const Mapping<DiskDraft>& disk_mapping() {
  static const auto mapping = [] {
    Mapping<DiskDraft> keys("a disk", "A guest's disk.");
    keys.required("storage", "storage: store", text_kind("store"), &DiskDraft::storage, "Name of a storage server.");
    keys.required("size", "size: 64MiB", amount_kind("64MiB"), &DiskDraft::size, "16MiB to 1TiB, a multiple of 512B.");
    return keys;
  }();
  return mapping;
}

const Mapping<LimitsDraft>& cpu_limits() {
  static const auto mapping = [] {
    Mapping<LimitsDraft> keys("cpu limits", "Limits of a guest's processor time.");
    keys.key(
        "shares",
        count_kind(least_shares, most_shares),
        &LimitsDraft::cpu_shares,
        "Weight against the other guests of its host when processors are short. Default: 1024.");
    keys.key(
        "quota",
        percent_kind(1, most_quota, "50%"),
        &LimitsDraft::cpu_quota,
        "At most so much of one processor, all its vCPUs together: 150% is one and a half.");
    return keys;
  }();
  return mapping;
}

const Mapping<LimitsDraft>& disk_limits() {
  static const auto mapping = [] {
    Mapping<LimitsDraft> keys("disk limits", "Limits of a guest's disk, reads and writes together.");
    keys.key("rate", byte_rate_kind("10MB/s"), &LimitsDraft::disk_rate, "Bytes per second.");
    keys.key("iops", count_kind(1, most_iops), &LimitsDraft::disk_iops, "Requests per second.");
    return keys;
  }();
  return mapping;
}

/// Calls `read` for a map, and keeps the place of the value.
template <typename Member> auto nested(const Mapping<LimitsDraft>& (*mapping)(), Member LimitsDraft::*where) {
  return [mapping, where](YamlReader& reader, const YamlValue& value, LimitsDraft& limits) {
    limits.*where = value.where;
    mapping().read(reader, value, value.where, limits);
  };
}

const Mapping<LimitsDraft>& limits_mapping() {
  static const auto mapping = [] {
    Mapping<LimitsDraft> keys("limits", "What the guest may use at most. Without a key: no limit.");
    keys.key(
        "cpu",
        cpu_limits().schema(),
        [](YamlReader& reader, const YamlValue& value, LimitsDraft& limits) {
          cpu_limits().read(reader, value, value.where, limits);
        },
        "Processor time.");
    keys.key(
        "memory", amount_kind("512MiB"), &LimitsDraft::memory, "Of its QEMU process: the guest's memory and QEMU's.");
    keys.key("disk", disk_limits().schema(), nested(disk_limits, &LimitsDraft::disk_where), "Its disk.");
    keys.key(
        "network",
        rate_schema(),
        [](YamlReader& reader, const YamlValue& value, LimitsDraft& limits) {
          limits.network_where = value.where;
          read_rate(reader, value, limits.network);
        },
        "Rate of each of its interfaces; up is what the guest sends.");
    return keys;
  }();
  return mapping;
}

void read_roles(YamlReader& reader, const YamlValue& value, NetworkDraft& network) {
  const auto words = words_kind(roles, "[migration, storage]").read(reader, value);
  if (!words) {
    return;
  }
  network.roles.clear();
  for (const Located<Role>& role : *words) {
    network.roles.insert(role.value);
  }
  if (words->empty()) {
    reader.diagnostics().error(
        value.where,
        fmt::format("network '{}' has no role", network.name.value),
        "name at least one role, or leave 'roles' out for all four");
  }
}

} // namespace

const Mapping<NetworkDraft>& network_mapping() {
  static const auto mapping = [] {
    Mapping<NetworkDraft> keys("a network", "A network: a bridge in the lab's switch, and a cable to each node on it.");
    keys.key(
        "subnet",
        subnet_kind(),
        &NetworkDraft::subnet,
        "IPv4 subnet. Default: 10.10.N.0/24, N the index of the network in the file.");
    keys.key(
        "rate",
        rate_schema(),
        [](YamlReader& reader, const YamlValue& value, NetworkDraft& network) {
          read_rate(reader, value, network.shaping);
        },
        "Bit rate of each cable, both directions or each. Default: not shaped.");
    keys.key(
        "delay",
        duration_kind(longest_delay, "5ms"),
        [](NetworkDraft & network) -> auto& { return network.shaping.delay; },
        "Added to each frame in each direction; needs a kernel with netem. Default: none.");
    keys.key(
        "loss",
        percent_kind(0, 100, "0.1%"),
        [](NetworkDraft & network) -> auto& { return network.shaping.loss; },
        "Of the frames in each direction; needs a kernel with netem. Default: none.");
    keys.key("mtu", count_kind(least_mtu, most_mtu), &NetworkDraft::mtu, "Largest packet, in bytes. Default: 1500.");
    keys.key(
        "vlan",
        count_kind(1, most_vlan),
        &NetworkDraft::vlan,
        "802.1Q id: the network is a VLAN of one bridge that all networks with a 'vlan' share. Default: a bridge of "
        "its own.");
    keys.key(
        "outbound",
        switch_kind(),
        &NetworkDraft::outbound,
        "Whether its guests reach what this machine reaches, through a user-mode gateway. Default: false.");
    keys.key(
        "bridge",
        text_kind("br0"),
        &NetworkDraft::bridge,
        "Of remote hosts: a bridge that is there on each of them and leads from one to the other. Default: the lab "
        "makes "
        "one of its own, and a VXLAN between the hosts.");
    keys.key(
        "roles", words_kind(roles, "[migration, storage]", 1).schema, read_roles, "What it carries. Default: all.");
    return keys;
  }();
  return mapping;
}

const Mapping<StorageDraft>& storage_mapping() {
  static const auto mapping = [] {
    Mapping<StorageDraft> keys("a storage server", "Where guests' disks are.");
    keys.key(
        "type",
        word_kind(storage_types),
        &StorageDraft::type,
        "iscsi, nfs, aoe: a server of that kind, aoe for hosts that are machines only; local: a disk is a file of its "
        "guest's host. Default: iscsi.");
    keys.key(
        "chap",
        {{"anyOf", {switch_kind().schema, chap_mapping().schema()}}},
        read_chap,
        "iscsi: whether initiators must know a secret. Default: false.");
    keys.key(
        "folder",
        text_kind("/srv/disks"),
        &StorageDraft::folder,
        "Folder of this machine that keeps the disks' files, relative to this file. Default: the lab's own.");
    keys.key(
        "substrate",
        word_kind(substrates, planned_substrates),
        &StorageDraft::substrate,
        "namespace: daemons of this machine. machine: a virtual machine whose kernel serves, which the lab boots. "
        "remote: a machine that is there, reached by 'ssh', whose kernel serves. Default: remote where 'ssh' is given, "
        "else namespace.");
    keys.key("ssh", text_kind("root@store"), &StorageDraft::ssh, "Of a remote storage server: where ssh finds it.");
    keys.key(
        "image",
        text_kind("storage-host"),
        &StorageDraft::image,
        "Of a machine: the recipe of its system. Default: storage-host.");
    add_networks(keys);
    return keys;
  }();
  return mapping;
}

const Mapping<HostDraft>& host_mapping() {
  static const auto mapping = [] {
    Mapping<HostDraft> keys("a host", "A machine that runs guests.");
    keys.required(
        "memory", "memory: 2GiB", amount_kind("2GiB"), &HostDraft::memory, "The guests that start here must fit.");
    keys.key("hypervisor", word_kind(hypervisors), &HostDraft::hypervisor, "Default: kvm.");
    keys.key(
        "substrate",
        word_kind(substrates, planned_substrates),
        &HostDraft::substrate,
        "namespace: a part of this machine. machine: a virtual machine with a kernel of its own, which the lab boots. "
        "remote: a machine that is there, reached by 'ssh'. Default: remote where 'ssh' is given, else what the "
        "hypervisor needs, which for xen is machine.");
    keys.key(
        "ssh",
        text_kind("root@node1"),
        &HostDraft::ssh,
        "Of a remote host: where ssh finds it, a name of ~/.ssh/config or USER@ADDRESS. Others than root need sudo "
        "there "
        "without a password.");
    keys.key(
        "image",
        text_kind("xen-host"),
        &HostDraft::image,
        "Of a machine: the recipe of its system. Default: that of its hypervisor, xen-host or kvm-host.");
    keys.key(
        "cpus",
        number_kind(
            {.least = least_cpus, .most = most_cpus, .decimals = 2},
            "write a number from 0.05 to 512, with two decimals at most"),
        &HostDraft::cpus,
        "Processors, 0.5 is half of one. Default: as many as the machine has.");
    add_networks(keys);
    return keys;
  }();
  return mapping;
}

const Mapping<ClientDraft>& client_mapping() {
  static const auto mapping = [] {
    Mapping<ClientDraft> keys("a client", "A machine that asks guests, and measures.");
    add_networks(keys);
    return keys;
  }();
  return mapping;
}

const Mapping<GuestDraft>& guest_mapping() {
  static const auto mapping = [] {
    Mapping<GuestDraft> keys("a guest", "A virtual machine.");
    keys.required("memory", "memory: 256MiB", amount_kind("256MiB"), &GuestDraft::memory, "96MiB to 16TiB.");
    keys.key(
        "image", text_kind("micro"), &GuestDraft::image, "Name of an image, or path of a qcow2 file. Default: micro.");
    keys.key("vcpus", count_kind(1, most_vcpus), &GuestDraft::vcpus, "Virtual processors. Default: 1.");
    keys.key("host", text_kind("h1"), &GuestDraft::host, "Where it starts. Default: the first host.");
    keys.key(
        "disk",
        disk_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, GuestDraft& guest) {
          YamlValue named = value;
          named.what = fmt::format("disk of guest '{}'", guest.node.name.value);
          disk_mapping().read(reader, named, value.where, guest.disk.emplace());
        },
        "Default: no disk.");
    keys.key(
        "mode",
        word_kind(modes),
        &GuestDraft::mode,
        "On a Xen host. pvh: by the processor's virtualisation. pv: by Xen alone; such a guest cannot be migrated "
        "live. hvm: by the processor's virtualisation, in a machine that QEMU emulates. "
        "Default: pvh.");
    keys.key("services", words_kind(services, "[http]"), &GuestDraft::services, "What it serves. Default: none.");
    keys.key(
        "limits",
        limits_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, GuestDraft& guest) {
          guest.limits_where = value.where;
          limits_mapping().read(reader, value, value.where, guest.limits);
        },
        "What it may use at most. Default: no limits.");
    add_networks(keys);
    return keys;
  }();
  return mapping;
}

} // namespace migralab
