// SPDX-License-Identifier: Apache-2.0
#include "host_reading.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>

namespace migralab::balancer {

namespace {

constexpr double bits_per_byte = 8;
constexpr double bytes_per_mb = 1e6;

/// Counters may begin anew (a guest that was restarted): then all of it is new.
double grown(std::uint64_t before, std::uint64_t after) {
  return static_cast<double>(after >= before ? after - before : after);
}

double share(double used, double of) {
  return std::clamp(used / of, 0.0, 1.0);
}

struct Traffic {
  double received = 0;
  double sent = 0;
};

/// The busier direction is what a link runs out of.
double network_share(const Traffic& bytes, double seconds, const AgentConfig& config) {
  const double bits = std::max(bytes.received, bytes.sent) * bits_per_byte;
  return share(bits, seconds * static_cast<double>(config.network.bits_per_second));
}

double cpu_share(Nanoseconds before, Nanoseconds after, double seconds, const AgentConfig& config) {
  const Nanoseconds used = after >= before ? after - before : after;
  return share(std::chrono::duration<double>(used).count(), seconds * config.cpus);
}

coordination::GuestState state_of(GuestCounters::Presence presence) {
  switch (presence) {
  case GuestCounters::Presence::running:
    return coordination::GuestState::running;
  case GuestCounters::Presence::leaving:
    return coordination::GuestState::leaving;
  case GuestCounters::Presence::arriving:
    return coordination::GuestState::arriving;
  }
  return coordination::GuestState::running;
}

coordination::GuestReport
report_of(const GuestCounters& before, const GuestCounters& after, double seconds, const AgentConfig& config) {
  const double memory = static_cast<double>(after.memory_used.value_or(after.memory).count);
  const Traffic traffic{
      .received = grown(before.received_bytes, after.received_bytes),
      .sent = grown(before.sent_bytes, after.sent_bytes)};
  return {
      .name = after.name,
      .state = state_of(after.presence),
      .load =
          {.cpu = cpu_share(before.processor_time, after.processor_time, seconds, config),
           .mem = share(memory, static_cast<double>(config.memory.count)),
           .net = network_share(traffic, seconds, config)},
      .image_mb = std::max(memory, 1.0) / bytes_per_mb};
}

Traffic traffic_of(const HostReading& before, const HostReading& after, const AgentConfig& config) {
  Traffic traffic;
  for (const auto& [name, count] : after.interfaces) {
    if (config.interfaces.contains(name)) {
      const auto known = before.interfaces.find(name);
      const InterfaceCount earlier = known == before.interfaces.end() ? InterfaceCount{} : known->second;
      traffic.received += grown(earlier.received_bytes, count.received_bytes);
      traffic.sent += grown(earlier.sent_bytes, count.sent_bytes);
    }
  }
  return traffic;
}

} // namespace

coordination::HostSample sample_of(const HostReading& before, const HostReading& after, const AgentConfig& config) {
  const double seconds = std::chrono::duration<double>(after.at - before.at).count();
  if (seconds <= 0) {
    throw Error("no time between two readings");
  }
  coordination::HostSample sample;
  sample.capacity = {
      .cpu = config.cpus,
      .mem = static_cast<double>(config.memory.count) / bytes_per_mb,
      .net = static_cast<double>(config.network.bits_per_second) / bytes_per_mb};
  for (const GuestCounters& guest : after.guests) {
    const auto known = std::find_if(
        before.guests.begin(), before.guests.end(), [&](const auto& earlier) { return earlier.name == guest.name; });
    sample.guests.push_back(report_of(known == before.guests.end() ? GuestCounters{} : *known, guest, seconds, config));
    // One that arrives is not this host's load yet: for a policy it is in flight.
    if (guest.presence != GuestCounters::Presence::arriving) {
      sample.load.mem += sample.guests.back().load.mem;
    }
  }
  sample.load.cpu = cpu_share(before.processor_time, after.processor_time, seconds, config);
  sample.load.mem = std::min(sample.load.mem, 1.0);
  sample.load.net = network_share(traffic_of(before, after, config), seconds, config);
  return sample;
}

} // namespace migralab::balancer
