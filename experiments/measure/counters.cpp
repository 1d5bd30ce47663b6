// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/counters.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "worker.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <sstream>

namespace migralab {

namespace {

/// Not /proc/self: that is the first thread of the process, and only the sampler's thread has joined the namespace.
constexpr const char* counters_path = "/proc/thread-self/net/dev";

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
  const std::string text = read_file(counters_path);
  return {std::chrono::steady_clock::now(), parse_net_dev(text)};
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

std::map<std::string, InterfaceCount> parse_net_dev(const std::string& text) {
  std::map<std::string, InterfaceCount> interfaces;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    // The kernel refuses ':' in interface names; the two heading lines have none.
    const std::size_t colon = line.find(':');
    const std::size_t start = line.find_first_not_of(' ');
    if (colon == std::string::npos || start >= colon) {
      continue;
    }
    InterfaceCount count;
    std::uint64_t skipped = 0;
    std::istringstream fields(line.substr(colon + 1));
    fields >> count.received_bytes >> count.received_packets;
    for (int field = 0; field < 6; ++field) { // errs drop fifo frame compressed multicast
      fields >> skipped;
    }
    fields >> count.sent_bytes >> count.sent_packets;
    if (!fields) {
      throw Error("cannot read a line of /proc/net/dev: " + line);
    }
    interfaces[line.substr(start, colon - start)] = count;
  }
  return interfaces;
}

std::unique_ptr<CounterSampler> start_counter_sampler(Nanoseconds interval, std::function<void()> enter) {
  if (interval <= Nanoseconds(0)) {
    throw Error("counters cannot be sampled without an interval", ExitStatus::bad_input);
  }
  return std::make_unique<NetDevSampler>(interval, std::move(enter));
}

} // namespace migralab
