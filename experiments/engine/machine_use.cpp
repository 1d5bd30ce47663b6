// SPDX-License-Identifier: Apache-2.0
#include "machine_use.hpp"

#include "migralab/substrate/processor_time.hpp"

#include <algorithm>
#include <thread>

namespace migralab {

namespace {

Nanoseconds sum(const ProcessorSample& sample) {
  Nanoseconds all{};
  for (const auto& [host, used] : sample.used) {
    all += used;
  }
  return all;
}

/// The latest one up to then; else the first.
const ProcessorSample& at(const std::vector<ProcessorSample>& samples, Instant instant) {
  const auto later = std::upper_bound(
      samples.begin(), samples.end(), instant, [](Instant moment, const auto& sample) { return moment < sample.at; });
  return later == samples.begin() ? *later : *std::prev(later);
}

} // namespace

Nanoseconds used_by_hosts(const std::vector<ProcessorSample>& samples, Instant from, Instant to) {
  return samples.empty() ? Nanoseconds{} : sum(at(samples, to)) - sum(at(samples, from));
}

MachineMeter::MachineMeter() : began_(std::chrono::steady_clock::now()), before_(machine_processor_time()) {}

void MachineMeter::stop() {
  ended_ = std::chrono::steady_clock::now();
  after_ = machine_processor_time();
}

std::optional<MachineUse> MachineMeter::use(const std::vector<ProcessorSample>& samples) const {
  if (!ended_ || samples.empty()) {
    return std::nullopt;
  }
  return MachineUse{
      .processors = std::max(1U, std::thread::hardware_concurrency()),
      .span = *ended_ - began_,
      .busy = after_ - before_,
      .hosts = used_by_hosts(samples, began_, *ended_)};
}

} // namespace migralab
