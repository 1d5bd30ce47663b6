// SPDX-License-Identifier: Apache-2.0
#include "network_table.hpp"

#include "table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace migralab {

namespace {

/// "1Gbit/s", "998 Mbit/s", "-0.2 %", each in a column.
std::vector<std::string> cells_of(const LinkRate* rate) {
  if (rate == nullptr) {
    return {"not shaped", "", ""};
  }
  return {
      to_string(rate->declared),
      human(rate->measured),
      fmt::format("{:+.1f} %{}", rate->deviation() * 100, rate->off() ? " !" : "")};
}

} // namespace

std::string render_rates(const std::vector<LinkRate>& rates) {
  if (rates.empty()) {
    return {};
  }
  std::vector<std::pair<std::string, std::string>> cables; // network and node, as they came
  std::map<std::pair<std::string, std::string>, std::map<LinkRate::Direction, const LinkRate*>> known;
  for (const LinkRate& rate : rates) {
    const std::pair cable{rate.network, rate.node};
    if (!known.contains(cable)) {
      cables.push_back(cable);
    }
    known[cable][rate.direction] = &rate;
  }
  std::vector<std::vector<std::string>> rows{
      {"NETWORK", "NODE", "UP", "MEASURED", "OFF BY", "DOWN", "MEASURED", "OFF BY"}};
  for (const auto& cable : cables) {
    std::vector<std::string> row{cable.first, cable.second};
    for (const LinkRate::Direction direction : {LinkRate::Direction::up, LinkRate::Direction::down}) {
      const auto cells = cells_of(known[cable][direction]);
      row.insert(row.end(), cells.begin(), cells.end());
    }
    rows.push_back(std::move(row));
  }
  std::string text = render_rows(rows);
  if (std::any_of(rates.begin(), rates.end(), [](const LinkRate& rate) { return rate.off(); })) {
    text += "! more than 5 % off; where it is less than declared, this machine carries no more there\n";
  }
  return text;
}

} // namespace migralab
