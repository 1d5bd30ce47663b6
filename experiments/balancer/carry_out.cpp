// SPDX-License-Identifier: Apache-2.0
#include "carry_out.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/hypervisor/guest_watch.hpp"
#include "migralab/hypervisor/hypervisor.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <thread>

namespace migralab::balancer {

namespace {

constexpr auto answer_limit = std::chrono::seconds(4); // of a libvirtd that has been up
constexpr auto look_interval = std::chrono::milliseconds(200);
constexpr auto silence_limit = std::chrono::seconds(30); // of both libvirtds

Instant now() {
  return std::chrono::steady_clock::now();
}

/// What a host tells of a guest; nothing: it is not there. Throws Error for a libvirtd that does not answer.
std::optional<GuestCounters::Presence> presence_on(const LibvirtHost& host, const std::string& guest) {
  const std::vector<GuestCounters> guests = connect_guest_watch(host, answer_limit)->look();
  const auto found = std::find_if(guests.begin(), guests.end(), [&](const auto& one) { return one.name == guest; });
  return found == guests.end() ? std::nullopt : std::optional(found->presence);
}

/// Whether the guest runs at its destination after all; nothing while that is not decided.
std::optional<bool> has_moved(const LibvirtHost& from, const LibvirtHost& to, const std::string& guest) {
  using Presence = GuestCounters::Presence;
  const auto here = presence_on(from, guest);
  if (here == Presence::running) {
    return false;
  }
  if (!here && presence_on(to, guest) == Presence::running) {
    return true;
  }
  return std::nullopt;
}

/// The two libvirtds carry a migration to its end without this process: who stood still for a while (SIGSTOP, a busy
/// machine) has lost its connection, and its error tells nothing of the guest.
void find_end(MigrationRecord& record, const LibvirtHost& from, const LibvirtHost& to, Nanoseconds limit) {
  const Deadline deadline(limit);
  Instant heard = now();
  while (!deadline.passed() && now() - heard < silence_limit) {
    try {
      if (const auto moved = has_moved(from, to, record.guest)) {
        record.succeeded = *moved;
        record.error = *moved ? "" : record.error;
        record.ended = *moved ? now() : record.ended;
        return;
      }
      heard = now();
    } catch (const Error&) {
      // asked again: a daemon that was killed may be started anew
    }
    std::this_thread::sleep_for(look_interval);
  }
  record.error += "; where the guest is, nobody tells";
}

} // namespace

MigrationRecord carry_out(const AgentConfig& config, const coordination::Order& order) noexcept {
  MigrationRecord record;
  record.guest = order.guest;
  record.from = config.host;
  record.to = order.to;
  record.began = record.ended = now();
  try {
    const auto destination = config.destinations.find(order.to);
    if (destination == config.destinations.end()) {
      record.error = fmt::format("this agent knows no host {}", order.to);
      return record;
    }
    const LibvirtHost here{.name = config.host, .socket = config.libvirt};
    const LibvirtHost there{.name = order.to, .socket = destination->second.libvirt};
    const auto from = connect_libvirt(here, answer_limit, [] {});
    const auto to = connect_libvirt(there, answer_limit, [] {});
    MigrationOptions options = config.migration;
    options.unattended = true; // whatever becomes of this agent
    record = from->migrate(order.guest, *to, destination->second.address, options);
    if (!record.succeeded) {
      find_end(record, here, there, options.timeout);
    }
  } catch (const std::exception& error) {
    record.error = error.what();
    record.ended = now();
  }
  return record;
}

} // namespace migralab::balancer
