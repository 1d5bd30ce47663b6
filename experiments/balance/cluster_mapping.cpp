// SPDX-License-Identifier: Apache-2.0
// The keys of a cluster file.
#include "cluster_draft.hpp"

#include <fmt/format.h>

namespace migralab::balance {

namespace {

// Shares of a host are told as shares of another: their quotient has to stay a number.
constexpr double least_capacity = 1e-6;
constexpr double most_capacity = 1e15;
constexpr double most_image = 1e12; // MB

/// Adds the keys cpu, mem and net of a load.
template <typename Draft> void add_load(Mapping<Draft>& keys, const std::string& of_what) {
  const ValueKind<double> share = number_kind({0, 1}, "write a share from 0 to 1: 85 % is 0.85");
  keys.required(
      "cpu", "\"cpu\": 0.5", share, [](Draft& draft) -> double& { return draft.load.cpu; }, of_what);
  keys.required(
      "mem", "\"mem\": 0.5", share, [](Draft& draft) -> double& { return draft.load.mem; }, of_what);
  keys.required(
      "net", "\"net\": 0.1", share, [](Draft& draft) -> double& { return draft.load.net; }, of_what);
}

const Mapping<CapacityDraft>& capacity_mapping() {
  static const auto mapping = [] {
    const ValueKind<double> amount =
        number_kind({least_capacity, most_capacity, false}, "write a number of at least 0.000001, in any unit");
    const std::string about = "In any unit, the same for all hosts. Default: 1 for every host.";
    Mapping<CapacityDraft> keys("a capacity", "What a host has. Without it all hosts are equal.");
    keys.key("cpu", amount, &CapacityDraft::cpu, about);
    keys.key("mem", amount, &CapacityDraft::mem, about);
    keys.key("net", amount, &CapacityDraft::net, about);
    return keys;
  }();
  return mapping;
}

const Mapping<HostDraft>& host_mapping() {
  static const auto mapping = [] {
    Mapping<HostDraft> keys("a host", "A host as it was measured.");
    keys.required("name", "\"name\": \"h1\"", text_kind("h1"), &HostDraft::name, "Unique among the hosts.");
    add_load(keys, "Smoothed share of what the host has, from 0 to 1, its guests included.");
    keys.key(
        "capacity",
        capacity_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, HostDraft& host) {
          host.capacity_where = value.where;
          const std::size_t earlier = reader.diagnostics().all().size();
          capacity_mapping().read(reader, value, value.where, host.capacity);
          host.capacity_is_wrong = reader.diagnostics().all().size() > earlier;
        },
        "What it has, where hosts are unequal.");
    keys.key(
        "evacuate",
        switch_kind(),
        &HostDraft::evacuating,
        "All its guests shall leave, none may come. Default: false.");
    return keys;
  }();
  return mapping;
}

const Mapping<GuestDraft>& guest_mapping() {
  static const auto mapping = [] {
    Mapping<GuestDraft> keys("a guest", "A guest as it was measured.");
    keys.required("name", "\"name\": \"web\"", text_kind("web"), &GuestDraft::name, "Unique among the guests.");
    keys.required("host", "\"host\": \"h1\"", text_kind("h1"), &GuestDraft::host, "Name of the host that it is on.");
    add_load(keys, "Smoothed share of what its host has, from 0 to 1.");
    keys.required(
        "image_mb",
        "\"image_mb\": 512",
        number_kind({0, most_image, true}, "write a number of megabytes above 0"),
        &GuestDraft::image_mb,
        "Memory that a migration has to send, MB.");
    return keys;
  }();
  return mapping;
}

const Mapping<FlightDraft>& flight_mapping() {
  static const auto mapping = [] {
    Mapping<FlightDraft> keys("a guest in flight", "A migration that has begun.");
    keys.required("guest", "\"guest\": \"web\"", text_kind("web"), &FlightDraft::guest, "Name of the guest.");
    keys.required("from", "\"from\": \"h1\"", text_kind("h1"), &FlightDraft::from, "Name of its source.");
    keys.required("to", "\"to\": \"h2\"", text_kind("h2"), &FlightDraft::to, "Name of its destination.");
    return keys;
  }();
  return mapping;
}

/// "host 'h1'", or "host 3" where it has no readable name.
std::string called(const YamlValue& item, const std::string& kind, const std::string& name_key, std::size_t number) {
  if (item.node.IsMap()) {
    if (const auto name = item.node[name_key]; name && name.IsScalar()) {
      return fmt::format("{} '{}'", kind, name.Scalar());
    }
  }
  return fmt::format("{} {}", kind, number);
}

/// Reads a list of structs.
template <typename Draft>
void read_list(
    YamlReader& reader,
    const YamlValue& list,
    const Mapping<Draft>& mapping,
    const std::string& kind,
    const std::string& name_key,
    std::vector<Draft>& drafts) {
  const auto items = reader.items(list, fmt::format("[{{\"{}\": ...}}]", name_key));
  for (YamlValue item : items.value_or(std::vector<YamlValue>{})) {
    item.what = called(item, kind, name_key, drafts.size() + 1);
    Draft& draft = drafts.emplace_back();
    if constexpr (requires { draft.where; }) {
      draft.where = item.where;
    }
    mapping.read(reader, item, item.where, draft);
  }
}

Json schema_of_list(const Json& item, unsigned least = 0) {
  return {{"type", "array"}, {"items", item}, {"minItems", least}};
}

Json groups_schema() {
  const Json names{{"type", "array"}, {"items", text_kind("web").schema}, {"minItems", 2}, {"uniqueItems", true}};
  return schema_of_list(names);
}

auto read_groups(Group::Kind kind) {
  return [kind](YamlReader& reader, const YamlValue& list, ClusterDraft& draft) {
    const auto groups = reader.items(list, "[[\"web\", \"db\"]]");
    for (YamlValue group : groups.value_or(std::vector<YamlValue>{})) {
      const auto names = reader.items(group, "[\"web\", \"db\"]");
      GroupDraft& read = draft.groups.emplace_back(GroupDraft{kind, group.where, {}});
      for (const YamlValue& name : names.value_or(std::vector<YamlValue>{})) {
        if (auto text = reader.text(name, "web")) {
          read.guests.push_back(std::move(*text));
        }
      }
      if (names && names->size() < 2) {
        reader.diagnostics().error(
            group.where, fmt::format("{} has fewer than two guests", group.what), "name two at least, or remove it");
      }
    }
  };
}

} // namespace

const Mapping<ClusterDraft>& cluster_mapping() {
  static const auto mapping = [] {
    Mapping<ClusterDraft> keys("a cluster", "Hosts and guests as they were measured.");
    keys.required(
        "hosts",
        R"("hosts": [{"name": "h1", "cpu": 0.5, "mem": 0.5, "net": 0.1}])",
        schema_of_list(host_mapping().schema(), 1),
        [](YamlReader& reader, const YamlValue& value, ClusterDraft& draft) {
          if (value.node.IsSequence()) {
            draft.hosts_where = value.where;
          }
          read_list(reader, value, host_mapping(), "host", "name", draft.hosts);
        },
        "All hosts.");
    keys.required(
        "guests",
        R"("guests": [])",
        schema_of_list(guest_mapping().schema()),
        [](YamlReader& reader, const YamlValue& value, ClusterDraft& draft) {
          read_list(reader, value, guest_mapping(), "guest", "name", draft.guests);
        },
        "All guests.");
    keys.key("affinity", groups_schema(), read_groups(Group::Kind::together), "Guests that stay on one host.");
    keys.key("anti_affinity", groups_schema(), read_groups(Group::Kind::apart), "Guests that share no host.");
    keys.key(
        "in_flight",
        schema_of_list(flight_mapping().schema()),
        [](YamlReader& reader, const YamlValue& value, ClusterDraft& draft) {
          read_list(reader, value, flight_mapping(), "migration of guest", "guest", draft.in_flight);
        },
        "Migrations that have begun and not ended. Default: none.");
    return keys;
  }();
  return mapping;
}

} // namespace migralab::balance
