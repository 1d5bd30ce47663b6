// SPDX-License-Identifier: Apache-2.0
// How the requests of probes ended that were not answered in time: by kind, cell and probe.
#pragma once

#include "analysis.hpp"

#include <numeric>

namespace migralab {

struct FailedRequests {
  std::size_t cell = 0; // index into Analysis::cells
  std::string guest;
  std::string probe;
  RequestEnd kind = RequestEnd::timed_out; // any but `answered`
  std::size_t requests = 0;                // of this probe, however they ended
  PhaseCounts counts{};                    // of this kind, by the phase that they were planned in

  [[nodiscard]] std::size_t count() const { return std::accumulate(counts.begin(), counts.end(), std::size_t{0}); }
  [[nodiscard]] double share() const { return static_cast<double>(count()) / static_cast<double>(requests); }
};

/// Of the trials that succeeded and are no warm-up; in the order of cells, guests and probes. A kind that did not occur
/// is not among them.
[[nodiscard]] std::vector<FailedRequests> failed_requests(const Analysis& analysis);

} // namespace migralab
