// SPDX-License-Identifier: Apache-2.0
#include "poll_loop.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>
#include <utility>
#include <vector>

namespace migralab::balancer {

namespace {

constexpr auto words_interval = std::chrono::seconds(10);
constexpr auto longest_wait = std::chrono::milliseconds(500); // between looks at the interrupt flag

} // namespace

void wait_for_any(std::initializer_list<int> descriptors, std::optional<Instant> wake) {
  std::vector<pollfd> files;
  for (const int descriptor : descriptors) {
    files.push_back({descriptor, POLLIN, 0});
  }
  Nanoseconds wait = longest_wait;
  if (wake) {
    wait = std::clamp<Nanoseconds>(*wake - std::chrono::steady_clock::now(), Nanoseconds(0), longest_wait);
  }
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec limit{.tv_sec = whole.count(), .tv_nsec = (wait - whole).count()};
  static_cast<void>(::ppoll(files.data(), files.size(), &limit, nullptr)); // a signal ends it, too
}

coordination::Epoch draw_epoch() {
  coordination::Epoch epoch = 0;
  while (epoch == 0) {
    if (::getrandom(&epoch, sizeof epoch, 0) != sizeof epoch) {
      throw system_error("cannot draw a random number");
    }
  }
  return epoch;
}

void CountedSocket::send(const std::string& datagram, const Endpoint& to) {
  ++count_.sent;
  count_.sent_bytes += datagram.size();
  socket_.send(datagram, to);
}

std::optional<std::string> CountedSocket::receive() {
  std::optional<std::string> datagram = socket_.receive();
  count_.received += datagram ? 1U : 0U;
  return datagram;
}

std::string CountedSocket::refused(const std::optional<coordination::Refusal>& why, Instant now) {
  using coordination::Refusal;
  if (!why) {
    return "";
  }
  ++count_.refused.at(static_cast<std::size_t>(*why));
  if (why == Refusal::stale || why == Refusal::repeated) {
    return ""; // our own repetitions are among them
  }
  ++strange_;
  if (now < next_word_) {
    return "";
  }
  next_word_ = now + words_interval;
  const std::uint64_t count = std::exchange(strange_, 0);
  return fmt::format(
      "refused {} datagram{} that no process of this lab sends, the last one: {}",
      count,
      count == 1 ? "" : "s",
      to_string(*why));
}

} // namespace migralab::balancer
