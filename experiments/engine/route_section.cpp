// SPDX-License-Identifier: Apache-2.0
// Which guests move, and where to.
#include "sections.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr const char* example_route = "[h2, h1]";

std::optional<std::vector<Located<std::string>>> hosts_of(YamlReader& reader, const YamlValue& value) {
  const auto items = reader.items(value, example_route);
  if (!items) {
    return std::nullopt;
  }
  bool readable = true;
  std::vector<Located<std::string>> hosts;
  for (YamlValue item : *items) {
    item.what = "a host of the route";
    const auto host = reader.text(item, "h2");
    if (!host) {
      readable = false;
      continue;
    }
    if (!hosts.empty() && hosts.back().value == host->value) {
      reader.diagnostics().error(
          host->where,
          fmt::format("the route goes from '{0}' to '{0}'", host->value),
          "a migration needs two hosts: name each stop once");
    }
    hosts.push_back(*host);
  }
  if (items->empty()) {
    reader.diagnostics().error(
        value.where, "the route has no host", fmt::format("write for example 'route: {}'", example_route));
    return std::nullopt;
  }
  return readable ? std::optional(hosts) : std::nullopt;
}

/// Who moves when is the balancer's to say.
void expect_no_routes(Diagnostics& diagnostics, ExperimentDraft& draft) {
  const auto refuse = [&](const Location& where, const char* key) {
    diagnostics.error(where, fmt::format("'balance' and '{}' both say what moves", key), "write one of them")
        .notes.emplace_back(*draft.balance_where, "'balance' is here");
  };
  if (draft.guest) {
    refuse(draft.guest->where, "guest");
  }
  if (draft.route && !draft.route->empty()) {
    refuse(draft.route->front().where, "route");
  }
  if (draft.moves_where) {
    refuse(*draft.moves_where, "moves");
  }
  if (draft.migration_where && !draft.moves) {
    refuse(*draft.migration_where, "migration: none");
  }
  draft.moves = false;
}

GuestRoute route_of(const std::string& guest, const std::vector<Located<std::string>>& hosts) {
  GuestRoute route{.guest = guest, .hosts = {}};
  for (const Located<std::string>& host : hosts) {
    route.hosts.push_back(host.value);
  }
  return route;
}

} // namespace

Json route_schema() {
  return {{"type", "array"}, {"items", text_kind("h2").schema}, {"minItems", 1}};
}

Json moves_schema() {
  return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", route_schema()}};
}

void read_guest(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.guest = reader.text(value, "web");
  draft.routes_known = draft.routes_known && draft.guest.has_value();
}

void read_route(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.route = hosts_of(reader, value);
  draft.routes_known = draft.routes_known && draft.route.has_value();
}

void read_moves(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.moves_where = value.where;
  const auto entries = reader.entries(value, "{web: [h2, h1], db: [h1, h2]}");
  if (!entries) {
    draft.routes_known = false;
    return;
  }
  if (entries->empty()) {
    draft.routes_known = false;
    reader.diagnostics().error(
        value.where, "'moves' names no guest", fmt::format("add for example 'web: {}'", example_route));
  }
  Location first;
  for (const YamlEntry& entry : *entries) {
    const auto hosts = hosts_of(reader, entry.value);
    if (!hosts) {
      draft.routes_known = false;
      continue;
    }
    const GuestRoute& route = draft.routes.emplace_back(route_of(entry.key.value, *hosts));
    if (draft.routes.size() == 1) {
      first = entry.value.where;
    } else if (route.hosts.size() != draft.routes.front().hosts.size()) {
      reader.diagnostics()
          .error(
              entry.value.where,
              fmt::format(
                  "the routes of '{}' and '{}' have {} and {} stops",
                  draft.routes.front().guest,
                  route.guest,
                  draft.routes.front().hosts.size(),
                  route.hosts.size()),
              "guests that move at once have as many stops each: every trial moves all of them")
          .notes.emplace_back(first, "the other route");
    }
  }
}

void complete_routes(Diagnostics& diagnostics, ExperimentDraft& draft) {
  const auto lacks = [&](const std::string& key, const std::string& example) {
    diagnostics.error(
        {}, fmt::format("the file lacks '{}'", key), fmt::format("add for example '{}: {}'", key, example));
  };
  if (draft.balance_where) {
    expect_no_routes(diagnostics, draft);
    return;
  }
  if (draft.moves_where) {
    if (draft.guest || draft.route) {
      const char* other = draft.guest ? "guest" : "route";
      diagnostics
          .error(
              *draft.moves_where,
              fmt::format("'moves' and '{}' both say what moves", other),
              "write 'guest' and 'route' for one guest, 'moves' for several")
          .notes.emplace_back(
              draft.guest ? draft.guest->where : draft.route->front().where, fmt::format("'{}' is here", other));
    }
    return;
  }
  if (!draft.routes_known) {
    return;
  }
  if (!draft.guest) {
    lacks("guest", "web");
  }
  if (!draft.route && draft.moves) {
    lacks("route", example_route);
  }
  if (draft.guest) {
    draft.routes.push_back(route_of(draft.guest->value, draft.route.value_or(std::vector<Located<std::string>>{})));
  }
}

} // namespace migralab
