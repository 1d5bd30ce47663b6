// SPDX-License-Identifier: Apache-2.0
#include "rival_parts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace migralab::balance {

namespace {

Load next_of(const std::vector<Load>& samples) {
  const auto next = [&](double Load::*resource) {
    std::vector<double> values;
    for (const Load& sample : samples) {
      values.push_back(sample.*resource);
    }
    return next_by_ar1(values);
  };
  return {next(&Load::cpu), next(&Load::mem), next(&Load::net)};
}

} // namespace

double next_by_ar1(std::span<const double> samples) {
  const double mean = std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
  double together = 0;
  double squares = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    together += i + 1 < samples.size() ? (samples[i] - mean) * (samples[i + 1] - mean) : 0;
    squares += (samples[i] - mean) * (samples[i] - mean);
  }
  return squares > 0 ? mean + together / squares * (samples.back() - mean) : mean;
}

void Forecast::observe(const Round& round, const std::vector<HostIndex>& overloaded, PacingState& state) const {
  Switches::observe(round, overloaded, state);
  const Parameters& parameters = round.parameters();
  if (!state.samples.empty() && periods_between(state.sampled, round.now(), parameters.period) == 0) {
    return; // of this period already: several hosts ask
  }
  state.sampled = round.now();
  std::map<std::string, std::vector<Load>> kept;
  for (const Host& host : round.cluster().hosts) {
    std::vector<Load>& samples = kept[host.name];
    samples = std::move(state.samples[host.name]);
    samples.push_back(host.load);
    if (samples.size() > parameters.window) {
      samples.erase(samples.begin());
    }
  }
  state.samples = std::move(kept); // hosts that are gone are forgotten
}

std::string Forecast::host_waits(const Round& round, HostIndex host) const {
  std::string why = Switches::host_waits(round, host);
  const auto samples = round.pacing().samples.find(round.cluster().hosts[host].name);
  if (!why.empty() || samples == round.pacing().samples.end()) {
    return why;
  }
  const double share = peak(next_of(samples->second));
  if (share <= round.parameters().overload + load_tolerance) {
    constexpr double percent = 100;
    return fmt::format("its next sample is expected at {:.1f} %, which is not above the limit", share * percent);
  }
  return "";
}

} // namespace migralab::balance
