// SPDX-License-Identifier: Apache-2.0
// What remote hosts remember of labs.
#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/topology/load.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* claim_schema = "migralab.claim/1";

} // namespace

std::string claim_record(const LabFolder& folder, const LabState& state) {
  return Json{
      {"schema", claim_schema},
      {"lab", state.lab},
      {"instance", state.uuid},
      {"created", state.created},
      {"topology_file", state.topology_file.native()},
      {"topology", read_file(folder.topology())},
      {"key", read_file(folder.key())},
      {"public_key", read_file(folder.key().native() + ".pub")}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<Claimed> labs_of_host(const std::string& destination, CommandRunner& runner) {
  const CommandResult result = runner.run(over_ssh(way_to_remote(destination), claims_command()));
  if (!result.ok()) {
    throw Error(fmt::format("ssh {}: {}", destination, said_by(result)));
  }
  std::vector<Claimed> labs;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line.substr(std::min(line.find(' ') + 1, line.size())), nullptr, false);
    if (!json.is_object() || json.value("schema", "") != claim_schema) {
      continue; // of another version
    }
    labs.push_back(
        {.lab = json.value("lab", ""),
         .instance = json.value("instance", ""),
         .created = json.value("created", ""),
         .topology_file = json.value("topology_file", ""),
         .topology = json.value("topology", ""),
         .key = json.value("key", ""),
         .public_key = json.value("public_key", "")});
  }
  return labs;
}

Claimed choose_claimed(const std::string& destination, const std::string& lab, const std::vector<Claimed>& labs) {
  std::string known;
  std::vector<Claimed> meant;
  for (const Claimed& one : labs) {
    known += fmt::format("{}{} (of {})", known.empty() ? "" : ", ", one.lab, one.created);
    if (lab.empty() || one.lab == lab) {
      meant.push_back(one);
    }
  }
  if (labs.empty()) {
    throw Error(fmt::format("{} remembers no lab", destination), ExitStatus::bad_input)
        .with_hint("name a host that the lab was on");
  }
  if (meant.empty()) {
    throw Error(fmt::format("{} remembers no lab '{}'", destination, lab), ExitStatus::bad_input)
        .with_hint("it remembers " + known);
  }
  if (meant.size() > 1) {
    throw Error(fmt::format("{} remembers {} labs: say which one", destination, meant.size()), ExitStatus::bad_input)
        .with_hint("it remembers " + known);
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
  for (const HostSpec& host : topology.hosts) {
    if (!is_remote(host)) {
      continue;
    }
    const CommandResult result = runner.run(over_ssh(way_to_remote(host.ssh), list_command(instance)));
    if (!result.ok()) {
      throw Error(fmt::format("host {}: {}", host.name, said_by(result)));
    }
    for (const RemoteObject& object : parse_objects(result.output)) {
      for (const GuestSpec& guest : topology.guests) {
        if (object.kind == "guest" && object.what == derived_uuid(instance, "guest " + guest.name)) {
          places[guest.name] = host.name;
        }
      }
    }
  }
  return places;
}

} // namespace migralab
