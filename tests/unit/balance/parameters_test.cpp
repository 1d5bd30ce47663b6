// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/policy.hpp"
#include "migralab/core/error.hpp"

#include <gtest/gtest.h>

namespace migralab::balance {
namespace {

std::string refusal(const std::vector<std::string>& settings, const std::string& policy = "ferreira-2013") {
  try {
    static_cast<void>(make_policy(policy, settings));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    EXPECT_EQ(error.hint(), "`migralab balance policies` lists the parameters of every policy");
    return error.what();
  }
  return "accepted";
}

TEST(Parameters, DefaultsAreThePublishedConstants) {
  const Parameters defaults = make_policy("ferreira-2013").parameters();
  EXPECT_EQ(defaults.period, std::chrono::seconds(5));
  EXPECT_EQ(defaults.mu, 0.6);
  EXPECT_FALSE(defaults.adaptive_mu);
  EXPECT_EQ(defaults.overload, 0.9);
  EXPECT_EQ(defaults.target, 0.85);
  EXPECT_EQ(defaults.ceiling, 0.85);
  EXPECT_EQ(defaults.alpha, 0.4);
  EXPECT_EQ(defaults.beta, 0.6);
  EXPECT_EQ(defaults.inbound, 1U);
}

TEST(Parameters, EveryOneOfAPolicyIsDescribedWithADefaultThatIsAccepted) {
  for (const PolicyInfo& policy : policies()) {
    std::vector<std::string> settings;
    for (const ParameterInfo& parameter : describe(policy.parameters)) {
      EXPECT_FALSE(parameter.about.empty()) << parameter.name;
      settings.push_back(parameter.name + "=" + parameter.value);
    }
    EXPECT_NO_THROW(static_cast<void>(make_policy(policy.name, settings))) << policy.name;
  }
  EXPECT_EQ(describe({"period", "cooldown", "cooldown_limit", "overload", "adaptive"})[0].value, "5s");
  EXPECT_EQ(describe({"cooldown_limit"}).front().value, "6h");
}

TEST(Parameters, AreReadInTheirUnits) {
  const Parameters values = make_policy(
                                "ferreira-2013",
                                {"overload=80%",
                                 "target=0.7",
                                 "ceiling=65%",
                                 "alpha=0.5",
                                 "beta=0.5",
                                 "k=3",
                                 "n=5",
                                 "cooldown=15min",
                                 "adaptive=true",
                                 "adaptive_mu=true",
                                 "advise=true",
                                 "period=500ms"})
                                .parameters();
  EXPECT_EQ(values.overload, 0.8);
  EXPECT_EQ(values.target, 0.7);
  EXPECT_EQ(values.ceiling, 0.65);
  EXPECT_EQ(values.k, 3U);
  EXPECT_EQ(values.cooldown, std::chrono::minutes(15));
  EXPECT_TRUE(values.adaptive);
  EXPECT_TRUE(values.adaptive_mu);
  EXPECT_TRUE(values.advise);
  EXPECT_EQ(values.period, std::chrono::milliseconds(500));
}

TEST(Parameters, AllMistakesInOneGo) {
  EXPECT_EQ(
      refusal({"overlod=0.8", "target=high", "k=0", "ceiling=120%"}),
      "--set overlod=0.8: unknown parameter of policy 'ferreira-2013'; did you mean 'overload'? Its parameters: "
      "period, mu, adaptive_mu, overload, target, largest_combination, search_limit, alpha, beta, ceiling, inbound, k, "
      "n, hold, min_improvement, cooldown, adaptive, cooldown_limit, advise\n"
      "--set target=high: no share; write for example 0.9 or 90%\n"
      "--set k=0: no such number; write a whole number from 1 to 64\n"
      "--set ceiling=120%: out of range; write a share above 0 and up to 1");
}

TEST(Parameters, EachKindHasItsMistakes) {
  EXPECT_EQ(refusal({"mu=0"}), "--set mu=0: out of range; write a share above 0 and up to 1");
  EXPECT_EQ(refusal({"mu=nan"}), "--set mu=nan: out of range; write a share above 0 and up to 1");
  EXPECT_EQ(refusal({"mu=-0.1"}), "--set mu=-0.1: out of range; write a share above 0 and up to 1");
  EXPECT_EQ(refusal({"alpha=1.1"}), "--set alpha=1.1: out of range; write a share from 0 and up to 1");
  EXPECT_EQ(refusal({"mu"}), "--set mu: no value; write mu=0.6");
  EXPECT_EQ(refusal({"mu="}), "--set mu=: no share; write for example 0.9 or 90%");
  EXPECT_EQ(refusal({"k=65"}), "--set k=65: no such number; write a whole number from 1 to 64");
  EXPECT_EQ(refusal({"inbound=-1"}), "--set inbound=-1: no such number; write a whole number from 1 to 4294967295");
  EXPECT_EQ(refusal({"adaptive=yes"}), "--set adaptive=yes: neither on nor off; write true or false");
  EXPECT_EQ(refusal({"period=0s"}), "--set period=0s: out of range; write a time from 0.001s to 1h");
  EXPECT_EQ(refusal({"cooldown=25h"}), "--set cooldown=25h: out of range; write a time from 0s to 24h");
  EXPECT_NE(refusal({"cooldown=15"}).find("--set cooldown=15: no unit"), std::string::npos) << refusal({"cooldown=15"});
}

TEST(Parameters, OfOtherPoliciesAreRefused) {
  EXPECT_EQ(refusal({"overload=0.9"}, "none"), "--set overload=0.9: policy 'none' has no parameters");
  EXPECT_EQ(refusal({"alpha=0.4"}, "random").substr(0, 52), "--set alpha=0.4: no parameter of policy 'random'; It");
}

TEST(Parameters, WhatBelongsTogetherMustAgree) {
  EXPECT_EQ(
      refusal({"alpha=0.5"}),
      "--set: alpha 0.5 and beta 0.6 add up to 1.1; set both so that they add up to 1: doubling volume and image "
      "doubles the cost");
  EXPECT_EQ(
      refusal({"overload=0.8", "k=2"}),
      "--set: target 0.85 is above overload 0.8; set it lower: a move would leave a host overloaded\n"
      "--set: ceiling 0.85 is above overload 0.8; set it lower: a move would leave a host overloaded\n"
      "--set: k 2 is more than n 1; set n too: k of the last n rounds");
  EXPECT_EQ(refusal({"cooldown=7h"}), "--set: cooldown 7h is above cooldown_limit 6h; set both");
}

} // namespace
} // namespace migralab::balance
