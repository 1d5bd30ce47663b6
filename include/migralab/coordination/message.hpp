// SPDX-License-Identifier: Apache-2.0
// The messages between agents and coordinator, and their form as datagrams (docs/protocol.md). VM_INFO to
// MIGRATION_FINISHED are those of Ferreira and Martins 2013, figure 6.1.
#pragma once

#include "migralab/coordination/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace migralab::coordination {

inline constexpr std::uint8_t protocol_version = 1;
/// Bytes: a UDP payload that is not fragmented on Ethernet, with room for tunnels.
inline constexpr std::size_t largest_datagram = 1400;
/// Bytes of an explanation; what is longer is cut.
inline constexpr std::size_t longest_text = 255;

/// "Who are you now?" The message's number is a challenge that its sender has never used before.
struct Hello {
  bool operator==(const Hello&) const = default;
};
/// Answers a Hello and bears its number.
struct Welcome {
  bool operator==(const Welcome&) const = default;
};
/// The message with this number has come.
struct Ack {
  bool operator==(const Ack&) const = default;
};
/// The host is overloaded.
struct VmInfo {
  ReportPart report;
  bool operator==(const VmInfo&) const = default;
};
struct SendInfo {
  std::uint64_t round = 0;
  bool operator==(const SendInfo&) const = default;
};
struct Info {
  std::uint64_t round = 0; ///< that of the SendInfo
  ReportPart report;
  bool operator==(const Info&) const = default;
};
/// The decision for a host that asked for relief or can be relieved.
struct Migrate {
  Ticket ticket = 0;          ///< of the newest that the coordinator knows of the host
  std::optional<Order> order; ///< nothing: no guest is to move
  bool operator==(const Migrate&) const = default;
};

enum class Outcome : std::uint8_t {
  succeeded,
  failed, ///< the guest is where it was
  refused ///< the migration was not begun
};
inline constexpr std::uint8_t outcomes = 3;
/// "succeeded", "failed", "refused".
[[nodiscard]] std::string_view to_string(Outcome outcome);

struct MigrationFinished {
  OrderId order;
  Outcome outcome = Outcome::succeeded;
  Ticket ticket = 0; ///< for the next order, which need not wait for another round
  std::string why;   ///< of what did not succeed
  bool operator==(const MigrationFinished&) const = default;
};

/// In the order of their numbers in a datagram, from 1.
using Body = std::variant<Hello, Welcome, Ack, VmInfo, SendInfo, Info, Migrate, MigrationFinished>;

struct Message {
  std::string from;
  std::string to;
  Epoch from_epoch = 0;
  Epoch to_epoch = 0;       ///< 0: unknown to the sender
  std::uint64_t number = 0; ///< sequence number; what is acknowledged or answered, of an Ack or Welcome
  Body body;

  bool operator==(const Message&) const = default;
};

/// The lab's key: who has it is trusted.
class Key {
public:
  /// Throws Error (exit code 2) for less than 32 bytes.
  explicit Key(std::string bytes);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
  std::string bytes_;
};

/// Why a datagram was not taken.
enum class Refusal {
  foreign,   ///< none of this protocol
  version,   ///< of another version of it
  length,    ///< cut off, or with something behind it
  forged,    ///< made without the key, or changed on its way
  malformed, ///< made with the key, and wrong: a mistake of its maker
  stranger,  ///< from somebody, or to somebody, that this one does not expect
  stale,     ///< from or to an earlier life, or one that is not known yet
  repeated   ///< it came before
};
inline constexpr std::size_t refusals = static_cast<std::size_t>(Refusal::repeated) + 1;
/// "foreign", "version", ...
[[nodiscard]] std::string_view to_string(Refusal refusal);

/// A datagram with its authentication. Throws Error for names that are none and for what exceeds a datagram.
[[nodiscard]] std::string seal(const Message& message, const Key& key);

/// Never throws, whatever the bytes are.
[[nodiscard]] std::variant<Message, Refusal> open(std::string_view datagram, const Key& key);

} // namespace migralab::coordination
