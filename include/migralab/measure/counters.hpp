// SPDX-License-Identifier: Apache-2.0
// What network interfaces have carried, sampled over time.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/interfaces.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace migralab {

struct CounterSample {
  Instant at;
  std::map<std::string, InterfaceCount> interfaces;
};

/// Reads a network namespace every `interval` in a thread of its own, which calls `enter` first to join it. The
/// destructor stops it.
class CounterSampler {
public:
  virtual ~CounterSampler() = default;
  /// One more reading, then all of them. Rethrows what ended the thread. Once.
  [[nodiscard]] virtual std::vector<CounterSample> stop() = 0;
};
[[nodiscard]] std::unique_ptr<CounterSampler> start_counter_sampler(Nanoseconds interval, std::function<void()> enter);

} // namespace migralab
