// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/config.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

namespace migralab::balancer {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* agent_schema = "migralab.agent/1";
constexpr const char* coordinator_schema = "migralab.coordinator/1";

Json json_of(const Endpoint& endpoint) {
  return {{"address", to_string(endpoint.address)}, {"port", endpoint.port}};
}

Endpoint endpoint_from(const Json& json) {
  const std::string text = json.at("address");
  const auto address = parse_ipv4(text);
  if (!address) {
    throw Error(fmt::format("'{}' is no IPv4 address", text));
  }
  return {.address = *address, .port = json.at("port")};
}

constexpr std::array<std::pair<ProcessorSource::Kind, std::string_view>, 3> source_names{
    {{ProcessorSource::Kind::account, "account"},
     {ProcessorSource::Kind::network, "network"},
     {ProcessorSource::Kind::machine, "machine"}}};

Json json_of(const ProcessorSource& source) {
  const auto* name = std::find_if(
      source_names.begin(), source_names.end(), [&](const auto& known) { return known.first == source.kind; });
  return {{"of", name->second}, {"path", source.path.native()}};
}

/// The value whose name the text is. Throws Error that lists the names.
template <typename Values, typename Name>
auto named(const Values& values, const Name& name_of, const std::string& text, const char* what) {
  std::string known;
  for (const auto& value : values) {
    if (name_of(value) == text) {
      return value;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name_of(value));
  }
  throw Error(fmt::format("there is no {} '{}' ({})", what, text, known));
}

ProcessorSource source_from(const Json& json) {
  const auto name_of = [](const auto& known) { return std::string(known.second); };
  return {
      .kind = named(source_names, name_of, json.at("of"), "source of processor times").first,
      .path = json.at("path").get<std::string>()};
}

template <typename Value> Json json_of(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

template <typename Value> std::optional<Value> optional_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<Value>(json.get<Value>());
}

Json json_of(const MigrationOptions& options) {
  Json json{
      {"technique", to_string(options.technique)},
      {"auto_converge", options.auto_converge},
      {"compression", options.compression ? Json(to_string(*options.compression)) : Json()},
      {"streams", json_of(options.streams)},
      {"bandwidth_bytes", options.bandwidth ? Json(options.bandwidth->count) : Json()},
      {"max_downtime_ms", options.max_downtime ? Json(options.max_downtime->count()) : Json()},
      {"timeout_ns", options.timeout.count()},
      {"switch", Json()}};
  if (const auto& rule = options.switch_rule) {
    json["switch"] = {
        {"rounds", json_of(rule->rounds)},
        {"after_ns", rule->after ? Json(rule->after->count()) : Json()},
        {"stall", rule->stall}};
  }
  return json;
}

MigrationOptions migration_from(const Json& json) {
  MigrationOptions options;
  const auto name_of = [](const auto& value) { return to_string(value); };
  options.technique = named(techniques, name_of, json.at("technique"), "technique");
  options.auto_converge = json.at("auto_converge");
  if (const auto compression = optional_from<std::string>(json.at("compression"))) {
    options.compression = named(compressions, name_of, *compression, "compression");
  }
  options.streams = optional_from<unsigned>(json.at("streams"));
  if (const auto bandwidth = optional_from<std::uint64_t>(json.at("bandwidth_bytes"))) {
    options.bandwidth = Bytes{*bandwidth};
  }
  if (const auto limit = optional_from<std::int64_t>(json.at("max_downtime_ms"))) {
    options.max_downtime = std::chrono::milliseconds(*limit);
  }
  options.timeout = Nanoseconds(json.at("timeout_ns").get<std::int64_t>());
  if (const Json& rule = json.at("switch"); !rule.is_null()) {
    options.switch_rule = SwitchRule{.rounds = optional_from<unsigned>(rule.at("rounds")), .stall = rule.at("stall")};
    if (const auto after = optional_from<std::int64_t>(rule.at("after_ns"))) {
      options.switch_rule->after = Nanoseconds(*after);
    }
  }
  return options;
}

Json json_of(const std::vector<coordination::NamedGroup>& groups) {
  Json list = Json::array();
  for (const coordination::NamedGroup& group : groups) {
    list.push_back({{"together", group.kind == balance::Group::Kind::together}, {"guests", group.guests}});
  }
  return list;
}

std::vector<coordination::NamedGroup> groups_from(const Json& json) {
  std::vector<coordination::NamedGroup> groups;
  for (const Json& group : json) {
    groups.push_back(
        {group.at("together").get<bool>() ? balance::Group::Kind::together : balance::Group::Kind::apart,
         group.at("guests").get<std::set<std::string>>()});
  }
  return groups;
}

/// Reads a file of the schema with `take`; whatever is wrong with it is one Error.
template <typename Take> auto read_config(const std::filesystem::path& file, const char* schema, const Take& take) {
  try {
    const Json json = Json::parse(read_file(file));
    if (const std::string found = json.at("schema"); found != schema) {
      throw Error(fmt::format("it is of schema {}, not {}", found, schema));
    }
    return take(json);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{} is damaged: {}", file.native(), error.what()), ExitStatus::bad_input);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.native(), error.what()), ExitStatus::bad_input);
  }
}

} // namespace

std::string to_json(const AgentConfig& config) {
  Json destinations = Json::object();
  for (const auto& [host, destination] : config.destinations) {
    destinations[host] = {{"libvirt", destination.libvirt.native()}, {"address", destination.address}};
  }
  Json peers = Json::object();
  for (const auto& [host, endpoint] : config.peers) {
    peers[host] = json_of(endpoint);
  }
  const Json json{
      {"schema", agent_schema},
      {"host", config.host},
      {"coordinator", config.coordinator},
      {"here", json_of(config.here)},
      {"to_coordinator", json_of(config.to_coordinator)},
      {"libvirt", config.libvirt.native()},
      {"processors", json_of(config.processors)},
      {"capacity",
       {{"cpus", config.cpus},
        {"memory_bytes", config.memory.count},
        {"network_bits_per_second", config.network.bits_per_second}}},
      {"interfaces", config.interfaces},
      {"destinations", destinations},
      {"peers", peers},
      {"policy", config.policy},
      {"parameters", config.parameters},
      {"migration", json_of(config.migration)}};
  return json.dump(2) + "\n";
}

AgentConfig read_agent_config(const std::filesystem::path& file) {
  return read_config(file, agent_schema, [](const Json& json) {
    const Json& capacity = json.at("capacity");
    AgentConfig config{
        .host = json.at("host"),
        .coordinator = json.at("coordinator"),
        .here = endpoint_from(json.at("here")),
        .to_coordinator = endpoint_from(json.at("to_coordinator")),
        .libvirt = json.at("libvirt").get<std::string>(),
        .processors = source_from(json.at("processors")),
        .cpus = capacity.at("cpus"),
        .memory = Bytes{capacity.at("memory_bytes")},
        .network = BitRate{capacity.at("network_bits_per_second")},
        .interfaces = json.at("interfaces").get<std::set<std::string>>(),
        .destinations = {},
        .peers = {},
        .policy = json.at("policy"),
        .parameters = json.at("parameters").get<std::vector<std::string>>(),
        .migration = migration_from(json.at("migration"))};
    for (const auto& [host, endpoint] : json.at("peers").items()) {
      config.peers[host] = endpoint_from(endpoint);
    }
    for (const auto& [host, destination] : json.at("destinations").items()) {
      config.destinations[host] = {
          .libvirt = destination.at("libvirt").get<std::string>(), .address = destination.at("address")};
    }
    if (!(config.cpus > 0) || config.memory.count == 0 || config.network.bits_per_second == 0) {
      throw Error("a capacity of nothing: cpus, memory and network are to be above 0");
    }
    return config;
  });
}

std::string to_json(const CoordinatorConfig& config) {
  Json hosts = Json::object();
  for (const auto& [host, endpoint] : config.hosts) {
    hosts[host] = json_of(endpoint);
  }
  const Json json{
      {"schema", coordinator_schema},
      {"name", config.name},
      {"here", json_of(config.here)},
      {"hosts", hosts},
      {"policy", config.policy},
      {"parameters", config.parameters},
      {"groups", json_of(config.groups)},
      {"evacuate", config.evacuate},
      {"migration_limit_ns", config.migration_limit.count()},
      {"memory", config.memory.native()}};
  return json.dump(2) + "\n";
}

CoordinatorConfig read_coordinator_config(const std::filesystem::path& file) {
  return read_config(file, coordinator_schema, [](const Json& json) {
    CoordinatorConfig config{
        .name = json.at("name"),
        .here = endpoint_from(json.at("here")),
        .hosts = {},
        .policy = json.at("policy"),
        .parameters = json.at("parameters").get<std::vector<std::string>>(),
        .groups = groups_from(json.at("groups")),
        .evacuate = json.at("evacuate").get<std::set<std::string>>(),
        .migration_limit = Nanoseconds(json.at("migration_limit_ns").get<std::int64_t>()),
        .memory = json.at("memory").get<std::string>()};
    for (const auto& [host, endpoint] : json.at("hosts").items()) {
      config.hosts[host] = endpoint_from(endpoint);
    }
    return config;
  });
}

} // namespace migralab::balancer
