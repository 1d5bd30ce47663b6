// SPDX-License-Identifier: Apache-2.0
// The availability of a service from numbers on the command line. No lab is needed.
#include "support/cli.hpp"
#include "support/lab_test.hpp"

namespace migralab::test {
namespace {

class AvailabilityVerb : public LabTest {};

TEST_P(AvailabilityVerb, SaysWhatHoldsAServiceBack) {
  const Cli cli(GetParam());
  const Finished still = cli.run({"availability", "--mtbf", "99h", "--mttr", "1h"});
  ASSERT_TRUE(succeeded(still));
  EXPECT_NE(still.output.find("availability 99.0000000 %, down 3.65 d a year\n"), std::string::npos) << still.output;

  const Finished moving = cli.run(
      {"availability",
       "--mtbf",
       "90d",
       "--mttr",
       "2h",
       "--migrations-every",
       "1d",
       "--migration-time",
       "12s",
       "--migration-downtime",
       "300ms",
       "--json"});
  ASSERT_TRUE(succeeded(moving));
  const auto json = nlohmann::json::parse(moving.output);
  const double switching = json.at("shares").at("switching");
  EXPECT_NEAR(switching, 0.3 / 86412, 0.01 * switching) << "0.3 s in each day and 12 s";
  EXPECT_NEAR(json.at("shares").at("failed").get<double>(), 2 / (90 * 24 + 2.0), 1e-6);
  EXPECT_NEAR(json.at("availability").get<double>() + json.at("unavailability").get<double>(), 1, 1e-12);
  std::map<std::string, double> elasticity;
  for (const nlohmann::json& row : json.at("sensitivities")) {
    elasticity[row.at("input")] = row.at("elasticity");
  }
  EXPECT_NEAR(elasticity.at("time to repair"), 1, 0.01);
  EXPECT_NEAR(elasticity.at("time to failure"), -1, 0.01);
  EXPECT_NEAR(elasticity.at("migration downtime"), switching / json.at("unavailability").get<double>(), 1e-4);
}

TEST_P(AvailabilityVerb, WrongInputIsRefused) {
  const Cli cli(GetParam());
  const auto refusal = [&](Cli::Words more, const std::vector<std::string>& texts) {
    Cli::Words words{"availability", "--mtbf", "90d", "--mttr", "2h"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_TRUE(refused(cli.run(words), 2, texts));
  };
  refusal({"--migrations-every", "1d"}, {"not said what a migration takes", "hint: add --migration-time and"});
  refusal({"--migration-time", "1s"}, {"not said how often the guest migrates", "hint: add --migrations-every"});
  refusal(
      {"--migrations-every", "1d", "--migration-time", "1s", "--migration-downtime", "2s"},
      {"--migration-downtime: ", " is not below the migration's time"});
  refusal(
      {"--migrations-every", "0s", "--migration-time", "2s", "--migration-downtime", "1s"},
      {"--migrations-every: 0s is no mean time"});
  refusal(
      {"--migrations-every", "3 weeks", "--migration-time", "2s", "--migration-downtime", "1s"},
      {"--migrations-every: "});
  for (const char* share : {"nan", "1", "-0.1"}) {
    refusal(
        {"--migrations-every",
         "1d",
         "--migration-time",
         "2s",
         "--migration-downtime",
         "1s",
         std::string("--migration-failure=") + share},
        {std::string("--migration-failure: ") + share + " is no share", "hint: it is at least 0 and below 1"});
  }
}

MIGRALAB_BOTH_MODES(AvailabilityVerb);

} // namespace
} // namespace migralab::test
