// SPDX-License-Identifier: Apache-2.0
// What a balancer did in a trial, in the words of tables: moves with the orders behind them, rounds with what became of
// each guest. Pure.
#pragma once

#include "migralab/balance/parameters.hpp"
#include "migralab/balancer/trace.hpp"
#include "migralab/experiment/design.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// A move as its agent and the coordinator told it.
struct ToldMove {
  std::string guest;
  std::string from;
  std::string to;
  Instant at;                         // it began; where it never did, its order ended
  std::uint64_t round = 0;            // that it comes from; 0: nobody told
  bool begun = false;                 // an agent carried it out, or tried
  std::optional<Nanoseconds> total{}; // from its beginning to its end
  std::optional<Nanoseconds> downtime{};
  double bytes = 0;
  std::string result; // "ok", "failed", "lost"; of orders that were never begun "refused", "dropped"
  std::string why;
};
/// In the order of `at`. Every migration is there, and every order that came to none.
[[nodiscard]] std::vector<ToldMove> told_moves(const balancer::BalanceTrace& trace);

/// A guest of a host that had to be relieved.
struct WeighedGuest {
  std::string guest;
  balance::Load average;        // shares of its host
  std::optional<double> volume; // nothing: infinite, or not told
  double image_mb = 0;
  std::optional<double> cost;
  std::string verdict; // "moves", "unneeded", "too-little", "no-destination", "paced"
  std::string why;     // where it is paced
  std::string to;      // where it goes, or should by the advice
};

struct RelievedHost {
  std::string host;
  std::string trigger; // "overloaded", "evacuating"
  std::string over;    // "cpu 91.39 %, mem 90.02 %"
  std::string outcome; // "relieved", "partly", "paced", "no-way"
  std::string why;
  std::vector<WeighedGuest> guests; // as they were tried: cheapest first
};

struct RoundFacts {
  std::vector<RelievedHost> hosts;
  std::vector<std::string> doubts; // "h39: no INFO within 1 s", "web: is reported by h1 and h2"
};
/// Empty where the record does not tell.
[[nodiscard]] RoundFacts facts_of(const balancer::BalanceRound& round);

/// "centos59-3 to h61, centos59-2 to h39"; empty: the host keeps its guests.
[[nodiscard]] std::string moves_from(const std::vector<balance::Move>& moves, const std::string& host);

/// Of the policy of a cell; nothing where no balancer runs.
[[nodiscard]] std::optional<balance::Parameters> policy_of(const Cell& cell);

} // namespace migralab
