// SPDX-License-Identifier: Apache-2.0
// The agent of a host as a state machine: events and time go in, what is to be done comes out (docs/protocol.md).
// Whoever owns it has the socket, the clock and the hypervisor. After Ferreira and Martins 2013, chapters 5.1 and 6.
#pragma once

#include "migralab/balance/load.hpp"
#include "migralab/balance/parameters.hpp"
#include "migralab/coordination/channel.hpp"

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

/// Averages of a host and its guests. A guest that comes counts whole at first, once it runs; one that has gone is
/// forgotten.
class SmoothedHost {
public:
  explicit SmoothedHost(double mu, bool adaptive = false) : fresh_(mu, std::nullopt, adaptive), host_(fresh_) {}

  /// The averages with this sample; or, where it does not count, as they were, of what it shows.
  [[nodiscard]] HostSample add(const HostSample& sample, bool counts = true);

private:
  balance::Smoother fresh_; // before any sample
  balance::Smoother host_;
  std::map<std::string, balance::Smoother> guests_;
};

class Agent {
public:
  /// Throws Error for names that are none and for epoch 0.
  explicit Agent(AgentOptions options);

  /// `now` is CLOCK_MONOTONIC; what lies before the latest one counts as that.
  [[nodiscard]] AgentActions handle(const AgentEvent& event, Instant now);

  /// The averages as of the latest sample, for the log; empty before the first.
  [[nodiscard]] const HostSample& averages() const { return seen_; }

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
  [[nodiscard]] std::string problem() const;
  [[nodiscard]] std::string objection(const Order& order, Ticket ticket) const;
  [[nodiscard]] bool counts(const HostSample& sample);
  [[nodiscard]] balance::Load load_now() const;
  [[nodiscard]] bool is_moving(const std::string& guest) const;
  [[nodiscard]] Ticket new_ticket();
  void finish(const OrderId& order, Outcome outcome, const std::string& why);
  [[nodiscard]] Instant wake() const;

  AgentOptions options_;
  Channel channel_;
  SmoothedHost smoothed_;
  AgentActions actions_; // of the event that is being handled
  std::optional<Instant> started_;
  Instant now_;
  Instant next_sample_;
  HostSample seen_; // the newest averages, with what happened since
  std::optional<Instant> sampled_;
  std::string failure_; // of the newest sample; empty: it did not fail
  Ticket last_ticket_ = 0;
  std::optional<Asking> asking_;
  std::vector<Order> orders_;  // being carried out
  bool guest_left_ = false;    // or tried to, since the latest sample
  balance::Load gone_;         // with guests that left since the latest sample that counts
  std::set<std::string> come_; // guests that came since then
  std::set<std::string> left_; // guests that left, until a sample is without them
  std::set<OrderId> accepted_; // ever, in this life: some bytes for each migration
};

} // namespace migralab::coordination
