// SPDX-License-Identifier: Apache-2.0
#include "placement.hpp"

#include <algorithm>
#include <map>

namespace migralab {

namespace {

/// A sample is written down a little after it was taken, perhaps when the guest has left.
constexpr auto stale = std::chrono::seconds(1);

struct Sighting {
  Instant at;
  std::string host;
  bool exact = false; // it came at this instant; else it was seen
};

using Moves = std::vector<const balancer::BalanceMove*>;

/// What a guest's migrations tell better than samples.
bool told_by_a_move(const balancer::LoadSample& sample, const Moves& moves) {
  return std::any_of(moves.begin(), moves.end(), [&](const balancer::BalanceMove* move) {
    return move->ended && sample.at >= move->began && sample.at <= *move->ended + stale;
  });
}

std::vector<Stay> stays(const std::string& guest, std::vector<Sighting> sightings) {
  std::stable_sort(sightings.begin(), sightings.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  std::vector<Stay> stays;
  for (const Sighting& sighting : sightings) {
    if (!stays.empty() && (stays.back().host == sighting.host || sighting.exact)) {
      stays.back().to = sighting.at;
    }
    if (stays.empty() || stays.back().host != sighting.host) {
      stays.push_back({guest, sighting.host, sighting.at, sighting.at});
    }
  }
  return stays;
}

} // namespace

std::vector<Stay> stays_of(const balancer::BalanceTrace& trace) {
  std::map<std::string, Moves> moves;
  std::map<std::string, std::vector<Sighting>> sightings;
  for (const balancer::BalanceMove& move : trace.moves) {
    moves[move.guest].push_back(&move);
    sightings[move.guest].push_back({move.began, move.from});
    if (move.ended) {
      sightings[move.guest].push_back({*move.ended, move.succeeded ? move.to : move.from, move.succeeded});
    }
  }
  for (const balancer::LoadSample& sample : trace.samples) {
    if (!sample.guest.empty() && !told_by_a_move(sample, moves[sample.guest])) {
      sightings[sample.guest].push_back({sample.at, sample.host});
    }
  }
  std::vector<std::vector<Stay>> guests;
  for (auto& [guest, seen] : sightings) {
    if (!seen.empty()) {
      guests.push_back(stays(guest, std::move(seen)));
    }
  }
  std::stable_sort(
      guests.begin(), guests.end(), [](const auto& a, const auto& b) { return a.front().host < b.front().host; });
  std::vector<Stay> all;
  for (const std::vector<Stay>& guest : guests) {
    all.insert(all.end(), guest.begin(), guest.end());
  }
  return all;
}

} // namespace migralab
