// SPDX-License-Identifier: Apache-2.0
// What the lab's hosts use of the machine's processors, sampled over time.
#pragma once

#include "migralab/core/clock.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace migralab {

/// Processor time used since the host began, by host: its libvirtd, its QEMUs and what else runs there.
struct ProcessorSample {
  Instant at;
  std::map<std::string, Nanoseconds> used; // by host
};

/// Reads every `interval` in a thread of its own. The destructor stops it.
class ProcessorSampler {
public:
  virtual ~ProcessorSampler() = default;
  /// One more reading, then all of them. Rethrows what ended the thread. Once.
  [[nodiscard]] virtual std::vector<ProcessorSample> stop() = 0;
};
/// `read` gives one reading: {host: time used}.
[[nodiscard]] std::unique_ptr<ProcessorSampler>
start_processor_sampler(Nanoseconds interval, std::function<std::map<std::string, Nanoseconds>()> read);

} // namespace migralab
