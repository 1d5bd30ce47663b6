// SPDX-License-Identifier: Apache-2.0
// From a cluster as it was written to one whose names are resolved.
#include "migralab/balance/cluster_file.hpp"

#include "cluster_draft.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <iostream>
#include <iterator>
#include <set>
#include <string_view>
#include <unordered_map>

namespace migralab::balance {

namespace {

constexpr std::size_t few_names = 20; // a hint lists them all

/// Names of one kind, each with its index and place. Views of the draft's texts.
class Directory {
public:
  /// `plural`: "hosts".
  Directory(Diagnostics& diagnostics, std::string kind, std::string plural)
      : diagnostics_(diagnostics), kind_(std::move(kind)), plural_(std::move(plural)) {}

  /// The index of the next one.
  void add(const Located<std::string>& name) {
    if (name.value.empty()) {
      ++next_; // said already that it lacks a name
      return;
    }
    if (std::any_of(name.value.begin(), name.value.end(), [](unsigned char c) { return std::iscntrl(c) != 0; })) {
      diagnostics_.error(
          name.where,
          fmt::format("the name of a {} has a control character in it", kind_),
          "write a name that can be printed");
    }
    const auto [entry, is_new] = entries_.emplace(name.value, Entry{next_++, name.where});
    if (!is_new) {
      diagnostics_.error(name.where, fmt::format("there are two {} '{}'", plural_, name.value), "rename one of the two")
          .notes.emplace_back(entry->second.where, "first given here");
    }
  }

  /// Nothing, and an error, where there is none of this name; `role` reads "guest 'web' is on".
  std::optional<std::uint32_t> find(const Located<std::string>& name, const std::string& role) const {
    if (name.value.empty()) {
      return std::nullopt; // said already
    }
    if (const auto found = entries_.find(name.value); found != entries_.end()) {
      return found->second.index;
    }
    diagnostics_.error(
        name.where, fmt::format("{} {} '{}', which is not there", role, kind_, name.value), hint(name.value));
    return std::nullopt;
  }

private:
  struct Entry {
    std::uint32_t index;
    Location where;
  };

  [[nodiscard]] std::string hint(const std::string& name) const {
    std::vector<std::string> known;
    known.reserve(entries_.size());
    for (const auto& [other, entry] : entries_) {
      known.emplace_back(other);
    }
    std::sort(known.begin(), known.end());
    if (known.size() <= few_names) {
      return suggest(name, known, plural_ + " of this file");
    }
    const auto near = closest(name, known);
    return near ? fmt::format("did you mean '{}'?", *near)
                : fmt::format("name one of the {} {}", known.size(), plural_);
  }

  Diagnostics& diagnostics_;
  std::string kind_;
  std::string plural_;
  std::unordered_map<std::string_view, Entry> entries_;
  std::uint32_t next_ = 0;
};

/// Capacities are given for all hosts or for none: 8 cores beside 1 of nothing compare badly.
void check_capacities(const ClusterDraft& draft, Diagnostics& diagnostics) {
  for (const auto& [name, member] :
       {std::pair{"cpu", &CapacityDraft::cpu}, {"mem", &CapacityDraft::mem}, {"net", &CapacityDraft::net}}) {
    const auto has = [member = member](const HostDraft& host) { return (host.capacity.*member).has_value(); };
    const auto lacks = [&](const HostDraft& host) { return !has(host) && !host.capacity_is_wrong; };
    const auto with = std::find_if(draft.hosts.begin(), draft.hosts.end(), has);
    const auto without = std::find_if(draft.hosts.begin(), draft.hosts.end(), lacks);
    if (with != draft.hosts.end() && without != draft.hosts.end()) {
      diagnostics
          .error(
              without->name.where,
              fmt::format("host '{}' has no capacity '{}', but others have", without->name.value, name),
              "give it for every host, in the same unit, or for none")
          .notes.emplace_back(with->capacity_where, fmt::format("that of host '{}'", with->name.value));
    }
  }
}

class Resolver {
public:
  Resolver(const ClusterDraft& draft, Diagnostics& diagnostics)
      : draft_(draft), diagnostics_(diagnostics), hosts_(diagnostics, "host", "hosts"),
        guests_(diagnostics, "guest", "guests") {}

  ClusterFile run() {
    if (draft_.hosts.empty() && draft_.hosts_where.line > 0) { // else it is said already
      diagnostics_.error(draft_.hosts_where, "there is no host", "a cluster has one host at least");
    }
    add_hosts();
    add_guests();
    for (const GroupDraft& group : draft_.groups) {
      add_group(group);
    }
    if (!diagnostics_.has_errors()) {
      check_groups();
    }
    for (const FlightDraft& flight : draft_.in_flight) {
      add_flight(flight);
    }
    return std::move(file_);
  }

private:
  void add_hosts() {
    for (const HostDraft& host : draft_.hosts) {
      hosts_.add(host.name);
      const Load capacity{host.capacity.cpu.value_or(1), host.capacity.mem.value_or(1), host.capacity.net.value_or(1)};
      file_.cluster.hosts.push_back({host.name.value, host.load, capacity, host.evacuating});
    }
    check_capacities(draft_, diagnostics_);
  }

  void add_guests() {
    for (const GuestDraft& guest : draft_.guests) {
      guests_.add(guest.name);
      const auto host = hosts_.find(
          guest.host, guest.name.value.empty() ? "a guest is on" : fmt::format("guest '{}' is on", guest.name.value));
      file_.cluster.guests.push_back({guest.name.value, host.value_or(0), guest.load, guest.image_mb});
    }
  }

  /// Guests that must stay together and apart could never move.
  void check_groups() {
    const std::vector<Group>& groups = file_.cluster.groups;
    if (const auto pair = torn_pair(groups)) {
      const std::vector<Guest>& guests = file_.cluster.guests;
      diagnostics_.error(
          draft_.groups.back().where,
          fmt::format(
              "guests '{}' and '{}' are in a group of 'affinity' and in one of 'anti_affinity'",
              guests[pair->first].name,
              guests[pair->second].name),
          "take one of them out of one of the groups");
    }
  }

  void add_group(const GroupDraft& draft) {
    Group group{draft.kind, {}};
    const char* key = draft.kind == Group::Kind::together ? "affinity" : "anti_affinity";
    for (const Located<std::string>& name : draft.guests) {
      const auto guest = guests_.find(name, fmt::format("'{}' names", key));
      if (!guest) {
        continue;
      }
      if (std::find(group.guests.begin(), group.guests.end(), *guest) != group.guests.end()) {
        diagnostics_.error(
            name.where,
            fmt::format("guest '{}' is twice in one group of '{}'", name.value, key),
            "remove one of the two");
      }
      group.guests.push_back(*guest);
    }
    file_.cluster.groups.push_back(std::move(group));
  }

  void add_flight(const FlightDraft& flight) {
    const auto guest = guests_.find(flight.guest, "'in_flight' names");
    const auto from = hosts_.find(flight.from, "'in_flight' names");
    const auto to = hosts_.find(flight.to, "'in_flight' names");
    if (!guest || !from || !to) {
      return;
    }
    const Guest& there = file_.cluster.guests[*guest];
    if (*from == *to) {
      diagnostics_.error(
          flight.to.where,
          fmt::format("guest '{}' moves from '{}' to itself", there.name, flight.to.value),
          "name another destination");
    } else if (there.host != *from && there.host != *to) {
      diagnostics_.error(
          flight.where,
          fmt::format(
              "guest '{}' is in flight from '{}' to '{}', but on '{}'",
              there.name,
              flight.from.value,
              flight.to.value,
              file_.cluster.hosts[there.host].name),
          "a guest in flight is listed on its source until it has arrived");
    } else if (!flying_.insert(*guest).second) {
      diagnostics_.error(
          flight.where, fmt::format("guest '{}' is in flight twice", there.name), "remove one of the two");
    }
    file_.in_flight.push_back(
        {there.name, flight.from.value, flight.to.value, there.load * file_.cluster.hosts[there.host].capacity});
  }

  const ClusterDraft& draft_;
  Diagnostics& diagnostics_;
  Directory hosts_;
  Directory guests_;
  std::set<std::uint32_t> flying_;
  ClusterFile file_;
};

} // namespace

ClusterFile parse_cluster(const std::string& text, Diagnostics& diagnostics) {
  // JSON may be indented with tabs, YAML may not. In a JSON text there is no tab but between its tokens.
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), '\t', ' ');
  ClusterDraft draft;
  YamlReader reader(spaced, diagnostics, R"({"hosts": [...], "guests": [...]})");
  const auto root = reader.root();
  if (!root || !cluster_mapping().read(reader, *root, {}, draft)) {
    return {};
  }
  return Resolver(draft, diagnostics).run();
}

ClusterFile load_cluster(const std::filesystem::path& file) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    try {
      text = read_file(file);
    } catch (const Error& error) {
      throw Error(error.what(), ExitStatus::bad_input)
          .with_hint("give the path of a cluster's state, or - for standard input; docs/balancing.md has the format");
    }
  }
  Diagnostics diagnostics(file == "-" ? "standard input" : file.native(), text);
  ClusterFile cluster = parse_cluster(text, diagnostics);
  diagnostics.throw_if_errors();
  return cluster;
}

std::string cluster_schema() {
  Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:migralab:balance-state:1"},
      {"title", "state of a cluster, input of migralab balance"}};
  schema.update(cluster_mapping().schema());
  return schema.dump(2) + "\n";
}

} // namespace migralab::balance
