// SPDX-License-Identifier: Apache-2.0
// Messages of every kind, and the few words that tests write them with.
#pragma once

#include "migralab/coordination/message.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace migralab::coordination::test {

inline constexpr Instant noon{std::chrono::hours(12)};

inline Key some_key() {
  return Key("0123456789abcdef0123456789abcdef");
}

inline GuestReport guest(const std::string& name, double cpu, GuestState state = GuestState::running) {
  return {name, state, {cpu, 0.1, 0.05}, 256};
}

inline Report some_report(std::size_t guests = 3) {
  Report report{42, "", {{0.5, 0.25, 0.125}, {4, 2, 1}, {}}, {{{7, 8}, "web", "h2"}}};
  for (std::size_t i = 0; i < guests; ++i) {
    report.sample.guests.push_back(guest("guest-" + std::to_string(i), 0.01 * static_cast<double>(i)));
  }
  return report;
}

inline std::vector<Body> one_of_each() {
  const ReportPart part = split(some_report()).front();
  return {
      Hello{},
      Welcome{},
      Ack{},
      VmInfo{part},
      SendInfo{12},
      Info{12, part},
      Migrate{42, Order{{7, 8}, "web", "h2"}},
      Migrate{42, std::nullopt},
      MigrationFinished{{7, 8}, Outcome::failed, 43, "unable to connect to server"}};
}

inline Message message_with(Body body) {
  return {"h1", "coordinator", 0x1111, 0x2222, 3, std::move(body)};
}

/// What open() made of it; nothing when it refused.
inline std::optional<Message> opened(const std::string& datagram) {
  const auto result = open(datagram, some_key());
  const auto* message = std::get_if<Message>(&result);
  return message == nullptr ? std::nullopt : std::optional(*message);
}

/// Why open() refused it; nothing when it did not.
inline std::optional<Refusal> refusal_of(const std::string& datagram) {
  const auto result = open(datagram, some_key());
  const auto* refusal = std::get_if<Refusal>(&result);
  return refusal == nullptr ? std::nullopt : std::optional(*refusal);
}

/// The body of a message that must be of that kind.
template <typename T> T body_of(const std::string& datagram) {
  const auto message = opened(datagram);
  return message ? std::get<T>(message->body) : T{};
}

} // namespace migralab::coordination::test
