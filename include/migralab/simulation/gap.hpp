// SPDX-License-Identifier: Apache-2.0
// How far a balancer's decisions are from the best ones.
#pragma once

#include "migralab/simulation/balancer.hpp"

#include <optional>

namespace migralab::simulation {

/// Asks another balancer, and puts each of its decisions beside the best that as many moves could have done: by the
/// largest share of any resource of any host once they have ended (balance::coolest). Decisions are judged of clusters
/// of at most 8 hosts and 30 guests, of at most 4 moves, and while no guest is in flight.
class GapMeter : public Balancer {
public:
  /// `inner` must outlive it.
  explicit GapMeter(Balancer& inner) : inner_(inner) {}

  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) override {
    return inner_.first_host(state, guest);
  }
  [[nodiscard]] std::vector<Order> decide(const ClusterState& state, double seconds) override;
  void finished(GuestIndex guest, double seconds) override { inner_.finished(guest, seconds); }
  [[nodiscard]] std::size_t messages() const override { return inner_.messages(); }
  [[nodiscard]] std::size_t reserve() const override { return inner_.reserve(); }

  /// Of all that could be judged, as a share of a host; nothing: none could.
  [[nodiscard]] std::optional<double> mean() const {
    return judged_ == 0 ? std::nullopt : std::optional(sum_ / static_cast<double>(judged_));
  }

private:
  Balancer& inner_;
  double sum_ = 0;
  std::size_t judged_ = 0;
};

} // namespace migralab::simulation
