// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/processors.hpp"

#include "migralab/core/error.hpp"
#include "waiting.hpp"
#include "worker.hpp"

#include <utility>

namespace migralab {

namespace {

class PeriodicSampler final : public ProcessorSampler {
public:
  PeriodicSampler(Nanoseconds interval, std::function<std::map<std::string, Nanoseconds>()> read)
      : worker_([interval, read = std::move(read)](int stop_fd) {
          return sample_every<ProcessorSample>(interval, stop_fd, [&read] {
            // Some time passes between the hosts: the instant in the middle is wrong by half of it at most.
            const Instant before = std::chrono::steady_clock::now();
            auto used = read();
            return ProcessorSample{before + (std::chrono::steady_clock::now() - before) / 2, std::move(used)};
          });
        }) {}

  [[nodiscard]] std::vector<ProcessorSample> stop() override { return worker_.finish(); }

private:
  Worker<std::vector<ProcessorSample>> worker_;
};

} // namespace

std::unique_ptr<ProcessorSampler>
start_processor_sampler(Nanoseconds interval, std::function<std::map<std::string, Nanoseconds>()> read) {
  if (interval <= Nanoseconds(0) || !read) {
    throw Error("processors cannot be sampled without an interval and a reader", ExitStatus::bad_input);
  }
  return std::make_unique<PeriodicSampler>(interval, std::move(read));
}

} // namespace migralab
