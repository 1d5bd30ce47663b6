// SPDX-License-Identifier: Apache-2.0
// What a trial got of the machine's processors, and what others had of them. Private to this room.
#pragma once

#include "migralab/experiment/outcome.hpp"

namespace migralab {

/// Of the time between two moments that lie within the samples: what hosts used by them.
[[nodiscard]] Nanoseconds used_by_hosts(const std::vector<ProcessorSample>& samples, Instant from, Instant to);

/// Measures from its construction.
class MachineMeter {
public:
  /// Throws Error when the kernel does not tell.
  MachineMeter();

  /// Up to now; what the hosts used is known later.
  void stop();
  /// Nothing when it was not stopped.
  [[nodiscard]] std::optional<MachineUse> use(const std::vector<ProcessorSample>& samples) const;

private:
  Instant began_;
  Nanoseconds before_;
  std::optional<Instant> ended_;
  Nanoseconds after_{};
};

} // namespace migralab
