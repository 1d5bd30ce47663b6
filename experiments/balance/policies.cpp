// SPDX-License-Identifier: Apache-2.0
// The policies that there are, each put together from its parts.
#include "migralab/balance/policy.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "published_parts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <numeric>
#include <random>
#include <utility>

namespace migralab::balance {

namespace {

using Names = std::vector<std::string>;

const Names detecting{"period", "mu", "adaptive_mu", "overload"};
const Names selecting{"target", "largest_combination", "search_limit"};
const Names weighing{"alpha", "beta"};
const Names placing{"ceiling"};
const Names pacing{"inbound", "k", "n", "hold", "min_improvement", "cooldown", "adaptive", "cooldown_limit", "advise"};

Names joined(std::initializer_list<Names> lists) {
  Names all;
  for (const Names& list : lists) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

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

/// The host with most resources left, by the same measure as Fullest.
class Emptiest : public FirstThatFits {
protected:
  [[nodiscard]] std::vector<HostIndex> order(const Round& round) override {
    std::vector<HostIndex> hosts(round.cluster().hosts.size());
    std::iota(hosts.begin(), hosts.end(), HostIndex(0));
    std::sort(hosts.begin(), hosts.end(), [&](HostIndex a, HostIndex b) {
      const double volume_a = volume(round.expected(a));
      const double volume_b = volume(round.expected(b));
      const std::vector<Host>& all = round.cluster().hosts;
      return volume_a != volume_b ? volume_a < volume_b : all[a].name < all[b].name;
    });
    return hosts;
  }
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
        joined({detecting, selecting, weighing, placing, pacing})},
       published_parts},
      {{"none", "moves nothing: what happens without a balancer", "", joined({detecting, {"target", "ceiling"}})},
       no_parts},
      {{"random",
        "as ferreira-2013, but guests and destinations are drawn by lot: what its choices are worth",
        "",
        joined({detecting, selecting, placing, pacing, {"seed"}})},
       random_parts},
      {{"emptiest",
        "as ferreira-2013, but to the emptiest host: what packing guests closely is worth",
        "",
        joined({detecting, selecting, weighing, placing, pacing})},
       emptiest_parts}};
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
  const Parameters parameters = with_values(settings, found->info.parameters, name);
  return {found->parts(parameters), parameters};
}

} // namespace migralab::balance
