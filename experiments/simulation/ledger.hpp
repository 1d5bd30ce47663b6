// SPDX-License-Identifier: Apache-2.0
// Adds up what metrics are made of, while a simulation goes on. An entry holds until the next one of the same host or
// guest; of two at the same time the later one counts.
#pragma once

#include "migralab/simulation/simulate.hpp"

#include <vector>

namespace migralab::simulation {

class Ledger {
public:
  explicit Ledger(const Scenario& scenario);

  struct HostEntry {
    double given = 0;     // MIPS
    double requested = 0; // MIPS
    bool on = false;
  };
  void host(HostIndex host, double now, const HostEntry& entry);

  struct GuestEntry {
    double given = 0;     // MIPS
    double requested = 0; // MIPS
    bool migrating = false;
  };
  void guest(GuestIndex guest, double now, const GuestEntry& entry);

  void moved(GuestIndex guest, HostIndex from, HostIndex to, double now);

  /// Nothing comes after it.
  void close(Outcome& outcome);

private:
  template <typename Entry> struct Kept {
    double since = -1; // before the first entry
    Entry entry;
  };
  struct Departure {
    HostIndex host;
    double at;
  };

  void settle(HostIndex host, double until);
  void count_shutdown(HostIndex host);

  const Scenario& scenario_;
  std::vector<Kept<HostEntry>> hosts_;
  std::vector<Kept<GuestEntry>> guests_;
  std::vector<char> was_on_;
  std::vector<std::vector<Departure>> departures_; // by guest; the newest last
  double on_s_ = 0;
  double violated_s_ = 0;
  double over_90_s_ = 0;
  double requested_ = 0;
  double lost_ = 0;
  std::size_t shutdowns_ = 0;
  std::size_t ping_pong_ = 0;
  std::size_t migrations_ = 0;
};

} // namespace migralab::simulation
