// SPDX-License-Identifier: Apache-2.0
// How a network learns where a guest is: the ARP and RARP frames around a switch, and the tables of the bridges.
#pragma once

#include "migralab/core/clock.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace migralab {

/// An ARP (RFC 826) or RARP (RFC 903) frame as it entered the switch.
struct PacketSighting {
  Instant at;
  std::string interface; // the switch's port; "NETWORK.NODE" once named
  std::string kind;      // "arp request", "arp reply", "gratuitous arp", "rarp"
  std::string sender_mac;
  std::string sender_ip; // empty in a RARP of QEMU's
  std::string target_ip; // likewise
};

/// What an Ethernet frame says, without `at` and `interface`; VLAN tags (802.1Q, 802.1ad) in front are skipped. An ARP
/// whose sender asks for, or answers with, its own address is gratuitous (RFC 5944, 4.6). Nothing when it is neither
/// ARP nor RARP for IPv4 over Ethernet, has an operation that these protocols lack, or is cut short. Pure.
[[nodiscard]] std::optional<PacketSighting> parse_sighting(std::span<const std::byte> frame);

/// Captures in a thread of its own (packet(7)), which calls `enter` first to join a network namespace. Frames count
/// where they come in: at the ports of that namespace's bridges, each once, whatever they are forwarded to. `at` is the
/// kernel's stamp, carried over to CLOCK_MONOTONIC; a clock that was set meanwhile makes it the instant of reading.
/// The destructor stops it.
class PacketWatch {
public:
  virtual ~PacketWatch() = default;
  /// In the order of `at`. Rethrows what ended the thread; throws Error when the kernel had to drop frames. Once.
  [[nodiscard]] virtual std::vector<PacketSighting> stop() = 0;
};
/// Returns when it captures. Needs CAP_NET_RAW in the user namespace that the network belongs to: the lab's root has
/// it. Throws Error.
[[nodiscard]] std::unique_ptr<PacketWatch> start_packet_watch(std::function<void()> enter);

/// One entry of a bridge's forwarding table: behind which port a MAC is.
struct BridgeEntry {
  std::string mac;
  std::string port;

  auto operator<=>(const BridgeEntry&) const = default;
};
struct BridgeSnapshot {
  Instant at;
  std::string when; // "before", "during", "after"
  std::vector<BridgeEntry> entries;
};

/// What the bridges of the calling thread's network namespace have learned (bridge(8), `bridge fdb`), by MAC and port;
/// not the ports' own addresses. From rtnetlink(7). Throws Error.
[[nodiscard]] std::vector<BridgeEntry> bridge_entries();

} // namespace migralab
