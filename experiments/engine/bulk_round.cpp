// SPDX-License-Identifier: Apache-2.0
#include "bulk_round.hpp"

#include <algorithm>
#include <vector>

namespace migralab {

namespace {

double value_in(const JobSample& sample, const char* field) {
  const auto found = sample.values.find(field);
  return found == sample.values.end() ? 0 : found->second;
}

/// From the first sample that shows bytes on their way to the last that was surely taken before the first round's end:
/// samples are stamped when they have come, so the last that shows the round may be stamped after it.
std::optional<std::pair<Instant, Instant>> first_round(const MigrationRecord& migration) {
  std::vector<Instant> shown;
  for (const JobSample& sample : migration.samples) {
    const double round = value_in(sample, "memory_iteration");
    if (round <= 1 && value_in(sample, "memory_processed") > 0 && value_in(sample, "memory_remaining") > 0) {
      shown.push_back(sample.at);
    }
  }
  constexpr std::size_t least = 3;
  return shown.size() < least ? std::nullopt : std::optional(std::pair(shown.front(), shown[shown.size() - 2]));
}

/// What passed, as the frames that a network card makes of it: of a TCP stream the kernel passes up to 64 KiB in one
/// piece (segmentation offload), of which an interface counts the header once, but tbf, and so measure_link, for each
/// frame. Never too much: frames count as full ones, of which there are the fewest.
double bytes_in_frames(const InterfaceCount& from, const InterfaceCount& to, unsigned mtu) {
  constexpr double ethernet = 14;
  constexpr double headers = 52; // IPv4, TCP with time stamps
  const double counted = static_cast<double>(to.sent_bytes - from.sent_bytes);
  const double payload = counted - (ethernet + headers) * static_cast<double>(to.sent_packets - from.sent_packets);
  return std::max(counted, payload * (mtu + ethernet) / (mtu - headers));
}

} // namespace

std::optional<BulkRound>
bulk_round(const TrialOutcome& trial, const MigrationRecord& migration, const Topology& topology) {
  const auto window = first_round(migration);
  const auto address = attachment_for(topology, host_of(topology, migration.to).networks, Role::migration);
  if (!window || !address) {
    return std::nullopt;
  }
  const std::string port = address->network + "." + migration.to;
  const CounterSample* first = nullptr;
  const CounterSample* last = nullptr;
  for (const CounterSample& sample : trial.counters) {
    if (sample.at >= window->first && sample.at <= window->second && sample.interfaces.contains(port)) {
      first = first == nullptr ? &sample : first;
      last = &sample;
    }
  }
  if (first == nullptr || last == first) {
    return std::nullopt;
  }
  const double bytes = bytes_in_frames(
      first->interfaces.at(port), last->interfaces.at(port), network_of(topology, address->network).mtu);
  BulkRound round;
  round.bits_per_second = 8 * bytes / std::chrono::duration<double>(last->at - first->at).count();
  for (const LinkRate& rate : trial.link_rates) {
    if (rate.network == address->network && rate.node == migration.to && rate.direction == LinkRate::Direction::down &&
        rate.measured.bits_per_second > 0) {
      round.share = round.bits_per_second / static_cast<double>(rate.measured.bits_per_second);
    }
  }
  return round;
}

} // namespace migralab
