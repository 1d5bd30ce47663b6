// SPDX-License-Identifier: Apache-2.0
// Bytes and packets that network interfaces have carried, read from the kernel.
#pragma once

#include "migralab/core/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace migralab {

struct InterfaceCount {
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t sent_packets = 0;
};

struct CounterSample {
  Instant at;
  std::map<std::string, InterfaceCount> interfaces;
};

/// Parses /proc/net/dev (proc(5)). Throws Error when a line is not as the kernel writes it.
[[nodiscard]] std::map<std::string, InterfaceCount> parse_net_dev(const std::string& text);

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
