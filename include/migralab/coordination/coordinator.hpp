// SPDX-License-Identifier: Apache-2.0
// The coordinator as a state machine: datagrams and time go in, what is to be done comes out (docs/protocol.md).
// Whoever owns it has the socket and the clock. After Ferreira and Martins 2013, chapter 6.
//
// It may be restarted at any moment. What is under way it learns again from the agents; only the policy's memory of
// earlier rounds (pacing()) is worth writing down.
#pragma once

#include "migralab/balance/policy.hpp"
#include "migralab/coordination/agent.hpp"
#include "migralab/coordination/evacuation.hpp"
#include "migralab/coordination/groups.hpp"
#include "migralab/coordination/order_book.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace migralab::coordination {

struct CoordinatorOptions {
  std::string name;
  Epoch epoch = 0; ///< drawn by chance for this life
  Key key;
  std::vector<std::string> hosts; ///< that have an agent
  Timing timing;
  std::vector<NamedGroup> groups{};
  /// Of `hosts`: to be emptied. As long as one has guests, rounds begin without being asked for.
  std::set<std::string> evacuate{};
};

using CoordinatorEvent = std::variant<Tick, Datagram>;

struct Addressed {
  std::string to; ///< host
  std::string datagram;
};

struct CoordinatorActions {
  std::vector<Addressed> datagrams; ///< in this order
  std::vector<Record> records;      ///< for the log
  std::optional<Refusal> refused;   ///< why the event's datagram was not taken
  std::optional<Instant> wake;      ///< when it wants a Tick, if nothing happens before
};

class Coordinator {
public:
  /// Moves in flight in the policy's state are those of the life before: each counts until its destination shows the
  /// guest, or has had the time to. Throws Error for names that are none,
  /// for epoch 0, and (exit code 2) for a host that is listed twice, or is to be emptied and not listed.
  Coordinator(CoordinatorOptions options, balance::Policy policy);

  /// `now` is CLOCK_MONOTONIC; what lies before the latest one counts as that.
  [[nodiscard]] CoordinatorActions handle(const CoordinatorEvent& event, Instant now);

  /// To be restored in the policy of the next life, on the same machine since the same boot.
  [[nodiscard]] const balance::PacingState& pacing() const { return policy_.state(); }

private:
  struct Peer {
    Channel channel;
    Assembly asking;  // of VM_INFO
    Assembly answers; // of INFO
  };
  /// A round until its decision.
  struct Collecting {
    std::uint64_t round = 0;
    Instant began;
    std::map<std::string, Ticket> asked_by;
    Reports reports;
  };
  /// A guest that has moved, or may have, and that its new host's samples do not show yet.
  struct Settling {
    balance::Move move;
    Instant until;
    std::optional<Instant> ended{};    ///< nothing: it may never have begun
    std::optional<MoveEnded> untold{}; ///< nobody told how it ended: what to record if its new host shows it
  };
  /// Nothing is ordered before that.
  struct Held {
    std::string why;
    Instant until;
  };

  void on(const Tick& /*event*/) {}
  void on(const Datagram& event);
  void take(const std::string& /*host*/, const Hello& /*body*/) {}
  void take(const std::string& /*host*/, const Welcome& /*body*/) {}
  void take(const std::string& /*host*/, const Ack& /*body*/) {}
  void take(const std::string& /*host*/, const SendInfo& /*body*/) {}
  void take(const std::string& /*host*/, const Migrate& /*body*/) {}
  void take(const std::string& host, const VmInfo& body);
  void take(const std::string& host, const Info& body);
  void take(const std::string& host, const MigrationFinished& body);

  void inherit();
  void begin_round();
  void decide();
  [[nodiscard]] RoundDecided decision_on(const Collecting& round);
  void plan(const RoundDecided& record);
  void catch_up(const Collecting& round);
  void settle(const Reports& reports);
  [[nodiscard]] std::string hold(const std::string& found);
  [[nodiscard]] std::string quiet() const;
  /// No sample that counts is older.
  [[nodiscard]] Nanoseconds sample_span() const { return sample_lifetime * policy_.parameters().period; }
  void answer(const Collecting& round);
  bool order_next(const std::string& host, Ticket ticket);
  void send(const std::string& host, Body body, Nanoseconds patience);
  void close(const std::vector<MoveEnded>& ended);
  void act();

  CoordinatorOptions options_;
  balance::Policy policy_;
  OrderBook book_;
  Evacuation evacuation_;
  std::map<std::string, Peer> peers_;
  CoordinatorActions actions_; // of the event that is being handled
  std::optional<Instant> started_;
  Instant now_;
  std::uint64_t last_round_ = 0;
  Instant next_round_; // not before that, unless somebody asks
  std::optional<Collecting> collecting_;
  std::vector<Settling> settling_;
  Held held_;
  std::set<std::string> heard_;                  // hosts that have told of themselves in this life
  std::map<std::string, std::string> last_seen_; // host by guest
};

} // namespace migralab::coordination
