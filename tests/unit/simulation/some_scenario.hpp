// SPDX-License-Identifier: Apache-2.0
// Small clusters whose numbers can be worked out by hand.
#pragma once

#include "migralab/simulation/simulate.hpp"

#include <string>
#include <utility>
#include <vector>

namespace migralab::simulation::test {

/// Draws 100 W idle and 200 W full, on a straight line.
inline constexpr PowerTable straight{{100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200}};

/// Two cores of 500 MIPS, 4000 MB, 1600 Mbit/s: 100 MB/s are for a migration.
inline HostSpec some_host(const std::string& name) {
  return {name, 2, 500, 4000, 1600, straight};
}

/// `shares`: samples of the guest's 400 MIPS.
struct SomeGuest {
  HostIndex host;
  std::vector<double> shares;
  double memory_mb = 1000;
};

/// A sample every 100 s.
inline Scenario some_scenario(std::size_t hosts, const std::vector<SomeGuest>& guests) {
  Scenario scenario;
  for (std::size_t i = 0; i < hosts; ++i) {
    scenario.hosts.push_back(some_host("h" + std::to_string(i)));
  }
  scenario.trace.interval = std::chrono::seconds(100);
  scenario.trace.steps = guests.front().shares.size();
  for (const SomeGuest& guest : guests) {
    const std::string name = "g" + std::to_string(scenario.guests.size());
    scenario.guests.push_back({name, 1, 400, guest.memory_mb, 1, guest.host});
    scenario.trace.guests.push_back({name, 1, 400, guest.memory_mb});
    scenario.trace.cpu.insert(scenario.trace.cpu.end(), guest.shares.begin(), guest.shares.end());
  }
  return scenario;
}

/// The state of a scenario in which each guest is where it begins and demands its first sample.
class SomeState {
public:
  explicit SomeState(Scenario from)
      : scenario(std::move(from)), history(scenario.guests.size()), state(scenario, history) {
    for (GuestIndex guest = 0; guest < scenario.guests.size(); ++guest) {
      state.set_request(guest, scenario.trace.cpu_of(guest).front() * scenario.guests[guest].mips());
      state.put(guest, *scenario.guests[guest].host);
    }
    for (HostIndex host = 0; host < scenario.hosts.size(); ++host) {
      state.set_measured(host, state.requested(host) / scenario.hosts[host].mips());
    }
  }
  SomeState(const SomeState&) = delete; // the state refers to the scenario
  SomeState& operator=(const SomeState&) = delete;
  ~SomeState() = default;

  /// A sample of every guest, as often as it says.
  void remember(const std::vector<double>& shares, int times = 1) {
    for (int i = 0; i < times; ++i) {
      history.add(shares);
    }
    for (HostIndex host = 0; host < scenario.hosts.size(); ++host) {
      state.recount(host);
    }
  }

  Scenario scenario;
  History history;
  ClusterState state;
};

/// Orders what it was told to, at its time.
class Script : public Balancer {
public:
  struct Line {
    double at;
    Order order;
  };
  explicit Script(std::vector<Line> lines) : lines_(std::move(lines)) {}

  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& /*state*/, GuestIndex /*guest*/) override {
    return std::nullopt;
  }
  [[nodiscard]] std::vector<Order> decide(const ClusterState& /*state*/, double seconds) override {
    std::vector<Order> orders;
    for (const Line& line : lines_) {
      if (line.at == seconds) {
        orders.push_back(line.order);
      }
    }
    return orders;
  }
  void finished(GuestIndex guest, double seconds) override { ended.emplace_back(guest, seconds); }
  [[nodiscard]] std::size_t messages() const override { return 0; }
  [[nodiscard]] std::size_t reserve() const override { return 0; }

  std::vector<std::pair<GuestIndex, double>> ended;

private:
  std::vector<Line> lines_;
};

} // namespace migralab::simulation::test
