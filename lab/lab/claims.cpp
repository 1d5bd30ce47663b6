// SPDX-License-Identifier: Apache-2.0
// What remote hosts remember of labs.
#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/topology/load.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* claim_schema = "migralab.claim/1";
constexpr std::size_t uuid_length = 36;

bool is_uuid(const std::string& text) {
  return text.size() == uuid_length && text.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

} // namespace

std::string claim_record(const LabFolder& folder, const LabState& state, const Topology& topology) {
  Json secrets = Json::object();
  for (const StorageSpec& storage : topology.storage) {
    if (storage.chap && storage.chap->secret_file.empty()) {
      secrets[storage.name] = read_file(made_secret(folder, storage.name));
    }
  }
  return Json{
      {"schema", claim_schema},
      {"lab", state.lab},
      {"instance", state.uuid},
      {"created", state.created},
      {"topology_file", state.topology_file.native()},
      {"topology", read_file(folder.topology())},
      {"key", read_file(folder.key())},
      {"public_key", read_file(folder.key().native() + ".pub")},
      {"secrets", secrets}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<Claimed> labs_of_host(const std::string& destination, CommandRunner& runner) {
  const CommandResult result = runner.run(over_ssh(way_to_remote(destination), claims_command()));
  if (!result.ok()) {
    throw not_reached(destination, result);
  }
  std::vector<Claimed> labs;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line.substr(std::min(line.find(' ') + 1, line.size())), nullptr, false);
    if (!json.is_object() || json.value("schema", "") != claim_schema) {
      continue; // of another version
    }
    if (!is_uuid(json.value("instance", ""))) {
      continue; // it becomes a path there
    }
    labs.push_back(
        {.lab = json.value("lab", ""),
         .instance = json.value("instance", ""),
         .created = json.value("created", ""),
         .topology_file = json.value("topology_file", ""),
         .topology = json.value("topology", ""),
         .key = json.value("key", ""),
         .public_key = json.value("public_key", ""),
         .secrets = json.value("secrets", std::map<std::string, std::string>())});
  }
  return labs;
}

namespace {

/// Two labs may have one name: what their objects' names begin with tells them apart.
bool is_named(const Claimed& claimed, const std::string& name) {
  return claimed.lab == name || claimed.instance == name || remote_prefix(claimed.instance) == name;
}

} // namespace

Claimed choose_claimed(const std::string& destination, const std::string& name, const std::vector<Claimed>& labs) {
  std::string known;
  std::vector<Claimed> meant;
  for (const Claimed& one : labs) {
    known +=
        fmt::format("{}{} ({}, of {})", known.empty() ? "" : ", ", one.lab, remote_prefix(one.instance), one.created);
    if (is_named(one, name)) {
      meant.push_back(one);
    }
  }
  const auto told = [&](const std::string& what, const std::string& hint) {
    return Error(fmt::format("{} {}", destination, what), ExitStatus::bad_input).with_hint(hint);
  };
  if (labs.empty()) {
    throw told("remembers no lab", "name a host that the lab was on");
  }
  if (name.empty()) { // it may be somebody else's, and run
    throw told("remembers labs: say which one", fmt::format("it remembers {}", known));
  }
  if (meant.empty()) {
    throw told(fmt::format("remembers no lab '{}'", name), fmt::format("it remembers {}", known));
  }
  if (meant.size() > 1) {
    throw told(
        fmt::format("remembers {} labs {}", meant.size(), name),
        fmt::format("say {} instead of the name: it remembers {}", remote_prefix(meant.front().instance), known));
  }
  return meant.front();
}

Topology topology_of(const Claimed& claimed) {
  Diagnostics diagnostics("the topology that the host keeps", claimed.topology);
  Topology topology = parse_topology(claimed.topology, claimed.topology_file, claimed.lab, diagnostics);
  diagnostics.throw_if_errors();
  return topology;
}

std::map<std::string, std::string>
find_remote_guests(const Topology& topology, const std::string& instance, CommandRunner& runner) {
  std::map<std::string, std::string> places;
  for (const RemoteNode& node : remote_nodes(topology)) {
    if (node.host == nullptr) {
      continue;
    }
    const HostSpec& host = *node.host;
    const CommandResult result =
        runner.run(over_ssh(way_to_remote(host.ssh), list_command(traces_of(topology, instance, node))));
    if (!result.ok()) {
      throw Error(fmt::format("host {}: {}", host.name, said_by(result)));
    }
    for (const RemoteObject& object : parse_objects(result.output)) {
      if (object.kind != "guest") {
        continue;
      }
      const std::string uuid = object.what.substr(0, object.what.find(' '));
      if (!is_uuid(uuid)) { // what runs there is not known: it might be started twice
        throw Error(fmt::format("host {}: {}", host.name, object.what));
      }
      const bool runs = object.what.ends_with(" running");
      for (const GuestSpec& guest : topology.guests) {
        if (uuid == derived_uuid(instance, "guest " + guest.name) && (runs || !places.contains(guest.name))) {
          places[guest.name] = host.name; // a copy that was still arriving does not run
        }
      }
    }
  }
  return places;
}

} // namespace migralab
