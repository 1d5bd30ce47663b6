// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/network_rates.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;
constexpr const char* record_schema = "migralab.networks/1";

Json to_json(const std::optional<BitRate>& rate) {
  return rate ? Json(rate->bits_per_second) : Json();
}

std::optional<BitRate> rate_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(BitRate{json.get<std::uint64_t>()});
}

Json to_json(const ChangedShaping& change) {
  return {
      {"network", change.network},
      {"node", change.node},
      {"up_bits_per_s", to_json(change.shaping.up)},
      {"down_bits_per_s", to_json(change.shaping.down)},
      {"delay_ns", change.shaping.delay.count()},
      {"loss", change.shaping.loss}};
}

ChangedShaping change_from(const Json& json) {
  return {
      .network = json.at("network"),
      .node = json.at("node"),
      .shaping = {
          .up = rate_from(json.at("up_bits_per_s")),
          .down = rate_from(json.at("down_bits_per_s")),
          .delay = std::chrono::nanoseconds(json.at("delay_ns").get<std::int64_t>()),
          .loss = json.at("loss")}};
}

Json to_json(const LinkRate& rate) {
  return {
      {"network", rate.network},
      {"node", rate.node},
      {"direction", to_string(rate.direction)},
      {"declared_bits_per_s", rate.declared.bits_per_second},
      {"measured_bits_per_s", rate.measured.bits_per_second}};
}

LinkRate link_rate_from(const Json& json) {
  return {
      .network = json.at("network"),
      .node = json.at("node"),
      .direction = json.at("direction") == "up" ? LinkRate::Direction::up : LinkRate::Direction::down,
      .declared = {json.at("declared_bits_per_s").get<std::uint64_t>()},
      .measured = {json.at("measured_bits_per_s").get<std::uint64_t>()}};
}

std::filesystem::path file_of(const LabFolder& folder) {
  return folder.path() / "networks.json";
}

} // namespace

void NetworkRecord::change(const ChangedShaping& shaping) {
  std::erase_if(changes, [&](const ChangedShaping& earlier) {
    return earlier.network == shaping.network && (shaping.node.empty() || earlier.node == shaping.node);
  });
  changes.push_back(shaping);
  // What was measured before says nothing about it.
  std::erase_if(rates, [&](const LinkRate& rate) {
    return rate.network == shaping.network && (shaping.node.empty() || rate.node == shaping.node);
  });
}

void NetworkRecord::measured(const std::vector<LinkRate>& fresh) {
  measured_at = utc_timestamp();
  for (const LinkRate& rate : fresh) {
    const auto same = std::find_if(rates.begin(), rates.end(), [&](const LinkRate& known) {
      return known.network == rate.network && known.node == rate.node && known.direction == rate.direction;
    });
    if (same == rates.end()) {
      rates.push_back(rate);
    } else {
      *same = rate;
    }
  }
}

NetworkRecord read_network_record(const LabFolder& folder) {
  const std::filesystem::path file = file_of(folder);
  NetworkRecord record;
  if (!std::filesystem::exists(file)) {
    return record;
  }
  try {
    const Json json = Json::parse(read_file(file));
    for (const Json& change : json.at("changes")) {
      record.changes.push_back(change_from(change));
    }
    record.measured_at = json.at("measured_at");
    for (const Json& rate : json.at("rates")) {
      record.rates.push_back(link_rate_from(rate));
    }
  } catch (const Json::exception&) {
    throw Error(fmt::format("the record {} is damaged: it is not what migralab wrote there", file.native()))
        .with_hint("remove that file; `migralab shape` and the next run write a new one");
  }
  return record;
}

void write_network_record(const LabFolder& folder, const NetworkRecord& record) {
  Json json{{"schema", record_schema}, {"changes", Json::array()}, {"measured_at", record.measured_at}};
  for (const ChangedShaping& change : record.changes) {
    json["changes"].push_back(to_json(change));
  }
  json["rates"] = Json::array();
  for (const LinkRate& rate : record.rates) {
    json["rates"].push_back(to_json(rate));
  }
  write_file(file_of(folder), json.dump(2) + "\n");
}

std::vector<LinkRate> measure_lab(const Topology& topology, const LabFolder& folder) {
  std::vector<LinkRate> rates = measure_links(links_of(topology));
  NetworkRecord record = read_network_record(folder);
  record.measured(rates);
  write_network_record(folder, record);
  return rates;
}

void apply_changes(Topology& topology, const NetworkRecord& record) {
  for (NetworkSpec& network : topology.networks) {
    for (const ChangedShaping& change : record.changes) {
      if (change.network != network.name) {
        continue;
      }
      if (change.node.empty()) {
        network.shaping = change.shaping;
        network.exceptions.clear();
      } else {
        network.exceptions[change.node] = change.shaping;
      }
    }
  }
}

} // namespace migralab
