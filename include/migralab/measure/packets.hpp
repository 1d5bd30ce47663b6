// SPDX-License-Identifier: Apache-2.0
// How a network learns where a guest is: the ARP and RARP frames around a switch, and the tables of the bridges.
#pragma once

#include "migralab/core/clock.hpp"

#include <functional>
#include <memory>
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
  std::string target_ip;
};

/// Captures in a thread of its own (packet(7)), which calls `enter` first to join a network namespace. The destructor
/// stops it.
class PacketWatch {
public:
  virtual ~PacketWatch() = default;
  /// Rethrows what ended the thread. Once.
  [[nodiscard]] virtual std::vector<PacketSighting> stop() = 0;
};
[[nodiscard]] std::unique_ptr<PacketWatch> start_packet_watch(std::function<void()> enter);

/// One entry of a bridge's forwarding table: behind which port a MAC is.
struct BridgeEntry {
  std::string mac;
  std::string port;
};
struct BridgeSnapshot {
  Instant at;
  std::string when; // "before", "during", "after"
  std::vector<BridgeEntry> entries;
};

} // namespace migralab
