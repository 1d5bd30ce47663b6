// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/simulate.hpp"

#include "ledger.hpp"
#include "migralab/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <queue>

namespace migralab::simulation {

namespace {

struct Arrival {
  double at = 0; // seconds
  std::size_t number = 0;
  GuestIndex guest = 0;
  HostIndex to = 0;
  bool has_waited = false; // only now that the host is on the guest begins to come

  // The earliest first; of equals, in the order in which they began.
  bool operator>(const Arrival& other) const { return at != other.at ? at > other.at : number > other.number; }
};

class Simulator {
public:
  Simulator(const Scenario& scenario, Balancer& balancer)
      : scenario_(scenario), model_(scenario.model), balancer_(balancer),
        interval_(std::chrono::duration<double>(scenario.trace.interval).count()), history_(scenario.guests.size()),
        state_(scenario, history_), ledger_(scenario), where_(scenario.guests.size()),
        there_(scenario.guests.size(), 1), shares_(scenario.guests.size()), given_(scenario.hosts.size()),
        given_before_(scenario.hosts.size()), on_(scenario.hosts.size()), on_before_(scenario.hosts.size()),
        reserved_(scenario.hosts.size()), awake_at_(scenario.hosts.size()) {}

  Outcome run() {
    begin();
    double now = model_.first_step_s;
    for (std::size_t i = 0; i < model_.first_sample; ++i) {
      now += interval_;
    }
    last_ = model_.whole_span ? now : 0;
    const double began = now;
    for (sample_ = model_.first_sample; sample_ < scenario_.trace.steps; ++sample_) {
      gather();
      arrive_before(now);
      step(now);
      now += interval_;
    }
    --sample_; // holds until the end
    arrive_before(now);
    if (model_.whole_span) {
      update(now);
    }
    outcome_.span_s = last_ - began;
    outcome_.energy_kwh = joules_ / 3.6e6;
    outcome_.deviation = deviations_ / static_cast<double>(scenario_.trace.steps - model_.first_sample);
    outcome_.messages = balancer_.messages();
    ledger_.close(outcome_);
    return outcome_;
  }

private:
  /// Guests come one after the other, each at its full size, and have no work yet.
  void begin() {
    state_.let_sizes_bind(true);
    for (GuestIndex guest = 0; guest < state_.guests(); ++guest) {
      state_.set_request(guest, state_.guest(guest).mips());
      const auto host = state_.guest(guest).host ? state_.guest(guest).host : balancer_.first_host(state_, guest);
      if (!host) {
        throw Error(
            fmt::format(
                "scenario: no host can take guest '{}' at the beginning; give more hosts, larger ones or fewer guests",
                state_.guest(guest).name),
            ExitStatus::bad_input);
      }
      state_.put(guest, *host);
      state_.without_work(*host);
      where_[guest] = *host;
    }
    state_.let_sizes_bind(model_.sizes_bind);
  }

  /// A guest's samples lie one after the other, so that those of a moment are far apart: some steps of all guests are
  /// brought together at a time.
  void gather() {
    if (model_.interpolate || (!gathered_.empty() && sample_ < gathered_from_ + steps_at_once)) {
      return;
    }
    const std::size_t guests = state_.guests();
    const std::size_t steps = std::min(steps_at_once, scenario_.trace.steps - sample_);
    gathered_.resize(steps_at_once * guests);
    gathered_from_ = sample_;
    for (std::size_t guest = 0; guest < guests; ++guest) {
      const auto samples = scenario_.trace.cpu_of(guest).subspan(sample_, steps);
      for (std::size_t i = 0; i < steps; ++i) {
        gathered_[i * guests + guest] = samples[i];
      }
    }
  }

  void step(double now) {
    state_.set_sample(sample_);
    update(now);
    deviations_ += deviation();
    history_.add(shares_);
    for (const Order& order : balancer_.decide(state_, now)) {
      depart(order, now);
    }
    keep_reserve(now);
  }

  /// Empty hosts that stay on, or come on: those of the lowest numbers, which guests go to first.
  void keep_reserve(double now) {
    std::size_t wanted = balancer_.reserve();
    for (HostIndex host = 0; host < state_.hosts(); ++host) {
      const bool reserved = wanted > 0 && state_.guests_of(host).empty();
      wanted -= reserved ? 1U : 0U;
      if (reserved != (reserved_[host] != 0)) {
        wake(host, now, reserved && on_[host] == 0);
        reserved_[host] = reserved ? 1 : 0;
        update(host, now);
      }
    }
  }

  void wake(HostIndex host, double now, bool is_off) {
    if (is_off) {
      joules_ += state_.host(host).boot_joules;
      awake_at_[host] = now + state_.host(host).wake_s;
    }
  }

  /// Everybody's demand as it is now, and what hosts make of it.
  void update(double now) {
    for (GuestIndex guest = 0; guest < state_.guests(); ++guest) {
      if (there_[guest] != 0) {
        shares_[guest] = share_at(guest, now);
        state_.set_request(guest, shares_[guest] * state_.guest(guest).mips());
      }
    }
    for (HostIndex host = 0; host < state_.hosts(); ++host) {
      update(host, now);
    }
    draw_power(now);
    last_ = now;
    if (model_.nothing_is_off) {
      switch_off_idle();
    }
  }

  [[nodiscard]] double share_at(GuestIndex guest, double now) const {
    if (!model_.interpolate) {
      return gathered_[(sample_ - gathered_from_) * state_.guests() + guest];
    }
    const auto samples = scenario_.trace.cpu_of(guest);
    const double steps = now / interval_;
    const auto before = static_cast<std::size_t>(steps);
    const double first = samples[std::min(before, samples.size() - 1)];
    const double second = samples[std::min(before + 1, samples.size() - 1)];
    return first + (second - first) / interval_ * (now - static_cast<double>(before) * interval_);
  }

  void update(HostIndex host, double now) {
    given_before_[host] = given_[host];
    on_before_[host] = on_[host];
    if (on_[host] == 0 && reserved_[host] == 0 && state_.guests_of(host).empty() && last_ > 0) {
      return; // it was off, and is; most hosts are
    }
    state_.recount(host);
    state_.share_out(host, portions_);
    const auto guests = state_.guests_of(host);
    double given = 0;
    for (std::size_t i = 0; i < guests.size(); ++i) {
      const GuestIndex guest = guests[i];
      const bool migrates = state_.migrating(guest);
      if (!state_.arriving(guest, host)) {
        ledger_.guest(guest, now, {portions_[i], state_.request(guest), migrates});
      }
      // What a guest loses is not left idle: the migration needs it.
      given +=
          migrates && !state_.arriving(guest, host) ? portions_[i] / (1 - model_.lost_while_migrating) : portions_[i];
    }
    given_[host] = given;
    on_[host] = model_.nothing_is_off ? given > 0 : !guests.empty() || reserved_[host] != 0;
    state_.set_measured(host, share_of(host, given));
    ledger_.host(host, now, {given, state_.requested(host), on_[host] != 0});
  }

  [[nodiscard]] double share_of(HostIndex host, double mips) const {
    const double share = mips / state_.host(host).mips();
    return share > 1 && share < 1.01 ? 1 : share; // rounding
  }

  /// Since the last update.
  void draw_power(double now) {
    const double span = now - last_;
    if (!(span > 0)) {
      return;
    }
    for (HostIndex host = 0; host < state_.hosts(); ++host) {
      if (on_before_[host] == 0) {
        continue;
      }
      const PowerTable& power = state_.host(host).power;
      const double from = power.at(share_of(host, given_before_[host]));
      const double to = power.at(share_of(host, given_[host]));
      joules_ += (model_.interpolate ? from + (to - from) / 2 : from) * span;
    }
  }

  /// Of the shares that hosts give; those that are off give nothing.
  [[nodiscard]] double deviation() const {
    const auto hosts = static_cast<double>(state_.hosts());
    double sum = 0;
    double squares = 0;
    for (HostIndex host = 0; host < state_.hosts(); ++host) {
      const double share = on_[host] != 0 ? state_.measured(host) : 0;
      sum += share;
      squares += share * share;
    }
    return std::sqrt(std::max(squares / hosts - sum / hosts * (sum / hosts), 0.0));
  }

  void switch_off_idle() {
    for (GuestIndex guest = 0; guest < state_.guests(); ++guest) {
      if (there_[guest] != 0 && state_.request(guest) == 0 && !state_.in_flight(guest)) {
        state_.take(guest, where_[guest]);
        there_[guest] = 0;
        shares_[guest] = 0;
        ++outcome_.gone;
      }
    }
  }

  void depart(const Order& order, double now) {
    if (order.guest >= state_.guests() || order.to >= state_.hosts() || there_[order.guest] == 0 ||
        where_[order.guest] == order.to || state_.arriving(order.guest, order.to)) {
      throw Error(fmt::format(
          "balancer: at {} s it ordered guest number {} to host number {}; such a guest is not there, or it is on that "
          "host, or on its way to it",
          now,
          order.guest,
          order.to));
    }
    wake(order.to, now, on_[order.to] == 0);
    const bool waits = awake_at_[order.to] > now;
    state_.begin_arrival(order.guest, order.to, waits);
    if (waits) {
      arrivals_.push({awake_at_[order.to], ++departures_, order.guest, order.to, true});
    }
    update(order.to, now);
    update(where_[order.guest], now);
    if (!waits) {
      copy(order.guest, order.to, now);
    }
  }

  void copy(GuestIndex guest, HostIndex to, double now) {
    const double memory_mb = state_.guest(guest).memory_mb;
    outcome_.moved_mb += memory_mb;
    arrivals_.push({now + migration_seconds(memory_mb, state_.host(to).net_mbit), ++departures_, guest, to});
  }

  /// All arrivals up to then, in the order of time.
  void arrive_before(double end) {
    while (!arrivals_.empty() && arrivals_.top().at < end) {
      const double now = arrivals_.top().at;
      update(now);
      while (!arrivals_.empty() && arrivals_.top().at == now) {
        const Arrival next = arrivals_.top();
        arrivals_.pop();
        if (next.has_waited) {
          state_.stop_waiting(next.guest, next.to);
          copy(next.guest, next.to, now);
        } else {
          arrive(next);
        }
      }
      update(now);
    }
  }

  void arrive(const Arrival& arrival) {
    const HostIndex from = where_[arrival.guest];
    state_.take(arrival.guest, from);
    state_.end_arrival(arrival.guest, arrival.to);
    state_.put(arrival.guest, arrival.to);
    where_[arrival.guest] = arrival.to;
    ledger_.moved(arrival.guest, from, arrival.to, arrival.at);
    balancer_.finished(arrival.guest, arrival.at);
  }

  const Scenario& scenario_;
  const Model& model_;
  Balancer& balancer_;
  double interval_; // seconds
  History history_;
  ClusterState state_;
  Ledger ledger_;
  Outcome outcome_;
  static constexpr std::size_t steps_at_once = 16;
  std::vector<double> gathered_; // by steps, then by guests
  std::size_t gathered_from_ = 0;
  std::size_t sample_ = 0;
  double last_ = 0; // update, seconds
  double joules_ = 0;
  double deviations_ = 0; // added up, of all steps
  std::size_t departures_ = 0;
  std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> arrivals_;
  std::vector<HostIndex> where_;
  std::vector<char> there_;
  std::vector<double> shares_;
  std::vector<double> given_; // by hosts, MIPS
  std::vector<double> given_before_;
  std::vector<char> on_;
  std::vector<char> on_before_;
  std::vector<char> reserved_;
  std::vector<double> awake_at_; // seconds
  std::vector<double> portions_;
};

} // namespace

Outcome simulate(const Scenario& scenario, Balancer& balancer) {
  check(scenario);
  return Simulator(scenario, balancer).run();
}

} // namespace migralab::simulation
