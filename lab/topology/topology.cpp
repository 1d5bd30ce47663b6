// SPDX-License-Identifier: Apache-2.0
#include "migralab/topology/topology.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace migralab {
namespace {

template <typename Spec>
const Spec& look_up(
    const std::vector<Spec>& specs,
    const std::string& name,
    const std::string& lab,
    std::string_view noun,
    std::string_view plural) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const Spec& spec) { return spec.name == name; });
  if (found != specs.end()) {
    return *found;
  }
  std::vector<std::string> known;
  for (const Spec& spec : specs) {
    known.push_back(spec.name);
  }
  throw Error(fmt::format("lab '{}' has no {} '{}'", lab, noun, name), ExitStatus::bad_input)
      .with_hint(suggest(name, known, fmt::format("{} of this lab", plural)));
}

} // namespace

const NetworkSpec& network_of(const Topology& topology, const std::string& name) {
  return look_up(topology.networks, name, topology.lab, "network", "Networks");
}

const StorageSpec& storage_of(const Topology& topology, const std::string& name) {
  return look_up(topology.storage, name, topology.lab, "storage server", "Storage servers");
}

const HostSpec& host_of(const Topology& topology, const std::string& name) {
  return look_up(topology.hosts, name, topology.lab, "host", "Hosts");
}

const GuestSpec& guest_of(const Topology& topology, const std::string& name) {
  return look_up(topology.guests, name, topology.lab, "guest", "Guests");
}

std::optional<Attachment>
attachment_for(const Topology& topology, const std::vector<Attachment>& attachments, Role role) {
  for (const NetworkSpec& network : topology.networks) {
    if (!network.roles.contains(role)) {
      continue;
    }
    const auto found = std::find_if(attachments.begin(), attachments.end(), [&](const Attachment& attachment) {
      return attachment.network == network.name;
    });
    if (found != attachments.end()) {
      return *found;
    }
  }
  return std::nullopt;
}

bool is_machine(const HostSpec& host) {
  return host.substrate != Substrate::name_space;
}

bool is_remote(const HostSpec& host) {
  return host.substrate == Substrate::remote;
}

bool is_remote(const StorageSpec& storage) {
  return storage.substrate == Substrate::remote;
}

bool is_remote(const Topology& topology, const std::string& node) {
  const auto is_it = [&](const auto& spec) { return spec.name == node && is_remote(spec); };
  return std::any_of(topology.hosts.begin(), topology.hosts.end(), is_it) ||
         std::any_of(topology.storage.begin(), topology.storage.end(), is_it);
}

std::vector<RemoteNode> remote_nodes(const Topology& topology) {
  std::vector<RemoteNode> nodes;
  for (const StorageSpec& storage : topology.storage) {
    if (is_remote(storage)) {
      nodes.push_back({storage.name, storage.ssh});
    }
  }
  for (const HostSpec& host : topology.hosts) {
    if (is_remote(host)) {
      nodes.push_back({host.name, host.ssh, &host});
    }
  }
  return nodes;
}

bool is_machine(const StorageSpec& storage) {
  return storage.substrate != Substrate::name_space;
}

bool is_machine(const Topology& topology, const std::string& node) {
  const auto is_it = [&](const auto& spec) { return spec.name == node && is_machine(spec); };
  return std::any_of(topology.hosts.begin(), topology.hosts.end(), is_it) ||
         std::any_of(topology.storage.begin(), topology.storage.end(), is_it);
}

bool same_kind(const HostSpec& one, const HostSpec& other) {
  return one.hypervisor == other.hypervisor && one.substrate == other.substrate;
}

std::size_t count_machines(const Topology& topology) {
  const auto is_one = [](const auto& spec) { return spec.substrate == Substrate::machine; };
  return static_cast<std::size_t>(
      std::count_if(topology.hosts.begin(), topology.hosts.end(), is_one) +
      std::count_if(topology.storage.begin(), topology.storage.end(), is_one));
}

std::vector<std::string> images_of(const Topology& topology) {
  std::vector<std::string> images;
  const auto add = [&](const auto& specs) {
    for (const auto& spec : specs) {
      if (!spec.image.empty() && std::find(images.begin(), images.end(), spec.image) == images.end()) {
        images.push_back(spec.image);
      }
    }
  };
  add(topology.storage);
  add(topology.hosts);
  add(topology.guests);
  return images;
}

std::string describe_rate(const Shaping& shaping) {
  if (!shaping.up && !shaping.down) {
    return "not shaped";
  }
  if (shaping.up == shaping.down) {
    return to_string(*shaping.up);
  }
  const auto one = [](const std::optional<BitRate>& rate) { return rate ? to_string(*rate) : "not shaped"; };
  return fmt::format("{} up, {} down", one(shaping.up), one(shaping.down));
}

std::string to_string(Role role) {
  switch (role) {
  case Role::management:
    return "management";
  case Role::migration:
    return "migration";
  case Role::storage:
    return "storage";
  case Role::guest:
    return "guest";
  }
  return {};
}

std::string to_string(StorageSpec::Type type) {
  switch (type) {
  case StorageSpec::Type::iscsi:
    return "iscsi";
  case StorageSpec::Type::nfs:
    return "nfs";
  case StorageSpec::Type::aoe:
    return "aoe";
  case StorageSpec::Type::local:
    return "local";
  }
  return {};
}

std::string to_string(Service service) {
  switch (service) {
  case Service::http:
    return "http";
  case Service::echo:
    return "echo";
  }
  return {};
}

std::string to_string(HostSpec::Hypervisor hypervisor) {
  switch (hypervisor) {
  case HostSpec::Hypervisor::kvm:
    return "kvm";
  case HostSpec::Hypervisor::xen:
    return "xen";
  }
  return {};
}

std::string to_string(Substrate substrate) {
  switch (substrate) {
  case Substrate::name_space:
    return "namespace";
  case Substrate::machine:
    return "machine";
  case Substrate::remote:
    return "remote";
  }
  return {};
}

std::string to_string(GuestSpec::Mode mode) {
  switch (mode) {
  case GuestSpec::Mode::pvh:
    return "pvh";
  case GuestSpec::Mode::pv:
    return "pv";
  case GuestSpec::Mode::hvm:
    return "hvm";
  }
  return {};
}

std::string to_string(Accelerator accelerator) {
  switch (accelerator) {
  case Accelerator::automatic:
    return "auto";
  case Accelerator::kvm:
    return "kvm";
  case Accelerator::tcg:
    return "tcg";
  }
  return {};
}

} // namespace migralab
