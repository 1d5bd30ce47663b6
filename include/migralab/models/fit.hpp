// SPDX-License-Identifier: Apache-2.0
// The models' parameters from what was measured: from a migration's own statistics, or from libvirt's dirty-rate
// measurement before it. Pure.
#pragma once

#include "migralab/hypervisor/migration.hpp"
#include "migralab/models/model.hpp"

#include <vector>

namespace migralab {

/// What one round sent, as far as the samples show it: rounds shorter than the sampling interval are not seen.
struct FittedRound {
  unsigned iteration = 0; ///< libvirt's memory_iteration, from 1
  Nanoseconds length{};   ///< from its first sample to the next round's first
  Bytes sent;
  Bytes left_at_start;               ///< memory_remaining of its first sample
  std::optional<BitRate> dirty_rate; ///< of the guest during it, if memory_dirty_rate of the next one tells
};

/// Where a dirty rate comes from.
enum class DirtyRateSource {
  none,           ///< the statistics tell nothing: the rate is not set
  job_statistics, ///< memory_dirty_rate; QEMU measures it over rounds of at least a second
  resent_bytes    ///< what was sent beyond the memory, over the time the guest ran meanwhile
};

struct FittedInputs {
  Bytes memory;                 ///< memory_total without zero pages
  std::uint64_t zero_pages = 0; ///< memory_constant
  Bytes page_size;
  BitRate link; ///< bytes over time, between the first and the last sample of running rounds
  std::optional<BitRate> dirty_rate;
  DirtyRateSource dirty_rate_from = DirtyRateSource::none;
  Nanoseconds setup{}; ///< from the request to the first byte
  /// From the last byte to the end: all of the total time that neither setup nor bytes explain. It contains the
  /// models' resume and finish; statistics do not tell them apart.
  Nanoseconds after_transfer{};
  std::vector<FittedRound> rounds;

  /// For predict(): after_transfer as finish, so that total times are comparable; downtimes then lack the resume.
  [[nodiscard]] ModelInputs inputs(const StopRule& stop) const;
};

/// Fields as virDomainGetJobStats spells them: memory_total, memory_constant, memory_page_size, memory_processed,
/// memory_remaining, memory_iteration, memory_dirty_rate (pages per second). Sent pages and zero pages are counted by
/// the final statistics if they came, else by the last sample. A model that is judged on the trial that it was fitted
/// to looks better than it is: fit on some trials, judge on the others. Throws Error when fewer than two samples show
/// bytes on their way ("sample more often").
[[nodiscard]] FittedInputs fit(const MigrationRecord& record);

/// The dirty rate of a measurement in pages per second (dirtyrate with mode page-sampling reports MiB/s: next
/// function).
[[nodiscard]] BitRate rate_of_pages(double pages_per_second, Bytes page_size);
/// libvirt's "dirtyrate.megabytes_per_second", which is in MiB/s.
[[nodiscard]] BitRate rate_of_mebibytes(double mebibytes_per_second);

/// Rate and working set of uniform_writes.
struct DirtySet {
  BitRate dirty_rate;
  Bytes working_set;
};
/// From what was dirtied after a period and after twice the period, both from a clean start: with
/// y(t) = W (1 - exp(-D t / W)), x = y(2t) / y(t) - 1 = exp(-D t / W), so W = y(t) / (1 - x), D = -W ln(x) / t.
/// Throws Error when the second is not between the first and twice the first (then the working set is not seen yet, or
/// the guest changed what it does).
[[nodiscard]] DirtySet fit_dirty_set(Nanoseconds period, Bytes after_period, Bytes after_twice);

} // namespace migralab
