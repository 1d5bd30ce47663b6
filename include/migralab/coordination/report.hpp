// SPDX-License-Identifier: Apache-2.0
// What an agent tells of its host: loads, guests, and the orders that it is carrying out. Pure values.
#pragma once

#include "migralab/balance/load.hpp"
#include "migralab/core/clock.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab::coordination {

/// Drawn by chance, not 0, whenever an agent or a coordinator starts: a name for one of its lives.
using Epoch = std::uint64_t;

/// A moment on the monotonic clock of an agent's machine, in nanoseconds. A report carries one, the order that rests on
/// it brings it back, and the agent sees from it how old the knowledge is. To everyone else it is only a number.
using Ticket = std::uint64_t;

/// What the hypervisor of a host says of a guest there.
enum class GuestState : std::uint8_t {
  running,
  leaving, ///< it runs, and is being migrated to another host
  arriving ///< its memory is coming in; it does not run here
};
inline constexpr std::uint8_t guest_states = 3;

struct GuestReport {
  std::string name;
  GuestState state = GuestState::running;
  balance::Load load;  ///< shares of the host's capacity
  double image_mb = 1; ///< memory to be sent, above 0

  bool operator==(const GuestReport&) const = default;
};

/// One look at a host, as the hypervisor and the kernel have it.
struct HostSample {
  balance::Load load;              ///< shares of the capacity, guests included
  balance::Load capacity{1, 1, 1}; ///< in any unit, the same for all hosts; above 0
  std::vector<GuestReport> guests;

  bool operator==(const HostSample&) const = default;
};

/// The most guests that a report can carry.
inline constexpr std::size_t most_guests = 1024;
/// Bytes of a host's or a guest's name. Letters, digits and "._-".
inline constexpr std::size_t longest_name = 63;
[[nodiscard]] bool is_name(const std::string& text);

/// What makes a sample unusable ("guest web: cpu is nan"); empty when nothing does.
[[nodiscard]] std::string problem_of(const HostSample& sample);

/// Unique: no two lives of a coordinator share an epoch, no two orders of a life a number.
struct OrderId {
  Epoch coordinator = 0;
  std::uint64_t number = 0;

  auto operator<=>(const OrderId&) const = default;
};

/// "Migrate this guest to that host", for the agent of the host where it is.
struct Order {
  OrderId id;
  std::string guest;
  std::string to;

  bool operator==(const Order&) const = default;
};

struct Report {
  Ticket ticket = 0;
  std::string problem;       ///< why there is no sample to tell; empty: there is one
  HostSample sample;         ///< smoothed
  std::vector<Order> orders; ///< that the agent is carrying out

  bool operator==(const Report&) const = default;
};

/// As much of a report as a datagram carries: its ticket, problem and host, and some of its orders and guests.
struct ReportPart {
  std::uint8_t part = 0; ///< from 0
  std::uint8_t parts = 1;
  Report slice;

  bool operator==(const ReportPart&) const = default;
};

/// At least one part; each fits a datagram, whatever the names of sender and receiver.
[[nodiscard]] std::vector<ReportPart> split(const Report& report);

/// Puts parts together again, in whatever order they come. Parts of an older report than the newest known one are
/// dropped.
class Assembly {
public:
  /// The whole report, with its last missing part.
  [[nodiscard]] std::optional<Report> add(const ReportPart& part);

private:
  Ticket ticket_ = 0;
  std::map<std::uint8_t, ReportPart> parts_;
};

} // namespace migralab::coordination
