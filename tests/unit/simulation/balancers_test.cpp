// SPDX-License-Identifier: Apache-2.0
// Every balancer on a generated cluster: what must hold whatever it decides.
#include "migralab/core/error.hpp"
#include "migralab/simulation/generate.hpp"
#include "migralab/simulation/simulate.hpp"

#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

Scenario drawn(const Model& model) {
  Pattern pattern;
  pattern.kind = Pattern::Kind::ar1;
  pattern.mean = 0.25;
  pattern.swing = 0.2;
  pattern.correlation = 0.8;
  return published_scenario(generated(pattern, 24, 60, std::chrono::minutes(5), 11), 20, model);
}

/// Memory does not keep guests apart, so that there is something to consolidate.
Model loose() {
  Model model;
  model.sizes_bind = false;
  return model;
}

/// Looks over the shoulder of another.
class Watched : public Balancer {
public:
  explicit Watched(Balancer& inner) : inner_(inner) {}

  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) override {
    return inner_.first_host(state, guest);
  }
  [[nodiscard]] std::vector<Order> decide(const ClusterState& state, double seconds) override {
    std::vector<Order> orders = inner_.decide(state, seconds);
    ClusterState after = state;
    for (const Order& order : orders) {
      EXPECT_FALSE(state.in_flight(order.guest));
      after.put(order.guest, order.to); // whatever leaves the host: what comes must have room beside what was there
      EXPECT_TRUE(
          state.request(order.guest) == 0 || after.requested(order.to) <= after.host(order.to).mips() * (1 + 1e-12))
          << "a guest that demands nothing fits anywhere";
    }
    return orders;
  }
  void finished(GuestIndex guest, double seconds) override { inner_.finished(guest, seconds); }
  [[nodiscard]] std::size_t messages() const override { return inner_.messages(); }
  [[nodiscard]] std::size_t reserve() const override { return inner_.reserve(); }

private:
  Balancer& inner_;
};

Outcome outcome_of(const std::string& name, const Model& model, const ConsolidationParameters& parameters = {}) {
  const auto balancer = make_balancer(name, parameters);
  Watched watched(*balancer);
  return simulate(drawn(model), watched);
}

TEST(Balancers, ThoseThatConsolidateSaveEnergyAndNoneFillsAHostBeyondWhatItHas) {
  const Outcome none = outcome_of("none", loose());
  EXPECT_EQ(none.migrations, 0U);
  for (const BalancerInfo& info : balancers()) {
    if (info.name == "none") {
      continue;
    }
    const Outcome outcome = outcome_of(info.name, loose());
    EXPECT_GT(outcome.migrations, 0U) << info.name;
    EXPECT_EQ(outcome.energy_kwh < none.energy_kwh, info.name != "zhao-2009") << info.name << ": it spreads guests out";
    EXPECT_GT(outcome.pdm, 0) << info.name;
    EXPECT_LT(outcome.pdm, 0.1) << info.name << ": a guest loses a tenth while it migrates";
  }
}

TEST(Balancers, ComeToTheSameNumbersAgain) {
  for (const std::string name : {"thr-rs", "lrr-mc"}) {
    const Outcome one = outcome_of(name, as_cloudsim());
    const Outcome two = outcome_of(name, as_cloudsim());
    EXPECT_EQ(one.energy_kwh, two.energy_kwh);
    EXPECT_EQ(one.migrations, two.migrations);
    EXPECT_EQ(one.slatah, two.slatah);
  }
  ConsolidationParameters other;
  other.seed = 2;
  EXPECT_NE(outcome_of("thr-rs", loose()).energy_kwh, outcome_of("thr-rs", loose(), other).energy_kwh);
}

TEST(Balancers, ParametersHaveAnEffect) {
  ConsolidationParameters careful;
  careful.threshold = 0.5;
  EXPECT_LT(outcome_of("thr-mmt", loose(), careful).over_90_s, outcome_of("thr-mmt", loose()).over_90_s);
  ConsolidationParameters even;
  even.weighted = false;
  EXPECT_NE(outcome_of("lr-mmt", loose()).energy_kwh, outcome_of("lr-mmt", loose(), even).energy_kwh);
  EXPECT_EQ(outcome_of("lrr-mmt", loose(), even).energy_kwh, outcome_of("lr-mmt", loose(), even).energy_kwh)
      << "without weights there is nothing to be robust with";
}

TEST(Balancers, RefuseUnknownNamesAndSenselessConstants) {
  EXPECT_EQ(balancers().size(), 26U);
  const auto message = [](const std::string& name, const ConsolidationParameters& parameters) {
    try {
      (void)make_balancer(name, parameters);
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message("thr-mmt", {}), "");
  EXPECT_TRUE(
      message("thr-mtm", {}).starts_with("unknown balancer 'thr-mtm'; did you mean 'thr-mmt'? Balancers: none, "));
  ConsolidationParameters parameters;
  parameters.threshold = 80;
  EXPECT_EQ(message("thr-mmt", parameters), "threshold 80 makes no sense; take a number above 0 and up to 1");
}

} // namespace
} // namespace migralab::simulation::test
