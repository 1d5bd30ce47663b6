// SPDX-License-Identifier: Apache-2.0
// Looks at a host when asked to, in a thread of its own: a libvirtd that hangs must not stop the agent. Private to this
// room.
#pragma once

#include "host_reading.hpp"
#include "migralab/coordination/agent.hpp"
#include "migralab/substrate/processor_time.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

namespace migralab::balancer {

/// A sample, or why there is none.
using SampleResult = std::variant<coordination::HostSample, coordination::SampleFailed>;

class Sampler {
public:
  /// `deliver` is called by the sampler's thread, once for each question. `config` outlives it. A sampler is never
  /// destroyed before its process ends: its thread may be waiting for libvirt.
  Sampler(const AgentConfig& config, std::function<void(SampleResult)> deliver);

  /// False: the last question has not been answered yet, and this one is not asked.
  [[nodiscard]] bool ask();

private:
  [[noreturn]] void work();
  [[nodiscard]] SampleResult look();
  [[nodiscard]] HostReading read();

  const AgentConfig& config_;
  std::function<void(SampleResult)> deliver_;
  ProcessorTimeReader processors_;
  std::unique_ptr<GuestWatch> guests_;
  std::map<std::string, Bytes> last_memory_; // of guests: one that is busy does not tell for a while
  std::optional<HostReading> before_;
  std::mutex mutex_;
  std::condition_variable asked_;
  bool busy_ = false;
  std::thread thread_;
};

} // namespace migralab::balancer
