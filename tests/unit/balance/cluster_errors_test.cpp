// SPDX-License-Identifier: Apache-2.0
// Every mistake a cluster's state can contain: errors/NAME.json and the whole text that a user gets, NAME.err.exp.
#include "migralab/balance/cluster_file.hpp"

#include "support/golden.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <ostream>

namespace migralab::balance {
namespace {

using migralab::test::source_path;

Diagnostics diagnose(const std::string& name) {
  const std::string text = migralab::test::read_text(source_path("tests/unit/balance/errors/" + name + ".json"));
  Diagnostics diagnostics(name + ".json", text);
  static_cast<void>(parse_cluster(text, diagnostics)); // only what is said about it matters
  return diagnostics;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/unit/balance/errors"))) {
    if (entry.path().extension() == ".json") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ClusterErrors : public testing::TestWithParam<std::string> {};

TEST_P(ClusterErrors, Golden) {
  const Diagnostics diagnostics = diagnose(GetParam());
  EXPECT_TRUE(diagnostics.has_errors());
  migralab::test::expect_golden(
      source_path("tests/unit/balance/errors/" + GetParam() + ".err.exp"), diagnostics.render());
}

INSTANTIATE_TEST_SUITE_P(, ClusterErrors, testing::ValuesIn(cases()), [](const auto& test_case) {
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

class ClusterPlaces : public testing::TestWithParam<PlaceClaim> {};

TEST_P(ClusterPlaces, FirstErrorIsWhereTheMistakeIs) {
  const PlaceClaim claim = GetParam();
  const Diagnostics diagnostics = diagnose(claim.name);
  const auto& all = diagnostics.all();
  ASSERT_FALSE(all.empty());
  const auto first = std::min_element(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  EXPECT_EQ(first->where.line, claim.line);
  EXPECT_EQ(first->where.column, claim.column);
  EXPECT_EQ(first->where.length, claim.length);
}

INSTANTIATE_TEST_SUITE_P(
    ,
    ClusterPlaces,
    testing::Values(
        PlaceClaim{"all-at-once", 3, 27, 3},
        PlaceClaim{"broken-bracket", 4, 5, 1},
        PlaceClaim{"capacity", 3, 76, 1},
        PlaceClaim{"dangling", 7, 29, 4},
        PlaceClaim{"duplicates", 3, 32, 5}),
    [](const auto& test_case) {
      std::string name = test_case.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(ClusterErrorsInOneGo, AreAllSaid) {
  EXPECT_EQ(diagnose("all-at-once").all().size(), 8U) << "load out of range, name twice, unknown key, missing key, "
                                                         "text for a number, unknown host, no image, unknown section";
}

TEST(ClusterErrorsOfManyHosts, HintsDoNotListThemAll) {
  std::string text = R"({"hosts": [)";
  for (int i = 0; i < 100; ++i) {
    text += (i == 0 ? "" : ",\n") + std::string(R"({"name": "node)") + std::to_string(1000 + i) +
            R"(", "cpu": 0.5, "mem": 0.5, "net": 0.1})";
  }
  text += R"(], "guests": [{"name": "web", "host": "nod1005", "cpu": 0.1, "mem": 0.1, "net": 0.1, "image_mb": 64},)";
  text += R"({"name": "db", "host": "elsewhere", "cpu": 0.1, "mem": 0.1, "net": 0.1, "image_mb": 64}]})";
  Diagnostics diagnostics("state.json", text);
  static_cast<void>(parse_cluster(text, diagnostics));
  ASSERT_EQ(diagnostics.all().size(), 2U);
  EXPECT_EQ(diagnostics.all()[0].hint, "did you mean 'node1005'?");
  EXPECT_EQ(diagnostics.all()[1].hint, "name one of the 100 hosts");
}

} // namespace
} // namespace migralab::balance
