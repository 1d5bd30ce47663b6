// SPDX-License-Identifier: Apache-2.0
#include "ledger.hpp"

#include <algorithm>

namespace migralab::simulation {

namespace {

constexpr double ping_pong_s = 600;
constexpr double nearly_full = 0.9;
constexpr double rounding = 1e-9;

} // namespace

Ledger::Ledger(const Scenario& scenario)
    : scenario_(scenario), hosts_(scenario.hosts.size()), guests_(scenario.guests.size()),
      was_on_(scenario.hosts.size(), 1), departures_(scenario.guests.size()) {}

void Ledger::host(HostIndex host, double now, const HostEntry& entry) {
  Kept<HostEntry>& kept = hosts_[host];
  if (kept.since >= 0 && kept.since < now) {
    settle(host, now);
  }
  kept = {now, entry};
}

void Ledger::settle(HostIndex host, double until) {
  const Kept<HostEntry>& kept = hosts_[host];
  count_shutdown(host);
  if (!kept.entry.on) {
    return;
  }
  const double span = until - kept.since;
  on_s_ += span;
  const double enough = scenario_.model.last_bit_counts ? 1 : 1 - rounding;
  if (kept.entry.given < kept.entry.requested * enough) {
    violated_s_ += span;
  }
  if (kept.entry.given > nearly_full * scenario_.hosts[host].mips()) {
    over_90_s_ += span;
  }
}

void Ledger::count_shutdown(HostIndex host) {
  const bool on = hosts_[host].entry.on;
  shutdowns_ += was_on_[host] != 0 && !on ? 1U : 0U;
  was_on_[host] = on ? 1 : 0;
}

void Ledger::guest(GuestIndex guest, double now, const GuestEntry& entry) {
  Kept<GuestEntry>& kept = guests_[guest];
  if (kept.since >= 0 && kept.since < now) {
    const double span = now - kept.since;
    requested_ += kept.entry.requested * span;
    if (kept.entry.migrating && kept.entry.given < kept.entry.requested) {
      lost_ += (kept.entry.requested - kept.entry.given) * span;
    }
  }
  kept = {now, entry};
}

void Ledger::moved(GuestIndex guest, HostIndex from, HostIndex to, double now) {
  ++migrations_;
  std::vector<Departure>& departures = departures_[guest];
  std::erase_if(departures, [&](const Departure& one) { return now - one.at > ping_pong_s; });
  const bool back =
      std::any_of(departures.begin(), departures.end(), [&](const Departure& one) { return one.host == to; });
  ping_pong_ += back ? 1U : 0U;
  departures.push_back({from, now});
}

void Ledger::close(Outcome& outcome) {
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    count_shutdown(host);
  }
  outcome.migrations = migrations_;
  outcome.ping_pong = ping_pong_;
  outcome.slatah = on_s_ > 0 ? violated_s_ / on_s_ : 0;
  outcome.pdm = requested_ > 0 ? lost_ / requested_ : 0;
  outcome.over_90_s = over_90_s_;
  outcome.shutdowns = shutdowns_;
}

} // namespace migralab::simulation
