// SPDX-License-Identifier: Apache-2.0
#include "series.hpp"

#include <algorithm>
#include <set>

namespace migralab {

namespace {

std::string network_of(const std::string& interface) {
  return interface.substr(0, interface.find('.'));
}

/// Bytes received by the network's ports between two samples. A port that came or went in between, or whose counter
/// began again, has no say.
std::uint64_t bytes_between(const CounterSample& before, const CounterSample& after, const std::string& network) {
  std::uint64_t bytes = 0;
  for (const auto& [interface, count] : after.interfaces) {
    const auto earlier = before.interfaces.find(interface);
    if (network_of(interface) == network && earlier != before.interfaces.end() &&
        count.received_bytes >= earlier->second.received_bytes) {
      bytes += count.received_bytes - earlier->second.received_bytes;
    }
  }
  return bytes;
}

void close(LatencyBin& bin, std::vector<double>& latencies) {
  if (!latencies.empty()) {
    std::sort(latencies.begin(), latencies.end());
    bin.median_ms = latencies[latencies.size() / 2];
    bin.maximum_ms = latencies.back();
    latencies.clear();
  }
}

} // namespace

std::vector<LatencyBin> latency_bins(const ProbeTrace& trace, Instant origin, Nanoseconds width) {
  std::vector<LatencyBin> bins;
  std::vector<double> latencies;
  std::int64_t current = 0;
  for (const RequestSample& sample : trace.samples) {
    const std::int64_t index = (sample.planned - origin) / width;
    if (bins.empty() || index != current) {
      if (!bins.empty()) {
        close(bins.back(), latencies);
      }
      current = index;
      bins.push_back({(static_cast<double>(index) + 0.5) * std::chrono::duration<double>(width).count()});
    }
    if (sample.answered && (sample.end == RequestEnd::answered || sample.end == RequestEnd::late)) {
      latencies.push_back(std::chrono::duration<double, std::milli>(*sample.answered - sample.planned).count());
    } else {
      bins.back().failed = true;
    }
  }
  if (!bins.empty()) {
    close(bins.back(), latencies);
  }
  return bins;
}

std::vector<RateStretch> throughput(const RunOutcome& run, const std::string& network, Nanoseconds width) {
  std::vector<RateStretch> stretches;
  const CounterSample* before = nullptr;
  for (const CounterSample& sample : run.counters) {
    if (before == nullptr) {
      before = &sample;
    }
    if (sample.at - before->at < std::max(width, Nanoseconds(1))) {
      continue;
    }
    const double from_s = std::chrono::duration<double>(before->at - run.origin).count();
    const double to_s = std::chrono::duration<double>(sample.at - run.origin).count();
    const double bits = 8.0 * static_cast<double>(bytes_between(*before, sample, network));
    stretches.push_back({from_s, to_s, bits / (to_s - from_s) / 1e6});
    before = &sample;
  }
  return stretches;
}

std::vector<std::string> counted_networks(const RunOutcome& run) {
  std::set<std::string> names;
  for (const CounterSample& sample : run.counters) {
    for (const auto& [interface, count] : sample.interfaces) {
      names.insert(network_of(interface));
    }
  }
  return {names.begin(), names.end()};
}

} // namespace migralab
