// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/groups.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace migralab::coordination {

namespace {

template <typename Named> std::optional<std::uint32_t> find(const std::vector<Named>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? std::nullopt : std::optional(static_cast<std::uint32_t>(found - all.begin()));
}

bool is_in_doubt(const std::vector<Doubt>& doubts, const std::string& guest) {
  return std::any_of(doubts.begin(), doubts.end(), [&](const Doubt& doubt) { return doubt.guest == guest; });
}

/// Whoever does not know where a guest is can keep nobody with it or away from it, nor anybody with those.
void doubt_mates(const std::vector<NamedGroup>& groups, Whereabouts& found) {
  for (bool again = true; again;) {
    again = false;
    for (const NamedGroup& group : groups) {
      const auto lost = std::find_if(group.guests.begin(), group.guests.end(), [&](const std::string& guest) {
        return is_in_doubt(found.doubts, guest);
      });
      if (lost == group.guests.end()) {
        continue;
      }
      const std::string why = fmt::format("is in a group with {}, which is in doubt", *lost);
      std::erase_if(found.cluster.guests, [&](const balance::Guest& guest) {
        const bool is_mate = group.guests.contains(guest.name);
        if (is_mate) {
          found.doubts.push_back({guest.name, why});
        }
        again = again || is_mate;
        return is_mate;
      });
    }
  }
}

/// No report shows a guest between its source's word that it has left and its new host's next sample.
void list_leavers(const std::set<std::string>& named, const std::vector<balance::Move>& in_flight, Whereabouts& found) {
  constexpr double some_image = 1; // MB; it is not weighed: a guest in flight does not move
  for (const balance::Move& move : in_flight) {
    const auto source = find(found.cluster.hosts, move.from);
    const bool missing = !find(found.cluster.guests, move.guest) && !is_in_doubt(found.doubts, move.guest);
    if (!source || !missing || !named.contains(move.guest)) {
      continue;
    }
    const balance::Load share = move.demand / found.cluster.hosts[*source].capacity;
    found.cluster.guests.push_back({move.guest, *source, share, some_image});
  }
}

} // namespace

void apply_groups(
    const std::vector<NamedGroup>& groups,
    const std::vector<balance::Move>& in_flight,
    Whereabouts& found) {
  std::set<std::string> named;
  for (const NamedGroup& group : groups) {
    named.insert(group.guests.begin(), group.guests.end());
  }
  doubt_mates(groups, found);
  list_leavers(named, in_flight, found);
  for (const NamedGroup& group : groups) {
    balance::Group known{group.kind, {}};
    for (const std::string& name : group.guests) {
      if (const auto guest = find(found.cluster.guests, name)) {
        known.guests.push_back(*guest);
      }
    }
    found.cluster.groups.push_back(std::move(known));
  }
}

} // namespace migralab::coordination
