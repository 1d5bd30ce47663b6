// SPDX-License-Identifier: Apache-2.0
// The balancers that there are, each put together from its parts.
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "parts.hpp"

#include <array>
#include <fmt/format.h>

namespace migralab::simulation {

namespace {

using Parameters = ConsolidationParameters;

struct DetectEntry {
  const char* name;
  const char* about;
  double safety;
  std::unique_ptr<Detect> (*make)(const Parameters& parameters, double safety);
};

struct SelectEntry {
  const char* name;
  const char* about;
  std::unique_ptr<Select> (*make)(const Parameters& parameters);
};

template <SwingingThreshold::Measure measure>
std::unique_ptr<Detect> swinging(const Parameters& parameters, double safety) {
  return std::make_unique<SwingingThreshold>(measure, safety, parameters.fallback);
}

template <Regression::Kind kind> std::unique_ptr<Detect> regression(const Parameters& parameters, double safety) {
  return std::make_unique<Regression>(kind, parameters, safety);
}

std::unique_ptr<Detect> overload_time(const Parameters& parameters, double /*safety*/) {
  return std::make_unique<OverloadTime>(parameters.otf, parameters.interval_s);
}

std::unique_ptr<Detect> threshold(const Parameters& parameters, double /*safety*/) {
  return std::make_unique<Threshold>(parameters.threshold);
}

template <typename Part> std::unique_ptr<Select> plain(const Parameters& /*parameters*/) {
  return std::make_unique<Part>();
}

std::unique_ptr<Select> by_lot(const Parameters& parameters) {
  return std::make_unique<RandomSelection>(parameters.seed);
}

constexpr std::array detections{
    DetectEntry{"thr", "guests demand more than a set share", 1, threshold},
    DetectEntry{
        "mad",
        "threshold by median absolute deviation",
        2.5,
        swinging<SwingingThreshold::Measure::median_deviation>},
    DetectEntry{"iqr", "threshold by interquartile range", 1.5, swinging<SwingingThreshold::Measure::quartile_range>},
    DetectEntry{"lr", "a line through the last samples comes to 1", 1.2, regression<Regression::Kind::plain>},
    DetectEntry{"lrr", "the same, robust against outliers", 1.2, regression<Regression::Kind::robust>},
    DetectEntry{"otf", "guests demand all that there is for too much of the time", 1, overload_time}};

constexpr std::array selections{
    SelectEntry{"mmt", "the smallest guests leave", plain<MinimumMigrationTime>},
    SelectEntry{"rs", "guests leave by lot", by_lot},
    SelectEntry{"mu", "the least busy guests leave", plain<MinimumUtilization>},
    SelectEntry{"mc", "the most correlated guests leave", plain<MaximumCorrelation>}};

constexpr const char* nobody = "none";
constexpr const char* without_coordinator = "zhao-2009";

/// Guests begin on the first host that takes them, and stay.
class Nobody : public Balancer {
public:
  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) override {
    return first_that_takes(state, guest);
  }
  [[nodiscard]] std::vector<Order> decide(const ClusterState& /*state*/, double /*seconds*/) override { return {}; }
  void finished(GuestIndex /*guest*/, double /*seconds*/) override {}
  [[nodiscard]] std::size_t messages() const override { return 0; }
  [[nodiscard]] std::size_t reserve() const override { return 0; }
};

void check(const Parameters& parameters) {
  const auto want = [](bool good, const char* name, double value, const char* wanted) {
    if (!good) {
      throw Error(fmt::format("{} {} makes no sense; take a number {}", name, value, wanted), ExitStatus::bad_input);
    }
  };
  const auto share = [](double value) { return value > 0 && value <= 1; };
  want(share(parameters.threshold), "threshold", parameters.threshold, "above 0 and up to 1");
  want(share(parameters.fallback), "fallback", parameters.fallback, "above 0 and up to 1");
  want(share(parameters.otf), "otf", parameters.otf, "above 0 and up to 1");
  want(parameters.weight == 0 || share(parameters.weight), "weight", parameters.weight, "from 0 to 1");
  want(parameters.safety >= 0, "safety", parameters.safety, "above 0, or 0 for the published one");
  want(parameters.interval_s > 0, "interval_s", parameters.interval_s, "above 0");
}

} // namespace

std::optional<HostIndex> first_that_takes(const ClusterState& state, GuestIndex guest) {
  for (HostIndex host = 0; host < state.hosts(); ++host) {
    if (state.takes(host, guest)) {
      return host;
    }
  }
  return std::nullopt;
}

double published_safety(const std::string& name) {
  for (const DetectEntry& detect : detections) {
    if (name.starts_with(std::string(detect.name) + "-")) {
      return detect.safety;
    }
  }
  return 1;
}

ConsolidationParameters decisions_of_cloudsim() {
  ConsolidationParameters parameters;
  parameters.weighted = false;
  parameters.spare_receivers = false;
  return parameters;
}

std::vector<BalancerInfo> balancers() {
  std::vector<BalancerInfo> infos{{nobody, "nothing moves; guests begin on the first host that takes them"}};
  for (const DetectEntry& detect : detections) {
    for (const SelectEntry& select : selections) {
      infos.push_back(
          {fmt::format("{}-{}", detect.name, select.name), fmt::format("{}; {}", detect.about, select.about)});
    }
  }
  infos.push_back(
      {without_coordinator, "each host asks another by lot, and gives it a guest, the likelier the more they differ"});
  return infos;
}

std::unique_ptr<Balancer> make_balancer(const std::string& name, const ConsolidationParameters& parameters) {
  check(parameters);
  if (name == nobody) {
    return std::make_unique<Nobody>();
  }
  if (name == without_coordinator) {
    return std::make_unique<CompareAndBalance>(parameters.weight, parameters.seed);
  }
  for (const DetectEntry& detect : detections) {
    for (const SelectEntry& select : selections) {
      if (name == fmt::format("{}-{}", detect.name, select.name)) {
        const double safety = parameters.safety == 0 ? detect.safety : parameters.safety;
        return std::make_unique<Consolidation>(detect.make(parameters, safety), select.make(parameters), parameters);
      }
    }
  }
  std::vector<std::string> names;
  for (const BalancerInfo& info : balancers()) {
    names.push_back(info.name);
  }
  throw Error(fmt::format("unknown balancer '{}'; {}", name, suggest(name, names, "Balancers")), ExitStatus::bad_input);
}

} // namespace migralab::simulation
