// SPDX-License-Identifier: Apache-2.0
// What is simulated: hosts, guests, and by which model of what happens to them.
#pragma once

#include "migralab/simulation/power.hpp"
#include "migralab/simulation/trace.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace migralab::simulation {

using HostIndex = std::uint32_t;
using GuestIndex = std::uint32_t;

/// Processors count in MIPS, as in the literature: a million instructions per second, or MHz, or any other unit that is
/// the same for hosts and guests.
struct HostSpec {
  std::string name;
  unsigned cores = 1;
  double core_mips = 0;
  double memory_mb = 0;
  double net_mbit = 0; ///< half of it is for migrations (Beloglazov and Buyya 2012)
  PowerTable power;
  double wake_s = 0;      ///< that it takes to come on: what goes to a host that is off arrives so much later
  double boot_joules = 0; ///< that this costs, beside what it draws when it is on

  [[nodiscard]] double mips() const { return cores * core_mips; }
};

struct GuestSpec {
  std::string name;
  unsigned cores = 1;
  double core_mips = 0; ///< of each of its processors, at most; a host whose cores are slower gives what it has
  double memory_mb = 0;
  double net_mbit = 0;           ///< that it is promised
  std::optional<HostIndex> host; ///< where it begins; else where the balancer puts it

  [[nodiscard]] double mips() const { return cores * core_mips; }
};

/// A guest's memory, once, over half of the network of its destination.
[[nodiscard]] inline double migration_seconds(double memory_mb, double net_mbit) {
  return memory_mb / (net_mbit / 16); // Mbit/s to MB/s, and half of it
}

/// What is left to choice in a model of a cluster. The defaults are ours; as_cloudsim() are those of another simulator.
struct Model {
  double first_step_s = 0;      ///< when samples are looked at and the balancer is asked: then, and every interval
  std::size_t first_sample = 0; ///< samples before it are not simulated
  /// Between two samples demand goes in a straight line, and so does power; else a sample holds until the next.
  bool interpolate = false;
  /// A guest that demands nothing is switched off for good, and a host that gives nothing draws no power; else such a
  /// guest stays, and a host is off while it has no guest.
  bool nothing_is_off = false;
  /// Memory and network that guests were promised limit how many a host takes; else only where guests begin.
  bool sizes_bind = true;
  /// What a host that is asked for too much gives to a guest is rounded down to whole MIPS.
  bool whole_mips = false;
  /// Time before the first step, and after the last migration of the last step, counts.
  bool whole_span = true;
  /// A host gives less than is demanded when the sums differ in their last bit, as they may while a guest leaves it;
  /// else when they differ by more than rounding does.
  bool last_bit_counts = false;
  /// Of what a guest gets on its source, and what it costs its destination meanwhile.
  double lost_while_migrating = 0.1;
};

/// As CloudSim 4.0 has it (docs/simulator.md names the places).
[[nodiscard]] Model as_cloudsim();

/// A value. Guests are those of the trace, in its order.
struct Scenario {
  std::vector<HostSpec> hosts;
  std::vector<GuestSpec> guests;
  Trace trace;
  Model model;
};

/// The set-up of Beloglazov and Buyya 2012 and of CloudSim's examples: hosts are HP ProLiant ML110 G4 and G5 by turns,
/// a quarter of the guests, in the trace's order, each of 2500 MIPS and 870 MB, 2000 and 1740, 1000 and 1740, 500 and
/// 613.
[[nodiscard]] Scenario published_scenario(Trace trace, std::size_t hosts, const Model& model);

/// Guests as large as the trace says that they were provisioned. Hosts are alike, each of twice the cores and the
/// memory of the largest guest, as fast as the fastest, with 10 Gbit/s, and with the power of an HP ProLiant ML110 G5
/// times as many MIPS as they have more than one. Throws Error (exit code 2) for a guest that has no processors or no
/// memory.
[[nodiscard]] Scenario provisioned_scenario(Trace trace, std::size_t hosts, const Model& model);

/// Of what agents measured in a lab: its hosts, each of 1000 MIPS, since shares are of a host; its guests, which begin
/// where they were seen first; 1 Gbit/s.
[[nodiscard]] Scenario lab_scenario(Trace trace, const Model& model);

/// The one of the three that the trace tells enough for; `hosts` means nothing for a lab's.
[[nodiscard]] Scenario scenario_for(Trace trace, std::size_t hosts, const Model& model);

/// Throws Error (exit code 2) that says what cannot be simulated.
void check(const Scenario& scenario);

} // namespace migralab::simulation
