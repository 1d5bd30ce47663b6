// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/message.hpp"

#include "body.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/hmac.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace migralab::coordination {

namespace {

constexpr std::string_view magic = "MLCO";
constexpr std::size_t version_at = magic.size();
constexpr std::size_t type_at = version_at + 1;
constexpr std::size_t length_at = type_at + 1;
constexpr std::size_t epochs_at = length_at + 2;
constexpr std::size_t names_at = epochs_at + 3 * sizeof(std::uint64_t);
constexpr std::size_t tag_size = std::tuple_size_v<HmacTag>;
constexpr std::size_t smallest_datagram = names_at + 2 * 2 + tag_size; // both names have one letter

static_assert(names_at + 2 * (1 + longest_name) + tag_size == largest_frame);

std::string_view text_of(const HmacTag& tag) {
  return {reinterpret_cast<const char*>(tag.data()), tag.size()};
}

HmacTag tag_of(std::string_view bytes) {
  HmacTag tag{};
  std::copy(bytes.begin(), bytes.end(), tag.begin());
  return tag;
}

/// What is wrong with a datagram's outside; nothing: its inside may be read.
std::optional<Refusal> check_frame(std::string_view datagram, const Key& key) {
  if (!datagram.starts_with(magic)) {
    return Refusal::foreign;
  }
  if (datagram.size() <= version_at || static_cast<std::uint8_t>(datagram[version_at]) != protocol_version) {
    return Refusal::version;
  }
  if (datagram.size() < smallest_datagram || datagram.size() > largest_datagram ||
      Reader(datagram.substr(length_at)).u16() != datagram.size()) {
    return Refusal::length;
  }
  const std::size_t signed_size = datagram.size() - tag_size;
  const HmacTag made = hmac_sha256(key.bytes(), datagram.substr(0, signed_size));
  if (!same_in_constant_time(made, tag_of(datagram.substr(signed_size)))) {
    return Refusal::forged;
  }
  return std::nullopt;
}

void check_names(const Message& message) {
  for (const std::string& name : {message.from, message.to}) {
    if (!is_name(name)) {
      throw Error(fmt::format("'{}' cannot be sent as a name", name));
    }
  }
}

} // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
  case Outcome::succeeded:
    return "succeeded";
  case Outcome::failed:
    return "failed";
  case Outcome::refused:
    return "refused";
  }
  return "?";
}

std::string_view to_string(Refusal refusal) {
  constexpr std::array<std::string_view, refusals> names{
      "foreign", "version", "length", "forged", "malformed", "stranger", "stale", "repeated"};
  return names.at(static_cast<std::size_t>(refusal));
}

Key::Key(std::string bytes) : bytes_(std::move(bytes)) {
  constexpr std::size_t least = 32;
  if (bytes_.size() < least) {
    throw Error(
        fmt::format("the lab's key has {} bytes; it takes {} or more", bytes_.size(), least), ExitStatus::bad_input)
        .with_hint("`head -c 32 /dev/urandom` makes one; every agent and the coordinator need the same");
  }
}

std::string seal(const Message& message, const Key& key) {
  check_names(message);
  Writer content;
  content.u64(message.from_epoch);
  content.u64(message.to_epoch);
  content.u64(message.number);
  content.text(message.from);
  content.text(message.to);
  write(content, message.body);
  const std::size_t size = epochs_at + content.bytes().size() + tag_size;
  if (size > largest_datagram) {
    throw Error(fmt::format("a message of {} bytes; a datagram takes {}", size, largest_datagram));
  }
  Writer datagram;
  datagram.raw(magic);
  datagram.u8(protocol_version);
  datagram.u8(static_cast<std::uint8_t>(message.body.index() + 1));
  datagram.u16(static_cast<std::uint16_t>(size));
  datagram.raw(content.bytes());
  datagram.raw(text_of(hmac_sha256(key.bytes(), datagram.bytes())));
  return std::move(datagram.bytes());
}

std::variant<Message, Refusal> open(std::string_view datagram, const Key& key) {
  if (const auto refusal = check_frame(datagram, key)) {
    return *refusal;
  }
  Reader reader(datagram.substr(epochs_at, datagram.size() - epochs_at - tag_size));
  Message message;
  message.from_epoch = reader.u64();
  message.to_epoch = reader.u64();
  message.number = reader.u64();
  message.from = reader.text();
  message.to = reader.text();
  message.body = read_body(reader, static_cast<std::uint8_t>(datagram[type_at]));
  if (!reader.ended() || !is_name(message.from) || !is_name(message.to) || message.from_epoch == 0) {
    return Refusal::malformed;
  }
  return message;
}

} // namespace migralab::coordination
