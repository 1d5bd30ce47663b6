// SPDX-License-Identifier: Apache-2.0
// Every mistake an experiment can contain: errors/NAME.exp.yaml and the whole text that a user gets, NAME.err.exp.
#include "migralab/experiment/experiment.hpp"

#include "support/golden.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab {
namespace {

Diagnostics diagnose(const std::string& name) {
  const auto path = test::source_path("tests/unit/experiment/errors/" + name + ".exp.yaml");
  const std::string text = test::read_text(path);
  Diagnostics diagnostics(name + ".exp.yaml", text);
  static_cast<void>(parse_experiment(text, path, diagnostics)); // only what is said about it matters
  return diagnostics;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("tests/unit/experiment/errors"))) {
    const std::string file = entry.path().filename().string();
    if (file.ends_with(".exp.yaml")) {
      names.push_back(file.substr(0, file.find('.')));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ExperimentErrors : public testing::TestWithParam<std::string> {};

TEST_P(ExperimentErrors, Golden) {
  const Diagnostics diagnostics = diagnose(GetParam());
  EXPECT_TRUE(diagnostics.has_errors()) << "a file under errors/ must be diagnosed";
  test::expect_golden(
      test::source_path("tests/unit/experiment/errors/" + GetParam() + ".err.exp"), diagnostics.render());
}

INSTANTIATE_TEST_SUITE_P(, ExperimentErrors, testing::ValuesIn(cases()), [](const auto& test_case) {
  std::string name = test_case.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

/// A golden file can freeze a wrong place; these were counted by hand.
TEST(ExperimentDiagnostics, PointAtTheMistake) {
  const auto place = [](const std::string& name) {
    const Location where = diagnose(name).all().at(0).where;
    return std::pair(where.line, where.column);
  };
  EXPECT_EQ(place("unknown-key"), std::pair(std::size_t{7}, std::size_t{1}));
  EXPECT_EQ(place("name-a-path"), std::pair(std::size_t{2}, std::size_t{13}));
  EXPECT_EQ(place("route-stays"), std::pair(std::size_t{5}, std::size_t{13}));
  EXPECT_EQ(place("rate-no-unit"), std::pair(std::size_t{8}, std::size_t{15}));
  EXPECT_EQ(place("syntax"), std::pair(std::size_t{3}, std::size_t{8}));
}

TEST(ExperimentDiagnostics, AllInOneGo) {
  EXPECT_GE(diagnose("many-mistakes").all().size(), 9U);
}

} // namespace
} // namespace migralab
