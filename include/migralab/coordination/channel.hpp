// SPDX-License-Identifier: Apache-2.0
// One end of the conversation of an agent and the coordinator: every message arrives once, or its deadline passes.
// Order is not kept. No sockets and no clock: datagrams and time are parameters and results.
//
// Each end draws an epoch when it starts and numbers its messages. It takes a message only when that is addressed to
// its own epoch and comes from the epoch that it knows the other end to have, and each number once. It knows the
// other's epoch from the answer to a challenge that it never used before, so nothing recorded earlier can pass for the
// other end.
#pragma once

#include "migralab/coordination/message.hpp"
#include "migralab/coordination/replay_window.hpp"
#include "migralab/coordination/timing.hpp"

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace migralab::coordination {

/// Who talks to whom.
struct Ends {
  std::string self;
  Epoch epoch = 0; ///< of this life of `self`; not 0
  std::string peer;
};

class Channel {
public:
  /// Throws Error for names that are none, and for epoch 0.
  Channel(Ends ends, Key key, const Timing& timing);

  /// Repeats the message until it is acknowledged, by whichever life of the peer, or the deadline has passed.
  void send(Body body, Instant now, Instant deadline);

  /// A message that open() gave and that names both ends. Its body, once; bodies of Hello, Welcome and Ack concern the
  /// channel alone.
  [[nodiscard]] std::variant<Body, Refusal> accept(const Message& message, Instant now);

  /// Datagrams to be sent now, if any. To be asked after each call of the above, and at wake().
  [[nodiscard]] std::vector<std::string> due(Instant now);

  /// When something will be due; nothing: not before another call.
  [[nodiscard]] std::optional<Instant> wake() const;

private:
  /// When to send, and to send again.
  struct Repeat {
    Instant next;
    Nanoseconds wait;
    Instant deadline;
  };
  struct Pending {
    std::uint64_t number;
    Body body;
    Repeat repeat;
  };
  struct Challenge {
    std::uint64_t number;
    Repeat repeat;
  };

  [[nodiscard]] std::variant<Body, Refusal> accept_welcome(const Message& message, Instant now);
  [[nodiscard]] std::variant<Body, Refusal> accept_numbered(const Message& message, Instant now);
  void challenge(Instant now, Instant deadline);
  void adopt(Epoch peer, Instant now);
  void advance(Repeat& repeat, Instant now) const;
  [[nodiscard]] std::string sealed(std::uint64_t number, Epoch to, const Body& body) const;
  [[nodiscard]] std::size_t on_their_way() const;

  Ends ends_;
  Key key_;
  Timing timing_;
  Epoch peer_epoch_ = 0; // 0: not known
  std::uint64_t last_number_ = 0;
  std::uint64_t last_challenge_ = 0;
  std::optional<Challenge> challenge_;
  ReplayWindow window_; // of the peer's present life
  std::deque<Pending> pending_;
  std::vector<std::string> answers_;
};

} // namespace migralab::coordination
