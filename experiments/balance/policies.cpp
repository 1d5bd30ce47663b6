// SPDX-License-Identifier: Apache-2.0
// The policies that there are, each put together from its parts.
#include "migralab/balance/policy.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "rival_parts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <numeric>
#include <random>
#include <utility>

namespace migralab::balance {

namespace {

using Names = std::vector<std::string>;

Names joined(std::initializer_list<Names> lists) {
  Names all;
  for (const Names& list : lists) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

const Names detecting{"period", "mu", "adaptive_mu", "overload"};
const Names selecting{"target", "largest_combination", "search_limit"};
const Names weighing{"alpha", "beta"};
const Names placing{"ceiling"};
const Names waiting{"inbound", "k", "n", "hold", "cooldown", "adaptive", "cooldown_limit", "advise"};
const Names improving{"min_improvement"};
const Names pacing =
    joined({{"inbound", "k", "n", "hold"}, improving, {"cooldown", "adaptive", "cooldown_limit", "advise"}});

class DetectNone : public Detect {
public:
  [[nodiscard]] std::vector<HostIndex> overloaded(const Round& /*round*/) const override { return {}; }
};

class SelectNone : public Select {
public:
  void relieve(Round& /*round*/, Place& /*place*/, const Pace& /*pace*/, HostRecord& record) override {
    record.why = "policy 'none' moves nothing";
  }
};

/// std::shuffle and the distributions differ from library to library, the engine does not.
using Lots = std::shared_ptr<std::mt19937>;

/// The order of hosts is drawn anew in every round.
class ByLot : public FirstThatFits {
public:
  explicit ByLot(Lots lots) : lots_(std::move(lots)) {}

protected:
  [[nodiscard]] std::vector<HostIndex> order(const Round& round) override {
    std::vector<std::pair<std::uint32_t, HostIndex>> drawn;
    for (HostIndex host = 0; host < round.cluster().hosts.size(); ++host) {
      drawn.emplace_back(static_cast<std::uint32_t>((*lots_)()), host);
    }
    std::sort(drawn.begin(), drawn.end());
    std::vector<HostIndex> hosts;
    hosts.reserve(drawn.size());
    for (const auto& [lot, host] : drawn) {
      hosts.push_back(host);
    }
    return hosts;
  }

private:
  Lots lots_;
};

Parts no_parts(const Parameters& /*parameters*/) {
  return {
      std::make_unique<DetectNone>(),
      std::make_unique<SelectNone>(),
      std::make_unique<Fullest>(),
      std::make_unique<Switches>()};
}

Parts published_parts(const Parameters& /*parameters*/) {
  return {
      std::make_unique<OverLimit>(),
      std::make_unique<CheapestFirst>(cobb_douglas),
      std::make_unique<Fullest>(),
      std::make_unique<Switches>()};
}

Parts emptiest_parts(const Parameters& /*parameters*/) {
  return {
      std::make_unique<OverLimit>(),
      std::make_unique<CheapestFirst>(cobb_douglas),
      std::make_unique<Emptiest>(),
      std::make_unique<Switches>()};
}

Parts random_parts(const Parameters& parameters) {
  const Lots lots = std::make_shared<std::mt19937>(parameters.seed);
  const auto drawn = [lots](const Round&, GuestIndex, double) { return static_cast<double>((*lots)()); };
  return {
      std::make_unique<OverLimit>(),
      std::make_unique<CheapestFirst>(drawn),
      std::make_unique<ByLot>(lots),
      std::make_unique<Switches>()};
}

Parts khanna_parts(const Parameters& /*parameters*/) {
  return {
      std::make_unique<OverLimit>(),
      std::make_unique<OneAfterTheOther>(least_used),
      std::make_unique<Fullest>(),
      std::make_unique<Switches>()};
}

Parts wood_parts(const Parameters& parameters) {
  return {
      std::make_unique<OverLimit>(),
      std::make_unique<OneAfterTheOther>(size_of_volume, parameters.swaps),
      std::make_unique<Emptiest>(),
      std::make_unique<Forecast>()};
}

Parts choi_parts(const Parameters& /*parameters*/) {
  return {
      std::make_unique<OverLearnt>(),
      std::make_unique<OneAfterTheOther>(size_of_volume),
      std::make_unique<Emptiest>(),
      std::make_unique<Learning>()};
}

Parts zhao_parts(const Parameters& parameters) {
  return {
      std::make_unique<Everybody>(),
      std::make_unique<ByComparison>(parameters.seed),
      std::make_unique<Emptiest>(),
      std::make_unique<Switches>()};
}

template <Spread kind> Parts even_parts(const Parameters& /*parameters*/) {
  return {
      std::make_unique<Uneven>(kind),
      std::make_unique<Evener>(kind),
      std::make_unique<Emptiest>(),
      std::make_unique<Switches>()};
}

/// As Sandpiper was run: the newest sample counts alone, every 10 s; 75 %, in 3 of 5 samples.
Parameters wood_defaults() {
  Parameters parameters;
  parameters.period = std::chrono::seconds(10);
  parameters.mu = 1;
  parameters.overload = parameters.target = parameters.ceiling = 0.75;
  parameters.watch = 0;
  parameters.k = 3;
  parameters.n = 5;
  return parameters;
}

Parameters choi_defaults() {
  Parameters parameters;
  parameters.overload = 0.8;
  parameters.target = parameters.ceiling = 0.75;
  parameters.watch = 0.5;
  return parameters;
}

Parameters even_defaults(double spread) {
  Parameters parameters;
  parameters.watch = 0; // hosts may differ while none is overloaded
  parameters.spread = spread;
  return parameters;
}

/// Hosts decide with every sample, and none waits for a limit.
Parameters zhao_defaults() {
  Parameters parameters;
  parameters.watch = 0;
  return parameters;
}

struct Entry {
  PolicyInfo info;
  Parts (*parts)(const Parameters&);
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all{
      {{"ferreira-2013",
        "the cheapest guest of an overloaded host to the fullest host that can take it, several where one is not "
        "enough",
        "P. H. S. Ferreira and Y. C. Martins, Balanceamento de Carga de Máquinas Virtuais em um Ambiente de Cloud "
        "Computing, Instituto Militar de Engenharia, 2013",
        joined({detecting, selecting, weighing, placing, pacing}),
        {}},
       published_parts},
      {{"none", "moves nothing: what happens without a balancer", "", joined({detecting, {"target", "ceiling"}}), {}},
       no_parts},
      {{"random",
        "as ferreira-2013, but guests and destinations are drawn by lot: what its choices are worth",
        "",
        joined({detecting, selecting, placing, pacing, {"seed"}}),
        {}},
       random_parts},
      {{"emptiest",
        "as ferreira-2013, but to the emptiest host: what packing guests closely is worth",
        "",
        joined({detecting, selecting, weighing, placing, pacing}),
        {}},
       emptiest_parts},
      {{"khanna-2006",
        "the guests that use least, one after the other, to the fullest host that can take each",
        "G. Khanna, K. Beaty, G. Kar and A. Kochut, Application Performance Management in Virtualized Server "
        "Environments, NOMS 2006",
        joined({detecting, {"target"}, placing, pacing}),
        {}},
       khanna_parts},
      {{"wood-2007",
        "from a host that was and will be hot, the guests with most load for their memory to the emptiest host; else "
        "an exchange",
        "T. Wood, P. Shenoy, A. Venkataramani and M. Yousif, Black-box and Gray-box Strategies for Virtual Machine "
        "Migration (Sandpiper), NSDI 2007",
        joined({detecting, {"watch", "window", "target", "swaps"}, placing, pacing}),
        wood_defaults()},
       wood_parts},
      {{"choi-2008",
        "as wood-2007 without forecast and exchange, above a threshold that is learnt from what migrations were good "
        "for",
        "in the spirit of H. W. Choi, H. Kwak, A. Sohn and K. Chung, Autonomous Learning for Efficient Resource "
        "Utilization of Dynamic VM Migration, ICS 2008; the rule is ours",
        joined(
            {detecting,
             {"watch", "highest", "step", "memory", "settle", "least_gain", "spread", "target"},
             placing,
             pacing}),
        choi_defaults()},
       choi_parts},
      {{"drs-deviation",
        "the move that lowers the standard deviation of hosts' loads most, while its priority is high enough",
        "in the manner of VMware DRS: A. Gulati et al., VMware Distributed Resource Management: Design, "
        "Implementation, and Lessons Learned, VMware Technical Journal 1(1), 2012",
        joined({detecting, {"watch", "priority", "least_gain"}, placing, waiting}),
        even_defaults(0)},
       even_parts<Spread::drs>},
      {{"watcher-deviation",
        "the move that lowers the standard deviations of processors and memory most, while one of them is large",
        "in the manner of OpenStack Watcher, strategy workload_stabilization",
        joined({detecting, {"watch", "spread", "least_gain"}, placing, waiting}),
        even_defaults(0.2)},
       even_parts<Spread::watcher>},
      {{"cloudstack-deviation",
        "the move that lowers standard deviation by mean most, of processors or memory, while it is large",
        "in the manner of Apache CloudStack, cluster DRS, algorithm balanced",
        joined({detecting, {"watch", "spread", "least_gain"}, placing, waiting}),
        even_defaults(0.6)},
       even_parts<Spread::cloudstack>},
      {{"hbal-score",
        "the move that lowers the standard deviations of processors, memory and network together most, as long as one "
        "does",
        "in the manner of Ganeti's hbal: its score of the loads that are measured",
        joined({detecting, {"watch", "spread", "least_gain"}, placing, waiting}),
        even_defaults(0)},
       even_parts<Spread::hbal>},
      {{"zhao-2009",
        "no coordinator: every host compares itself with one drawn by lot, and gives it the guest that brings the two "
        "closest, the likelier the more they differ",
        "Y. Zhao and W. Huang, Adaptive Distributed Load Balancing Algorithm Based on Live Migration of Virtual "
        "Machines in Cloud, NCM 2009; which guest, and of what weights, is ours",
        {"period", "mu", "adaptive_mu", "ceiling", "weight", "seed"},
        zhao_defaults(),
        true},
       zhao_parts}};
  return all;
}

} // namespace

const std::vector<PolicyInfo>& policies() {
  static const auto infos = [] {
    std::vector<PolicyInfo> all;
    for (const Entry& entry : entries()) {
      all.push_back(entry.info);
    }
    return all;
  }();
  return infos;
}

bool is_distributed(const std::string& name) {
  return std::any_of(
      policies().begin(), policies().end(), [&](const PolicyInfo& one) { return one.name == name && one.distributed; });
}

Policy make_policy(const std::string& name, const std::vector<std::string>& settings) {
  const auto found =
      std::find_if(entries().begin(), entries().end(), [&](const Entry& entry) { return entry.info.name == name; });
  if (found == entries().end()) {
    Names known;
    for (const Entry& entry : entries()) {
      known.push_back(entry.info.name);
    }
    throw Error(fmt::format("unknown policy '{}'", name), ExitStatus::bad_input)
        .with_hint(suggest(name, known, "policies") + "; `migralab balance policies` explains them");
  }
  const Parameters parameters = with_values(settings, found->info.parameters, name, found->info.defaults);
  return {found->parts(parameters), parameters};
}

} // namespace migralab::balance
