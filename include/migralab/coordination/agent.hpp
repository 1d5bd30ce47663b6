// SPDX-License-Identifier: Apache-2.0
// The agent of a host as a state machine: events and time go in, what is to be done comes out (docs/protocol.md).
// Whoever owns it has the socket, the clock and the hypervisor. After Ferreira and Martins 2013, chapters 5.1 and 6.
#pragma once

#include "migralab/balance/load.hpp"
#include "migralab/balance/parameters.hpp"
#include "migralab/coordination/channel.hpp"
#include "migralab/coordination/host_view.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace migralab::coordination {

struct AgentOptions {
  std::string host;
  std::string coordinator; ///< its name
  Epoch epoch = 0;         ///< drawn by chance for this life
  Key key;
  balance::Parameters parameters; ///< period, mu, adaptive_mu, overload and watch are used
  Timing timing;
};

/// Time has passed.
struct Tick {};
struct Datagram {
  std::string bytes;
};
struct SampleFailed {
  std::string why;
};
struct MigrationEnded {
  OrderId order;
  bool succeeded = false;
  std::string error; ///< of one that did not
};
using AgentEvent = std::variant<Tick, Datagram, HostSample, SampleFailed, MigrationEnded>;

struct AgentActions {
  bool sample = false;                ///< look at the host and tell what was seen, or that it failed
  std::vector<Order> begin;           ///< migrate, and tell when that ended
  std::vector<std::string> datagrams; ///< to the coordinator, in this order
  std::optional<Refusal> refused;     ///< why the event's datagram was not taken
  std::vector<std::string> notes;     ///< for the log
  Instant wake;                       ///< when it wants a Tick, if nothing happens before
};

class Agent {
public:
  /// Throws Error for names that are none and for epoch 0.
  explicit Agent(AgentOptions options);

  /// `now` is CLOCK_MONOTONIC; what lies before the latest one counts as that.
  [[nodiscard]] AgentActions handle(const AgentEvent& event, Instant now);

  /// The averages as of the latest sample, for the log; empty before the first.
  [[nodiscard]] const HostSample& averages() const { return view_.seen(); }

private:
  struct Asking {
    Ticket ticket;
    Instant deadline;
  };

  void on(const Tick& /*event*/) {}
  void on(const Datagram& event);
  void on(const HostSample& event);
  void on(const SampleFailed& event);
  void on(const MigrationEnded& event);
  void take(const Hello& /*body*/) {}
  void take(const Welcome& /*body*/) {}
  void take(const Ack& /*body*/) {}
  void take(const VmInfo& /*body*/) {}
  void take(const Info& /*body*/) {}
  void take(const MigrationFinished& /*body*/) {}
  void take(const SendInfo& body);
  void take(const Migrate& body);

  void start();
  void ask_for_relief();
  [[nodiscard]] Report report();
  [[nodiscard]] std::string objection(const Order& order, Ticket ticket) const;
  [[nodiscard]] bool is_moving(const std::string& guest) const;
  [[nodiscard]] Ticket new_ticket();
  void finish(const OrderId& order, Outcome outcome, const std::string& why);
  [[nodiscard]] Instant wake() const;

  AgentOptions options_;
  Channel channel_;
  HostView view_;
  AgentActions actions_; // of the event that is being handled
  std::optional<Instant> started_;
  Instant now_;
  Instant next_sample_;
  Ticket last_ticket_ = 0;
  std::optional<Asking> asking_;
  std::vector<Order> orders_;  // being carried out
  std::set<OrderId> accepted_; // ever, in this life: some bytes for each migration
};

} // namespace migralab::coordination
