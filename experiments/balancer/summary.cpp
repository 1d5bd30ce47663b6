// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/summary.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace migralab::balancer {

namespace {

constexpr auto ping_pong_span = std::chrono::minutes(10);

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

balance::Load larger(const balance::Load& a, const balance::Load& b) {
  return {.cpu = std::max(a.cpu, b.cpu), .mem = std::max(a.mem, b.mem), .net = std::max(a.net, b.net)};
}

/// A sample stands for the time since the one before it.
void add_hosts(const BalanceTrace& trace, double limit, BalanceSummary& summary) {
  struct Known {
    std::optional<Instant> at;
    double covered = 0;
    balance::Load sum;
  };
  std::map<std::string, Known> known;
  for (const LoadSample& sample : trace.samples) {
    if (!sample.guest.empty()) {
      continue;
    }
    HostSummary& host = summary.hosts[sample.host];
    Known& before = known[sample.host];
    host.highest_average = larger(host.highest_average, sample.average);
    if (before.at && sample.at > *before.at) {
      const double span = seconds(sample.at - *before.at);
      before.covered += span;
      before.sum += sample.load * balance::all_of(span);
      host.seconds_over += balance::within(sample.load, limit) ? 0 : span;
    }
    before.at = sample.at;
  }
  for (const auto& [name, host] : known) {
    if (host.covered > 0) {
      summary.hosts[name].mean = host.sum / balance::all_of(host.covered);
      summary.hosts[name].covered = host.covered;
    }
  }
}

double deviation(const std::map<std::string, double>& peaks) {
  const auto count = static_cast<double>(peaks.size());
  double sum = 0;
  double squares = 0;
  for (const auto& [host, peak] : peaks) {
    sum += peak;
    squares += peak * peak;
  }
  const double mean = sum / count;
  return std::sqrt(std::max(0.0, squares / count - mean * mean));
}

/// From when every host has told.
void add_imbalance(const BalanceTrace& trace, BalanceSummary& summary) {
  std::map<std::string, double> peaks;
  std::optional<Instant> since;
  double weighted = 0;
  double covered = 0;
  for (const LoadSample& sample : trace.samples) {
    if (!sample.guest.empty()) {
      continue;
    }
    if (since && sample.at > *since) {
      const double span = seconds(sample.at - *since);
      weighted += span * deviation(peaks);
      covered += span;
    }
    peaks[sample.host] = balance::peak(sample.load);
    if (peaks.size() == summary.hosts.size()) {
      since = sample.at;
    }
  }
  summary.imbalance = covered > 0 ? weighted / covered : 0;
}

bool goes_back(const std::vector<BalanceMove>& moves, std::size_t index) {
  const BalanceMove& move = moves[index];
  return std::any_of(
      moves.begin(), moves.begin() + static_cast<std::ptrdiff_t>(index), [&](const BalanceMove& earlier) {
        return earlier.succeeded && earlier.guest == move.guest && earlier.from == move.to &&
               move.began - earlier.began <= ping_pong_span;
      });
}

/// The latest sample of the host before the order came, if that host asked.
std::optional<Nanoseconds> response_of(const BalanceTrace& trace, const BalanceMove& move, double limit) {
  const LoadSample* asked = nullptr;
  for (const LoadSample& sample : trace.samples) {
    if (sample.guest.empty() && sample.host == move.from && sample.at <= move.ordered) {
      asked = &sample;
    }
  }
  if (asked == nullptr || balance::within(asked->average, limit)) {
    return std::nullopt; // a second guest, or another host's round
  }
  return move.ordered - asked->at;
}

void add_moves(const BalanceTrace& trace, double limit, BalanceSummary& summary) {
  for (std::size_t i = 0; i < trace.moves.size(); ++i) {
    const BalanceMove& move = trace.moves[i];
    summary.bytes += move.bytes;
    if (!move.succeeded) {
      ++summary.failed_moves;
      continue;
    }
    ++summary.moves;
    ++summary.destinations[{move.guest, move.to}];
    summary.ping_pong += goes_back(trace.moves, i) ? 1U : 0U;
    summary.downtime += move.downtime.value_or(Nanoseconds(0));
    summary.longest_response =
        std::max(summary.longest_response, response_of(trace, move, limit).value_or(Nanoseconds(0)));
  }
}

} // namespace

BalanceSummary summarize(const BalanceTrace& trace, double limit) {
  BalanceSummary summary;
  add_hosts(trace, limit, summary);
  add_imbalance(trace, summary);
  add_moves(trace, limit, summary);
  summary.rounds = trace.rounds.size();
  for (const auto& [node, traffic] : trace.traffic) {
    summary.messages += traffic.sent;
    summary.message_bytes += traffic.sent_bytes;
  }
  return summary;
}

} // namespace migralab::balancer
