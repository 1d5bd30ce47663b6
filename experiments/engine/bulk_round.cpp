// SPDX-License-Identifier: Apache-2.0
#include "bulk_round.hpp"

#include <algorithm>

namespace migralab {

namespace {

double value_in(const JobSample& sample, const char* field) {
  const auto found = sample.values.find(field);
  return found == sample.values.end() ? 0 : found->second;
}

/// From the first sample that shows bytes on their way to the last of the first round.
std::optional<std::pair<Instant, Instant>> first_round(const MigrationRecord& migration) {
  std::optional<Instant> from;
  Instant to;
  for (const JobSample& sample : migration.samples) {
    const double round = value_in(sample, "memory_iteration");
    if (round <= 1 && value_in(sample, "memory_processed") > 0 && value_in(sample, "memory_remaining") > 0) {
      from = from ? from : sample.at;
      to = sample.at;
    }
  }
  return from && to > *from ? std::optional(std::pair(*from, to)) : std::nullopt;
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
  const auto bytes = last->interfaces.at(port).sent_bytes - first->interfaces.at(port).sent_bytes;
  BulkRound round;
  round.bits_per_second = 8 * static_cast<double>(bytes) / std::chrono::duration<double>(last->at - first->at).count();
  for (const LinkRate& rate : trial.link_rates) {
    if (rate.network == address->network && rate.node == migration.to && rate.direction == LinkRate::Direction::down &&
        rate.measured.bits_per_second > 0) {
      round.share = round.bits_per_second / static_cast<double>(rate.measured.bits_per_second);
    }
  }
  return round;
}

} // namespace migralab
