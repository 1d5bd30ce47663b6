// SPDX-License-Identifier: Apache-2.0
// Section `workloads` of an experiment file: what is read, and every mistake with its place.
#include "migralab/core/diagnostics.hpp"
#include "read_workloads.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

std::vector<WorkloadSpec> read(const std::string& text, Diagnostics& diagnostics) {
  std::vector<WorkloadSpec> workloads;
  YamlReader reader(text, diagnostics, "workloads:");
  const auto root = reader.root();
  const auto entries = root ? reader.entries(*root, "workloads:") : std::nullopt;
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    read_workloads(reader, entry.value, workloads);
  }
  return workloads;
}

TEST(ReadWorkloads, FillsDefaultsIn) {
  const std::string text = "workloads:\n"
                           "  disk: {type: dbench, on: web, clients: 4, sync: true}\n"
                           "  load: {type: httperf, on: client, low: 20/s}\n";
  Diagnostics diagnostics("x.exp.yaml", text);
  const std::vector<WorkloadSpec> workloads = read(text, diagnostics);
  EXPECT_EQ(diagnostics.render(), "");
  ASSERT_EQ(workloads.size(), 2U);
  EXPECT_EQ(
      workloads[0],
      (WorkloadSpec{
          .name = "disk",
          .kind = "dbench",
          .node = "web",
          .options = {{"clients", "4"}, {"folder", "/var/tmp"}, {"sync", "true"}}}));
  EXPECT_EQ(workloads[1].options.at("low"), "20/s");
  EXPECT_EQ(workloads[1].options.at("high"), "100/s");
}

TEST(ReadWorkloads, TakesAWindowForEveryKind) {
  std::string text = "workloads:\n";
  for (const std::string& kind : workload_kinds()) {
    text += "  " + kind + ": {type: " + kind + ", on: web, begins: 20s, lasts: 1500ms}\n";
  }
  text += "  all: {type: ping, on: web}\n";
  Diagnostics diagnostics("x.exp.yaml", text);
  const std::vector<WorkloadSpec> workloads = read(text, diagnostics);
  EXPECT_EQ(diagnostics.render(), "");
  ASSERT_EQ(workloads.size(), workload_kinds().size() + 1);
  for (const WorkloadSpec& workload : workloads) {
    EXPECT_EQ(workload.begins, workload.name == "all" ? Nanoseconds{} : std::chrono::seconds(20)) << workload.name;
    EXPECT_EQ(workload.lasts.has_value(), workload.name != "all") << workload.name;
    EXPECT_FALSE(workload.options.contains("begins")) << workload.name;
  }
  EXPECT_EQ(workloads.front().lasts, std::chrono::milliseconds(1500));
}

TEST(ReadWorkloads, TellsEveryMistakeAtOnce) {
  const auto folder = test::source_path("tests/unit/workload/errors");
  const std::string text = test::read_text(folder / "mistakes.exp.yaml");
  Diagnostics diagnostics("mistakes.exp.yaml", text);
  EXPECT_EQ(read(text, diagnostics).size(), 1U) << "one of them is right";
  EXPECT_TRUE(diagnostics.has_errors());
  test::expect_golden(folder / "mistakes.err.exp", diagnostics.render());
}

TEST(WorkloadsSchema, HasEveryKindAndOption) {
  const Json schema = workloads_schema();
  const Json& kinds = schema.at("additionalProperties").at("oneOf");
  EXPECT_EQ(kinds.size(), 17U);
  for (const Json& kind : kinds) {
    EXPECT_TRUE(kind.at("properties").contains("on"));
    EXPECT_TRUE(kind.at("properties").contains("begins"));
    EXPECT_TRUE(kind.at("properties").contains("lasts"));
    EXPECT_EQ(kind.at("additionalProperties"), false);
  }
  EXPECT_EQ(kinds.at(4).at("properties").at("type").at("const"), "dbench");
  EXPECT_EQ(kinds.at(4).at("properties").at("clients").at("maximum"), 1000);
  EXPECT_EQ(kinds.at(4).at("properties").at("sync").at("type"), "boolean");
}

} // namespace
} // namespace migralab
