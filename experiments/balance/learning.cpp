// SPDX-License-Identifier: Apache-2.0
// A threshold that follows what migrations were good for. What is published of Choi et al. 2008 names no formulas; the
// rule is ours.
#include "rival_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace migralab::balance {

namespace {

/// Population standard deviation of the hosts' largest shares.
double deviation(const Cluster& cluster) {
  double sum = 0;
  double squares = 0;
  for (const Host& host : cluster.hosts) {
    sum += peak(host.load);
    squares += peak(host.load) * peak(host.load);
  }
  const auto hosts = static_cast<double>(cluster.hosts.size());
  return hosts > 0 ? std::sqrt(std::max(squares / hosts - sum / hosts * (sum / hosts), 0.0)) : 0;
}

void judge_moves(const Parameters& parameters, double now, Learnt& learnt) {
  learnt.gains.push_back(*learnt.before - now);
  learnt.before.reset();
  if (learnt.gains.size() > parameters.memory) {
    learnt.gains.erase(learnt.gains.begin());
  }
  const double sum = std::accumulate(learnt.gains.begin(), learnt.gains.end(), 0.0);
  if (learnt.gains.size() == parameters.memory && sum < parameters.least_gain * parameters.memory) {
    learnt.threshold = std::min(learnt.threshold + parameters.step, parameters.highest);
    learnt.gains.clear();
  }
}

} // namespace

double threshold_of(const PacingState& state, const Parameters& parameters) {
  return state.learnt ? state.learnt->threshold : parameters.overload;
}

std::vector<HostIndex> OverLearnt::overloaded(const Round& round) const {
  const std::vector<Host>& hosts = round.cluster().hosts;
  const double threshold = threshold_of(round.pacing(), round.parameters());
  std::vector<HostIndex> found;
  for (HostIndex host = 0; host < hosts.size(); ++host) {
    if (!within(hosts[host].load, threshold)) {
      found.push_back(host);
    }
  }
  return by_volume(round, std::move(found), [&](HostIndex host) -> const Load& { return hosts[host].load; });
}

void Learning::observe(const Round& round, const std::vector<HostIndex>& overloaded, PacingState& state) const {
  Switches::observe(round, overloaded, state);
  const Parameters& parameters = round.parameters();
  if (!state.learnt) {
    state.learnt = Learnt{parameters.overload, {}, std::nullopt, 0, 0, round.now()};
  } else if (periods_between(state.learnt->latest, round.now(), parameters.period) == 0) {
    return;
  }
  Learnt& learnt = *state.learnt;
  const double now = deviation(round.cluster());
  learnt.latest = round.now();
  if (!state.in_flight.empty()) {
    learnt.before = learnt.before.value_or(learnt.deviation); // when it was decided, the round before
    learnt.quiet = 0;
    return; // what is under way tells nothing yet
  }
  learnt.deviation = now;
  if (++learnt.quiet < parameters.settle) {
    return;
  }
  learnt.quiet = 0;
  if (learnt.before) {
    judge_moves(parameters, now, learnt);
  } else if (overloaded.empty() && now > parameters.spread) {
    learnt.threshold = std::max(learnt.threshold - parameters.step, parameters.asks_above());
  }
}

} // namespace migralab::balance
