// SPDX-License-Identifier: Apache-2.0
// The agent of a host where there is no coordinator: hosts compare themselves, two by two. After Zhao and Huang 2009
// (COMPARE_AND_BALANCE); how they agree on a guest is ours (docs/protocol.md). A state machine like Agent: whoever owns
// it has the socket, the clock and the hypervisor.
#pragma once

#include "migralab/coordination/agent.hpp"
#include "migralab/coordination/coordinator.hpp"
#include "migralab/coordination/host_view.hpp"
#include "migralab/coordination/record.hpp"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace migralab::coordination {

struct PeerOptions {
  std::string host;
  std::vector<std::string> others; ///< hosts with a peer
  Epoch epoch = 0;                 ///< drawn by chance for this life
  Key key;
  balance::Parameters parameters; ///< period, mu, adaptive_mu, weight, ceiling and seed are used
  Timing timing;
};

struct PeerActions {
  bool sample = false;              ///< look at the host and tell what was seen, or that it failed
  std::vector<Order> begin;         ///< migrate, and tell when that ended
  std::vector<Addressed> datagrams; ///< in this order
  std::vector<Record> records;      ///< for the log
  std::vector<std::string> notes;   ///< for the log
  std::optional<Refusal> refused;   ///< why the event's datagram was not taken
  Instant wake;                     ///< when it wants a Tick, if nothing happens before
};

/// How busy a host is: weight * processors + (1 - weight) * network.
[[nodiscard]] double compared_cost(const balance::Load& load, double weight);

/// The guest of `here` that leaves the two hosts closest to each other, and closer than they are, of those that `there`
/// takes up to the ceiling; nothing: there is none.
[[nodiscard]] std::optional<std::string>
evening_guest(const HostSample& here, const HostSample& there, const balance::Parameters& parameters);

class Peer {
public:
  /// Throws Error for names that are none, for epoch 0, and (exit code 2) where there is no other host.
  explicit Peer(PeerOptions options);

  /// `now` is CLOCK_MONOTONIC; what lies before the latest one counts as that.
  [[nodiscard]] PeerActions handle(const AgentEvent& event, Instant now);

  /// The averages as of the latest sample, for the log; empty before the first.
  [[nodiscard]] const HostSample& averages() const { return view_.seen(); }

private:
  struct Link {
    Channel channel;
    Assembly answers; // of INFO
    Assembly offers;  // of VM_INFO
  };
  /// A host that was asked how busy it is.
  struct Question {
    std::string host;
    std::uint64_t round = 0;
    Instant deadline;
  };
  /// A guest that was offered to it.
  struct Offer {
    std::string host;
    std::string guest;
    Ticket ticket = 0;
    Instant deadline;
  };
  /// A guest that this host has promised to take.
  struct Slot {
    std::string from;
    Order order;
    Instant promised;
  };

  void on(const Tick& /*event*/) {}
  void on(const Datagram& event);
  void on(const HostSample& event);
  void on(const SampleFailed& event);
  void on(const MigrationEnded& event);
  void take(const std::string& /*host*/, const Hello& /*body*/) {}
  void take(const std::string& /*host*/, const Welcome& /*body*/) {}
  void take(const std::string& /*host*/, const Ack& /*body*/) {}
  void take(const std::string& host, const SendInfo& body);
  void take(const std::string& host, const Info& body);
  void take(const std::string& host, const VmInfo& body);
  void take(const std::string& host, const Migrate& body);
  void take(const std::string& host, const MigrationFinished& body);

  void ask_somebody();
  void compare_with(const std::string& host, const HostSample& there);
  void free_slot_when_done();
  [[nodiscard]] std::string objection(const HostSample& offered) const;
  [[nodiscard]] std::string objection(const Order& order, const Offer& offer) const;
  [[nodiscard]] bool may_give() const;
  [[nodiscard]] double lot();
  [[nodiscard]] Ticket new_ticket();
  void send(const std::string& host, Body body, Nanoseconds patience);
  [[nodiscard]] Instant wake() const;

  PeerOptions options_;
  HostView view_;
  std::map<std::string, Link> links_;
  std::mt19937 lots_;
  PeerActions actions_; // of the event that is being handled
  std::optional<Instant> started_;
  Instant now_;
  Instant next_sample_;
  Ticket last_ticket_ = 0;
  std::uint64_t last_round_ = 0;
  std::uint64_t last_order_ = 0;
  std::optional<Question> question_;
  std::optional<Offer> offer_;
  std::optional<Order> leaving_; // a migration that this host carries out
  std::optional<Slot> slot_;
  std::set<OrderId> accepted_; // ever, in this life
};

} // namespace migralab::coordination
