// SPDX-License-Identifier: Apache-2.0
// What a migration would take, from a few numbers: the models of the literature, for comparison with what was measured.
// Pure. A model is continuous unless it says otherwise: bytes and times are rounded in the result alone.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/units.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace migralab {

enum class MigrationModel {
  /// All memory while the guest stands still: total = setup + V/R + resume + finish, downtime = V/R + resume.
  stop_and_copy,
  /// Pre-copy, constant dirty rate D: V_0 = V, T_i = V_i/R, V_(i+1) = D T_i = V (D/R)^(i+1). H. Liu et al., Performance
  /// and Energy Modeling for Live Migration of Virtual Machines, HPDC 2011. No round exceeds V.
  geometric,
  /// Pre-copy, a working set W written from one end to the other again and again: V_(i+1) = min(W, D T_i).
  sweep,
  /// Pre-copy, writes spread evenly over W: V_(i+1) = W (1 - exp(-D T_i / W)). W <= R L always converges.
  uniform_writes,
  /// AVG: round by round, in whole pages, with constant D; no round exceeds V. S. Akoush et al., Predicting the
  /// Performance of Virtual Machine Migration, MASCOTS 2010.
  average,
  /// HIST of the same paper: what was dirtied in each interval of an earlier run is replayed from the migration's first
  /// moment, and again from its beginning where it is too short.
  history,
  /// Distinct pages dirtied after several periods, joined by straight lines: to the left of the first with the slope of
  /// the first two (not below 0), to the right of the last with that of the last two, up to all pages that are not
  /// zero. Each page costs 8 bytes more. A. Gudkov, qemu-devel, 27 April 2023, "calc-dirty-rate: tool to predict
  /// migration time".
  curve,
  /// Post-copy: downtime = S/R + resume, total = setup + downtime + V/R + finish, each page once; the guest waits for
  /// faults * (round trip + page/R + handling). M. Hines and K. Gopalan, Post-Copy Based Live Virtual Machine Migration
  /// Using Adaptive Pre-Paging and Dynamic Self-Ballooning, VEE 2009.
  post_copy,
  /// k rounds of geometric pre-copy, then post-copy of what is dirty: V (1 - x^k) / (1 - x) and V x^k, x = D/R.
  hybrid
};

inline constexpr std::array migration_models{
    MigrationModel::stop_and_copy,
    MigrationModel::geometric,
    MigrationModel::sweep,
    MigrationModel::uniform_writes,
    MigrationModel::average,
    MigrationModel::history,
    MigrationModel::curve,
    MigrationModel::post_copy,
    MigrationModel::hybrid};

/// "stop-and-copy", "geometric", "uniform-writes", ...
[[nodiscard]] std::string_view to_string(MigrationModel model);

/// When pre-copy stops the guest and sends the rest. The first rule that holds, in this order, ends it; with none of
/// them a pre-copy model refuses to answer.
struct StopRule {
  std::optional<Nanoseconds> downtime_limit; ///< L: the rest takes at most L at the link's rate
  std::optional<Bytes> threshold;            ///< the rest is at most this; not beside downtime_limit
  std::optional<unsigned> max_rounds;        ///< so many rounds were sent while the guest ran
  std::optional<double> max_sent;            ///< more than so many times the memory was sent
  /// The rest is looked at all the time, not between rounds alone: once the rest of a round fits, what was dirtied
  /// meanwhile is added, and the next round begins if that fits no more. The pause then takes about the whole limit.
  bool within_rounds = false;
};
/// QEMU's as the literature has it: between rounds, the rest fits the downtime limit (libvirt's and QEMU's default: 300
/// ms); rounds without end.
[[nodiscard]] StopRule qemu_stop_rule(Nanoseconds downtime_limit = std::chrono::milliseconds(300));
/// QEMU's as its code has it (migration_iteration_run, ram_save_pending): within rounds. What QEMU does lies between
/// both: it counts zero pages as whole ones, so a round's end may come sooner than its bytes say.
[[nodiscard]] StopRule qemu_stop_rule_within_rounds(Nanoseconds downtime_limit = std::chrono::milliseconds(300));
/// Xen's since 4.6 (xg_sr_save.c): less than 50 pages, or 5 rounds.
[[nodiscard]] StopRule xen_stop_rule(Bytes page_size = {4096});
/// Xen's of 2010, which Akoush et al. model: less than 50 pages, or 29 rounds, or more than 3 times the memory sent.
[[nodiscard]] StopRule old_xen_stop_rule(Bytes page_size = {4096});

/// Distinct memory dirtied in `period` from a clean start.
struct DirtyPoint {
  Nanoseconds period{};
  Bytes dirtied;
};

/// What the models take; each uses what its formula names and ignores the rest.
struct ModelInputs {
  Bytes memory;                 ///< V: what the first round sends: the guest's memory without its zero pages
  std::uint64_t zero_pages = 0; ///< each costs 8 bytes in the first round
  Bytes page_size{4096};
  BitRate link;                        ///< R: what a migration gets of the link (goodput)
  BitRate dirty_rate;                  ///< D: 8 times the distinct bytes written in a second
  std::optional<Bytes> working_set;    ///< W, for sweep and uniform_writes; at most the memory
  std::vector<Bytes> history;          ///< for history: distinct bytes dirtied in each interval
  Nanoseconds history_interval{};      ///< the length of each
  std::vector<DirtyPoint> dirty_curve; ///< for curve: two points or more, periods rising, bytes not falling
  StopRule stop;

  Nanoseconds setup{};  ///< t0: before the first byte
  Nanoseconds resume{}; ///< tr: stop, device state, resume; part of the downtime
  Nanoseconds finish{}; ///< after the guest runs again; part of the total time alone

  Bytes device_state;               ///< S, for post_copy and hybrid
  std::uint64_t network_faults = 0; ///< pages the guest has to wait for
  Nanoseconds round_trip{};         ///< of the network, for each of them
  Nanoseconds fault_handling{};     ///< on both hosts, for each of them
  unsigned pre_copy_rounds = 1;     ///< k, for hybrid
};

/// Why pre-copy stopped the guest.
enum class Ending {
  converged,        ///< the rest was small enough; also of models without rounds
  max_rounds,       ///< StopRule::max_rounds, or hybrid's k
  sent_enough,      ///< StopRule::max_sent
  does_not_converge ///< it never would: there are no times
};
/// "converged", "max rounds", "sent enough", "does not converge".
[[nodiscard]] std::string_view to_string(Ending ending);

struct MigrationPrediction {
  Ending ending = Ending::converged;
  unsigned rounds = 0; ///< sent while the guest ran on the source
  std::optional<Bytes> sent;
  std::optional<Nanoseconds> total_time;
  std::optional<Nanoseconds> downtime;
  std::optional<Nanoseconds> stall; ///< post_copy and hybrid: how long the guest waits for pages, in all
};

/// Throws Error, which says what is missing or out of range in the inputs ("model sweep: there is no working set").
[[nodiscard]] MigrationPrediction predict(MigrationModel model, const ModelInputs& inputs);

/// What no dirtying whatever can undercut or exceed (Akoush et al., section 3): V/R <= total <= 5 V/R for Xen of 2010
/// (at most 3 V sent before the last round, that round and the rest at most V each; the paper has a page less, as if 3
/// V were never met exactly), (n + 1) V/R after n rounds; downtime from 0 to V/R; each with the fixed costs. Without a
/// limit of rounds or bytes the total has no upper bound.
struct MigrationBounds {
  Nanoseconds least_total{};
  std::optional<Nanoseconds> most_total;
  Nanoseconds least_downtime{};
  Nanoseconds most_downtime{};
};
[[nodiscard]] MigrationBounds bounds(const ModelInputs& inputs);

/// 1 Gbit/s: 125e6. And back, to the nearest bit.
[[nodiscard]] double bytes_per_second(BitRate rate);
[[nodiscard]] BitRate rate_of_bytes(double bytes_per_second);

} // namespace migralab
