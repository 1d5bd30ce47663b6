// SPDX-License-Identifier: Apache-2.0
// Every mistake a topology can contain: errors/NAME.lab.yaml and the whole text that a user gets, NAME.err.exp.
#include "migralab/topology/load.hpp"

#include "support/golden.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <ostream>

namespace migralab {
namespace {

Diagnostics diagnose(const std::string& name) {
  const auto path = test::source_path("tests/unit/topology/errors/" + name + ".lab.yaml");
  const std::string text = test::read_text(path);
  Diagnostics diagnostics(name + ".lab.yaml", text);
  static_cast<void>(parse_topology(text, path, {}, diagnostics)); // only what is said about it matters
  return diagnostics;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("tests/unit/topology/errors"))) {
    const std::string file = entry.path().filename().string();
    if (file.ends_with(".lab.yaml")) {
      names.push_back(file.substr(0, file.find('.')));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class TopologyErrors : public testing::TestWithParam<std::string> {};

TEST_P(TopologyErrors, Golden) {
  const std::string actual = diagnose(GetParam()).render();
  EXPECT_NE(actual, "") << "a file under errors/ must be diagnosed";
  test::expect_golden(test::source_path("tests/unit/topology/errors/" + GetParam() + ".err.exp"), actual);
}

INSTANTIATE_TEST_SUITE_P(, TopologyErrors, testing::ValuesIn(cases()), [](const auto& test_case) {
  std::string name = test_case.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

/// A golden file can freeze a wrong place; these claims were counted by hand.
struct PlaceClaim {
  const char* name;
  std::size_t line;
  std::size_t column;
  std::size_t length;
};

void PrintTo(const PlaceClaim& claim, std::ostream* stream) {
  *stream << claim.name;
}

class TopologyPlaces : public testing::TestWithParam<PlaceClaim> {};

TEST_P(TopologyPlaces, FirstDiagnostic) {
  const PlaceClaim& claim = GetParam();
  const Diagnostics diagnostics = diagnose(claim.name);
  ASSERT_FALSE(diagnostics.all().empty());
  EXPECT_EQ(diagnostics.all().front().where.line, claim.line);
  EXPECT_EQ(diagnostics.all().front().where.column, claim.column);
  EXPECT_EQ(diagnostics.all().front().where.length, claim.length);
}

INSTANTIATE_TEST_SUITE_P(
    ,
    TopologyPlaces,
    testing::Values(
        PlaceClaim{"unknown-key", 5, 8, 6},
        PlaceClaim{"duplicate-key", 6, 3, 2},
        PlaceClaim{"unknown-host", 7, 31, 2},
        PlaceClaim{"missing-memory-host", 5, 3, 2},
        PlaceClaim{"rate-in-bytes", 3, 15, 7},
        PlaceClaim{"memory-over-host", 5, 16, 6},
        PlaceClaim{"syntax-tab", 5, 1, 1},
        PlaceClaim{"syntax-quote", 1, 6, 4},
        PlaceClaim{"syntax-unclosed", 3, 8, 1}),
    [](const auto& test_case) {
      std::string name = test_case.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(TopologyDiagnostics, PointAtTheFirstDefinition) {
  const Diagnostics diagnostics = diagnose("duplicate-key");
  ASSERT_EQ(diagnostics.all().size(), 1U);
  ASSERT_EQ(diagnostics.all().front().notes.size(), 1U);
  EXPECT_EQ(diagnostics.all().front().notes.front().first.line, 5U);
  EXPECT_EQ(diagnostics.all().front().notes.front().first.column, 3U);
}

TEST(TopologyDiagnostics, AllInOneGo) {
  EXPECT_GE(diagnose("many-mistakes").all().size(), 12U);
}

} // namespace
} // namespace migralab
