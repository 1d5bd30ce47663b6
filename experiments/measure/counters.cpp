// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/counters.hpp"

#include "migralab/core/error.hpp"
#include "waiting.hpp"
#include "worker.hpp"

#include <utility>

namespace migralab {

namespace {

CounterSample sample_now() {
  auto counts = interface_counts();
  return {std::chrono::steady_clock::now(), std::move(counts)};
}

class NetDevSampler final : public CounterSampler {
public:
  NetDevSampler(Nanoseconds interval, std::function<void()> enter)
      : worker_([interval, enter = std::move(enter)](int stop_fd) {
          if (enter) {
            enter();
          }
          return sample_every<CounterSample>(interval, stop_fd, sample_now);
        }) {}

  [[nodiscard]] std::vector<CounterSample> stop() override { return worker_.finish(); }

private:
  Worker<std::vector<CounterSample>> worker_;
};

} // namespace

std::unique_ptr<CounterSampler> start_counter_sampler(Nanoseconds interval, std::function<void()> enter) {
  if (interval <= Nanoseconds(0)) {
    throw Error("counters cannot be sampled without an interval", ExitStatus::bad_input);
  }
  return std::make_unique<NetDevSampler>(interval, std::move(enter));
}

} // namespace migralab
