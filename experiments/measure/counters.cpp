// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/counters.hpp"

#include "migralab/core/error.hpp"
#include "worker.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <utility>

namespace migralab {

namespace {

/// True when `stop_fd` asked to stop before `until`.
bool asked_to_stop(int stop_fd, Instant until) {
  pollfd polled{stop_fd, POLLIN, 0};
  const Nanoseconds left = std::max(Nanoseconds(until - std::chrono::steady_clock::now()), Nanoseconds(0));
  const timespec span{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  const int ready = ::ppoll(&polled, 1, &span, nullptr);
  if (ready < 0 && errno != EINTR) {
    throw system_error("the counter sampler cannot wait");
  }
  return ready > 0;
}

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
          std::vector<CounterSample> samples{sample_now()};
          for (Instant next = samples.front().at + interval; !asked_to_stop(stop_fd, next);) {
            samples.push_back(sample_now());
            next = std::max(next + interval, samples.back().at); // behind: no burst, the counters are sums
          }
          samples.push_back(sample_now());
          return samples;
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
