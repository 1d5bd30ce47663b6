// SPDX-License-Identifier: Apache-2.0
// A policy of room balance, which decides for labs, put to a simulated cluster: it sees what agents would have
// measured.
#pragma once

#include "migralab/balance/policy.hpp"
#include "migralab/simulation/balancer.hpp"

#include <string>
#include <unordered_map>

namespace migralab::simulation {

/// As agents do: every sample is averaged with those before it, but for those of a host that a guest is leaving; a
/// guest's average begins anew on another host; a round takes place when a host's average is over the limit.
class LivePolicy : public Balancer {
public:
  /// What is seen of guests' processors: what they get, as an agent measures it from outside; or what they want, as who
  /// looks into guests knows it. Wood et al. 2007 call these the black box and the gray box.
  enum class Sight { outside, inside };

  explicit LivePolicy(balance::Policy policy, Sight sight = Sight::outside);

  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) override;
  [[nodiscard]] std::vector<Order> decide(const ClusterState& state, double seconds) override;
  void finished(GuestIndex guest, double seconds) override;
  [[nodiscard]] std::size_t messages() const override { return messages_; }
  [[nodiscard]] std::size_t reserve() const override { return 0; }

private:
  void begin(const ClusterState& state);
  void sample(const ClusterState& state);
  void sample(const ClusterState& state, HostIndex host);

  balance::Policy policy_;
  Sight sight_;
  balance::Smoother fresh_;
  balance::Cluster cluster_;
  std::vector<std::string> names_; // of guests
  std::unordered_map<std::string, GuestIndex> guests_;
  std::unordered_map<std::string, HostIndex> hosts_;
  std::vector<balance::Smoother> host_averages_;
  std::vector<balance::Smoother> guest_averages_;
  struct Way {
    HostIndex from = 0;
    HostIndex to = 0;
  };
  std::vector<Way> ways_;                     // of guests in flight
  std::vector<balance::Load> gone_;           // by hosts: what left them used, since a sample counted
  std::vector<std::vector<GuestIndex>> come_; // by hosts: likewise
  std::vector<char> busy_lately_;             // by hosts: a migration to or from it since the last sample
  std::size_t asking_ = 0;                    // hosts that ask for a round
  std::size_t messages_ = 0;
};

} // namespace migralab::simulation
