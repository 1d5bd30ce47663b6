// SPDX-License-Identifier: Apache-2.0
#include "series.hpp"

#include <algorithm>
#include <set>

namespace migralab {

namespace {

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

std::string network_of(const std::string& interface) {
  return interface.substr(0, interface.find('.'));
}

/// Rounds down, also below zero.
std::int64_t bin_of(Nanoseconds since, Nanoseconds width) {
  const std::int64_t index = since / width;
  return since < Nanoseconds(0) && since % width != Nanoseconds(0) ? index - 1 : index;
}

/// Bytes received by the network's ports between two samples. A port that came or went in between, or whose counter
/// began again, has no say.
double megabits_between(const CounterSample& before, const CounterSample& after, const std::string& network) {
  std::uint64_t bytes = 0;
  for (const auto& [interface, count] : after.interfaces) {
    const auto earlier = before.interfaces.find(interface);
    if (network_of(interface) == network && earlier != before.interfaces.end() &&
        count.received_bytes >= earlier->second.received_bytes) {
      bytes += count.received_bytes - earlier->second.received_bytes;
    }
  }
  return 8.0 * static_cast<double>(bytes) / 1e6;
}

double busy_between(const ProcessorSample& before, const ProcessorSample& after, const std::string& host) {
  const auto earlier = before.used.find(host);
  const auto later = after.used.find(host);
  return earlier == before.used.end() || later == after.used.end()
             ? 0
             : seconds(std::max(later->second - earlier->second, Nanoseconds(0)));
}

/// The growth of something over stretches of at least `width`, per second.
template <typename Sample, typename Growth>
std::vector<RateStretch>
growth_per_second(const std::vector<Sample>& samples, Instant zero, Nanoseconds width, Growth growth) {
  std::vector<RateStretch> stretches;
  const Sample* before = nullptr;
  for (const Sample& sample : samples) {
    if (before == nullptr) {
      before = &sample;
    }
    if (sample.at - before->at < std::max(width, Nanoseconds(1))) {
      continue;
    }
    const double from_s = seconds(before->at - zero);
    const double to_s = seconds(sample.at - zero);
    stretches.push_back({from_s, to_s, growth(*before, sample) / (to_s - from_s)});
    before = &sample;
  }
  return stretches;
}

void close(LatencyBin& bin, std::vector<double>& latencies) {
  if (!latencies.empty()) {
    std::sort(latencies.begin(), latencies.end());
    bin.median_ms = latencies[latencies.size() / 2];
    bin.maximum_ms = latencies.back();
    latencies.clear();
  }
}

bool is_good(const RequestSample& sample) {
  return sample.answered && (sample.end == RequestEnd::answered || sample.end == RequestEnd::late);
}

} // namespace

std::vector<LatencyBin> latency_bins(const ProbeTrace& trace, Instant zero, Nanoseconds width) {
  std::vector<LatencyBin> bins;
  std::vector<double> latencies;
  std::int64_t current = 0;
  for (const RequestSample& sample : trace.samples) {
    const std::int64_t index = bin_of(sample.planned - zero, width);
    if (bins.empty() || index != current) {
      if (!bins.empty()) {
        close(bins.back(), latencies);
      }
      current = index;
      bins.push_back({(static_cast<double>(index) + 0.5) * seconds(width)});
    }
    if (is_good(sample)) {
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

std::vector<RateStretch> answers(const ProbeTrace& trace, Instant zero, Instant from, Instant to, Nanoseconds width) {
  std::vector<std::size_t> counts(static_cast<std::size_t>(std::max<std::int64_t>((to - from) / width, 0)), 0);
  for (const RequestSample& sample : trace.samples) {
    if (is_good(sample) && *sample.answered >= from) {
      const auto index = static_cast<std::size_t>((*sample.answered - from) / width);
      if (index < counts.size()) {
        ++counts[index];
      }
    }
  }
  std::vector<RateStretch> stretches;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Instant begin = from + static_cast<std::int64_t>(i) * width;
    stretches.push_back(
        {seconds(begin - zero), seconds(begin + width - zero), static_cast<double>(counts[i]) / seconds(width)});
  }
  return stretches;
}

std::vector<RateStretch>
throughput(const TrialOutcome& trial, const std::string& network, Instant zero, Nanoseconds width) {
  return growth_per_second(trial.counters, zero, width, [&](const auto& before, const auto& after) {
    return megabits_between(before, after, network);
  });
}

std::vector<RateStretch>
processors_busy(const TrialOutcome& trial, const std::string& host, Instant zero, Nanoseconds width) {
  return growth_per_second(trial.processors, zero, width, [&](const auto& before, const auto& after) {
    return busy_between(before, after, host);
  });
}

std::vector<LoadPoint> load_points(
    const balancer::BalanceTrace& trace,
    const std::string& host,
    double balance::Load::*share,
    Instant zero,
    Nanoseconds width) {
  std::vector<LoadPoint> points;
  std::int64_t current = 0;
  for (const balancer::LoadSample& sample : trace.samples) {
    if (!sample.guest.empty() || sample.host != host) {
      continue;
    }
    const std::int64_t index = bin_of(sample.at - zero, width);
    const LoadPoint point{seconds(sample.at - zero), 100 * sample.load.*share, 100 * sample.average.*share};
    if (points.empty() || index != current) {
      points.push_back(point);
    } else if (point.sample > points.back().sample) {
      points.back() = point;
    }
    current = index;
  }
  return points;
}

std::vector<std::string> counted_networks(const TrialOutcome& trial) {
  std::set<std::string> names;
  for (const CounterSample& sample : trial.counters) {
    for (const auto& [interface, count] : sample.interfaces) {
      names.insert(network_of(interface));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> counted_hosts(const TrialOutcome& trial) {
  std::set<std::string> names;
  for (const ProcessorSample& sample : trial.processors) {
    for (const auto& [host, used] : sample.used) {
      names.insert(host);
    }
  }
  return {names.begin(), names.end()};
}

} // namespace migralab
