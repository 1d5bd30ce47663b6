// SPDX-License-Identifier: Apache-2.0
// What agents and a coordinator wrote down, as facts in the order they happened. Instants are of CLOCK_MONOTONIC.
#pragma once

#include "migralab/balance/decision.hpp"
#include "migralab/core/clock.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab::balancer {

/// What an agent measured over one period. Shares of its host's capacity.
struct LoadSample {
  Instant at;
  std::string host;
  std::string guest; ///< empty: the host itself, guests included
  balance::Load load;
  balance::Load average;
  double image_mb = 0; ///< of a guest: memory that it uses, MB
};

/// A guest's load and cost when a round was decided.
struct RoundGuest {
  std::string guest;
  std::string host;
  balance::Load average;
  double image_mb = 0;
  std::optional<double> volume; ///< only of guests whose host had to be relieved
  std::optional<double> cost;
};

struct BalanceRound {
  Instant at;
  std::uint64_t number = 0;
  std::vector<std::string> asked_by;
  Nanoseconds took{}; ///< from the first VM_INFO to the decision
  std::string held_back;
  std::vector<balance::Move> moves;
  std::vector<balance::Move> advice;
  std::vector<std::string> reasons; ///< why nothing (more) moves: "h1 waits: it moved 3 s ago ..."
  std::vector<RoundGuest> guests;
  std::string record; ///< all of it, JSON on one line: docs/balancing.md
};

/// A migration that an agent carried out, or began.
struct BalanceMove {
  std::string order; ///< its name: unique
  std::string guest;
  std::string from;
  std::string to;
  Instant ordered{};            ///< MIGRATE had come
  Instant began;                ///< just before virDomainMigrate3
  std::optional<Instant> ended; ///< none: the agent did not live to tell; `succeeded` may be known all the same
  bool succeeded = false;
  std::string error;
  std::optional<Nanoseconds> downtime; ///< by the hypervisor's account
  double bytes = 0;
};

/// How an order of the coordinator ended. One that was lost may have a second one, "succeeded": its guest was found.
struct OrderEnd {
  Instant at;
  std::string order; ///< its name; empty: of an earlier life that had not written it down
  std::uint64_t round = 0;
  std::string guest;
  std::string from;
  std::string to;
  std::string end; ///< "succeeded", "failed", "refused", "lost", "dropped"
  std::string why;
};

/// Datagrams of a node, all lives of its process together.
struct NodeTraffic {
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received = 0;
  std::map<std::string, std::uint64_t> refused; ///< by reason: "forged", "stale", ... (docs/protocol.md)
};

/// What a process could not write down.
struct LostLines {
  std::uint64_t lines = 0; ///< at least
  std::string why;         ///< "No space left on device"
};

struct BalanceNote {
  Instant at;
  std::string node;
  std::string text;
};

struct BalanceTrace {
  std::vector<LoadSample> samples;
  std::vector<BalanceRound> rounds;
  std::vector<BalanceMove> moves;
  std::vector<OrderEnd> orders;
  std::map<std::string, NodeTraffic> traffic; ///< by node
  std::vector<BalanceNote> notes;
  std::map<std::string, LostLines> lost; ///< by node; empty: all that happened is here
};

/// Moves whose agents did not live to tell have succeeded where a later sample shows the guest at its destination.
void find_untold(BalanceTrace& trace);

/// Throws Error when lines of a log were lost: what there is of the trace is not the whole of it. `folder`: where the
/// logs are.
void expect_whole(const BalanceTrace& trace, const std::filesystem::path& folder);

/// Reads a log while it grows.
class TraceReader {
public:
  TraceReader(std::filesystem::path log, std::string node) : log_(std::move(log)), node_(std::move(node)) {}

  /// Adds what has come since the last time, whole lines only. A line that is none of ours (a program's last words) is
  /// a note. Throws Error when the log cannot be read.
  void read_into(BalanceTrace& trace);
  /// The same of a line that did not come by way of a file.
  void take(const std::string& line, BalanceTrace& trace);

  /// Migrations that have begun and not ended.
  [[nodiscard]] std::size_t open() const { return open_.size(); }
  /// The process has ended: nobody will tell how they end.
  void close() { open_.clear(); }

private:
  std::filesystem::path log_;
  std::string node_;
  std::uintmax_t read_ = 0;                 // bytes
  std::string rest_;                        // of a line that is not whole yet
  std::map<std::string, std::size_t> open_; // moves that have begun, by order: where they are in the trace
  NodeTraffic earlier_;                     // of lives of the process that have ended
  NodeTraffic current_;
};

} // namespace migralab::balancer
