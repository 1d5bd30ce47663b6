// SPDX-License-Identifier: Apache-2.0
// The orders that a coordinator has given, or is about to give, and that have not ended. Guests of one host go one
// after the other, as published; those of different hosts at the same time.
#pragma once

#include "migralab/coordination/message.hpp"
#include "migralab/coordination/record.hpp"
#include "migralab/coordination/timing.hpp"
#include "migralab/coordination/whereabouts.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace migralab::coordination {

class OrderBook {
public:
  /// `epoch`: of the coordinator's life, for the numbers of its orders.
  OrderBook(Epoch epoch, const Timing& timing) : epoch_(epoch), timing_(timing) {}

  void plan(std::uint64_t round, const balance::Move& move);
  /// The host's next order, to be sent now: nothing while it carries one out, or when none is planned for it.
  [[nodiscard]] std::optional<Order> next(const std::string& host, Instant now);
  /// Orders of earlier lives that agents are carrying out become this life's.
  [[nodiscard]] std::vector<MoveLearned> learn(const Reports& reports, Instant now);

  /// What an agent told of an order of its host. Nothing for an order that is not open. What was planned behind one
  /// that did not succeed is dropped.
  [[nodiscard]] std::vector<MoveEnded> finish(const std::string& host, const MigrationFinished& told);
  /// Orders that are lost: `reports`, asked for at `asked`, are without those that their agents could not begin after
  /// that any more.
  [[nodiscard]] std::vector<MoveEnded> miss(const Reports& reports, Instant asked);
  /// Orders that have taken too long are lost.
  [[nodiscard]] std::vector<MoveEnded> expire(Instant now);

  [[nodiscard]] bool has_open(std::uint64_t round) const;
  /// Planned or sent, for a guest of that host.
  [[nodiscard]] bool has_open_of(const std::string& host) const;
  [[nodiscard]] std::optional<Instant> deadline() const;

private:
  struct Open {
    std::uint64_t round = 0;
    OrderId id;
    balance::Move move;
    bool sent = false;
    Instant stale;    ///< from then on its agent does not begin it
    Instant deadline; ///< once it was sent
  };

  void
  end(std::vector<Open>::iterator order, MoveEnded::End how, const std::string& why, std::vector<MoveEnded>& ended);

  Epoch epoch_;
  Timing timing_;
  std::uint64_t last_number_ = 0;
  std::vector<Open> open_;
  std::set<OrderId> ended_; // of all lives: a report that was overtaken must not bring one back
};

} // namespace migralab::coordination
