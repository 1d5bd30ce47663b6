// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/policies.hpp"

#include "consolidation_settings.hpp"
#include "live_policy.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/core/units.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab::simulation {

namespace {

constexpr const char* published =
    "A. Beloglazov and R. Buyya, Optimal online deterministic algorithms and adaptive heuristics for energy and "
    "performance efficient dynamic consolidation of virtual machines in cloud data centers, Concurrency and "
    "Computation: Practice and Experience 24(13), 2012";
/// MU is not in the publication, but in its authors' simulator.
constexpr const char* of_cloudsim =
    "R. N. Calheiros et al., CloudSim 4.0 (Software: Practice and Experience 41(1), 2011): its selection of guests by "
    "minimum utilization";

constexpr const char* of_neat =
    "A. Beloglazov and R. Buyya, OpenStack Neat: a framework for dynamic and energy-efficient consolidation of virtual "
    "machines in OpenStack clouds, Concurrency and Computation: Practice and Experience 27(5), 2015: detection by the "
    "overload time fraction";
constexpr const char* of_zhao =
    "Y. Zhao and W. Huang, Adaptive Distributed Load Balancing Algorithm Based on Live Migration of Virtual Machines "
    "in Cloud, NCM 2009; which guest, and of what weights, is ours";

constexpr const char* gray_box = "wood-2007-gray";
constexpr const char* black_box = "wood-2007"; // which is told the same of what it sees from outside

const char* source_of(const std::string& name) {
  if (name == "zhao-2009") {
    return of_zhao;
  }
  if (name.starts_with("otf-")) {
    return of_neat;
  }
  return name.ends_with("-mu") ? of_cloudsim : published;
}

constexpr auto longest_period = std::chrono::hours(1);

/// A policy for labs takes a sample every `period`; here the trace has them.
std::unique_ptr<Balancer>
live_policy(const std::string& name, std::vector<std::string> settings, Nanoseconds interval) {
  if (interval > longest_period) {
    throw Error(
        fmt::format(
            "policy '{}' takes a sample every hour at least, the trace has one every {}", name, human(interval)),
        ExitStatus::bad_input)
        .with_hint("give a trace with more samples, or another policy: `migralab balance policies`");
  }
  for (const std::string& setting : settings) {
    if (setting.substr(0, setting.find('=')) == "period") {
      throw Error(
          fmt::format(
              "--set {}: the trace says when there are samples, every {}; leave it out", setting, human(interval)),
          ExitStatus::bad_input);
    }
  }
  settings.push_back(fmt::format("period={}ns", interval.count()));
  if (name == gray_box) {
    return std::make_unique<LivePolicy>(balance::make_policy(black_box, settings), LivePolicy::Sight::inside);
  }
  return std::make_unique<LivePolicy>(balance::make_policy(name, settings));
}

} // namespace

const std::vector<PolicyInfo>& policies() {
  static const auto infos = [] {
    std::vector<PolicyInfo> all;
    for (const balance::PolicyInfo& live : balance::policies()) {
      all.push_back({live.name, live.about, live.source, true, balance::describe(live.parameters, live.defaults)});
      if (live.name == black_box) {
        PolicyInfo gray = all.back();
        gray.name = gray_box;
        gray.about = "as wood-2007, but it looks into guests: what they want counts, not what they get";
        gray.live = false;
        all.push_back(gray);
      }
    }
    for (const BalancerInfo& info : balancers()) {
      const bool known =
          std::any_of(all.begin(), all.end(), [&](const PolicyInfo& one) { return one.name == info.name; });
      if (!known) { // there is one `none` only
        all.push_back({info.name, info.about, source_of(info.name), false, consolidation_parameters(info.name)});
      }
    }
    return all;
  }();
  return infos;
}

bool has_seed(const std::string& policy) {
  return std::any_of(policies().begin(), policies().end(), [&](const PolicyInfo& one) {
    return one.name == policy &&
           std::any_of(one.parameters.begin(), one.parameters.end(), [](const balance::ParameterInfo& parameter) {
             return parameter.name == "seed";
           });
  });
}

std::unique_ptr<Balancer>
make_policy(const std::string& name, const std::vector<std::string>& settings, Nanoseconds interval) {
  const auto found =
      std::find_if(policies().begin(), policies().end(), [&](const PolicyInfo& one) { return one.name == name; });
  if (found == policies().end()) {
    std::vector<std::string> known;
    for (const PolicyInfo& one : policies()) {
      known.push_back(one.name);
    }
    throw Error(fmt::format("unknown policy '{}'", name), ExitStatus::bad_input)
        .with_hint(suggest(name, known, "policies") + "; `migralab balance policies` explains them");
  }
  if ((found->live || name == gray_box) && !balance::is_distributed(name)) { // that one has no coordinator here, either
    return live_policy(name, settings, interval);
  }
  ConsolidationParameters parameters = consolidation_values(name, settings);
  parameters.interval_s = std::chrono::duration<double>(interval).count();
  return make_balancer(name, parameters);
}

} // namespace migralab::simulation
