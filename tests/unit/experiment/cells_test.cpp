// SPDX-License-Identifier: Apache-2.0
#include "two_hosts.hpp"

#include "migralab/topology/load.hpp"
#include "support/golden.hpp"

namespace migralab {
namespace {

using namespace std::chrono_literals;
using test::experiment_with;
using test::two_hosts;

std::vector<Cell> cells(const std::string& more) {
  return cells_of(experiment_with(more), two_hosts);
}

std::vector<std::string> names(const std::string& more) {
  std::vector<std::string> names;
  for (const Cell& cell : cells(more)) {
    names.push_back(cell.name());
  }
  return names;
}

/// What cells_of says about an experiment whose file is right by itself; without the last line, which counts.
std::string complaint(const std::string& more) {
  const Experiment experiment = experiment_with(more);
  try {
    static_cast<void>(cells_of(experiment, two_hosts));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    return error.what();
  }
  return "nothing";
}

TEST(Cells, WithoutFactorsThereIsOne) {
  const std::vector<Cell> all = cells("settle: 3s\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].number, 1U);
  EXPECT_EQ(all[0].name(), "all");
  EXPECT_EQ(all[0].experiment.settle, 3s);
  EXPECT_EQ(all[0].topology.lab, "two");
}

TEST(Cells, OfAFullDesignAreEveryLevelWithEveryOther) {
  const std::string text = "factors:\n"
                           "  migration.technique: [pre-copy, post-copy]\n"
                           "  rate: {path: topology.networks.lan.rate, levels: [100Mbit/s, 1Gbit/s, 2.5 Gbit/s]}\n";
  EXPECT_EQ(
      names(text),
      (std::vector<std::string>{
          "pre-copy, 100Mbit/s",
          "pre-copy, 1Gbit/s",
          "pre-copy, 2.5 Gbit/s",
          "post-copy, 100Mbit/s",
          "post-copy, 1Gbit/s",
          "post-copy, 2.5 Gbit/s"}));
  const std::vector<Cell> all = cells(text);
  EXPECT_EQ(all[0].levels, (std::vector<Level>{{"technique", "pre-copy"}, {"rate", "100Mbit/s"}}));
  EXPECT_EQ(all[3].number, 4U);
  EXPECT_EQ(all[3].experiment.migration.technique, Technique::post_copy);
  EXPECT_EQ(all[3].topology.networks.front().shaping.up, BitRate{100'000'000});
  EXPECT_EQ(all[5].topology.networks.front().shaping.down, BitRate{2'500'000'000});
  EXPECT_TRUE(all[3].experiment.factors.empty());
}

TEST(Cells, OfAZipAreFirstWithFirst) {
  EXPECT_EQ(
      names("combine: zip\nfactors: {settle: [1s, 2s, 3s], before: [3s, 2s, 1s]}\n"),
      (std::vector<std::string>{"1s, 3s", "2s, 2s", "3s, 1s"}));
}

TEST(Cells, OfAListAreItsRows) {
  const std::string text = "combine: list\n"
                           "migration: {bandwidth: 10MiB/s}\n"
                           "factors:\n  migration.technique:\n  limit: {path: migration.bandwidth}\n"
                           "rows:\n  - [post-copy, 20MiB/s]\n  - [hybrid, ~]\n";
  EXPECT_EQ(names(text), (std::vector<std::string>{"post-copy, 20MiB/s", "technique hybrid"}));
  const std::vector<Cell> all = cells(text);
  EXPECT_EQ(all[0].experiment.migration.bandwidth, Bytes::mib(20));
  EXPECT_EQ(all[1].experiment.migration.bandwidth, Bytes::mib(10)) << "as the file has it";
  EXPECT_EQ(experiment_with(text).factors.at(1).levels, (std::vector<std::string>{"20MiB/s", Level::as_in_file}));
}

TEST(Cells, LevelsMayBeListsMapsAndTexts) {
  const std::vector<Cell> routes = cells("factors: {route: [[h2, \"h1\"  , ]]}\n");
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0].name(), "[h2, h1]");
  EXPECT_EQ(routes[0].experiment.routes.front().hosts, (std::vector<std::string>{"h2", "h1"}));
  const std::vector<Cell> options =
      cells("factors:\n  migration: [none, hybrid, {technique: hybrid, switch: {after: 2s, stall: true}}]\n");
  ASSERT_EQ(options.size(), 3U);
  EXPECT_FALSE(options[0].experiment.moves);
  EXPECT_EQ(options[1].experiment.migration.technique, Technique::hybrid);
  EXPECT_EQ(options[2].name(), "{technique: hybrid, switch: {after: 2s, stall: true}}");
  ASSERT_TRUE(options[2].experiment.migration.switch_rule);
  EXPECT_TRUE(options[2].experiment.migration.switch_rule->stall);
}

TEST(Cells, LevelsThatYamlWouldTakeForSomethingElseKeepTheirQuotes) {
  const std::vector<Cell> all = cells("load: {http: }\nfactors:\n"
                                      "  load.http.path: [/a, \"/b,{c}\", '/it''s', '/d\\e\"f', '/#', \"/g:h/\"]\n");
  std::vector<std::string> paths;
  for (const Cell& cell : all) {
    paths.push_back(cell.experiment.http->path);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"/a", "/b,{c}", "/it's", "/d\\e\"f", "/#", "/g:h/"}));
  EXPECT_EQ(all[1].levels.front().value, "\"/b,{c}\"");
  EXPECT_EQ(all[1].name(), "/b,{c}") << "for people";
}

TEST(Cells, AStarIsEveryEntry) {
  const std::vector<Cell> all = cells("factors: {topology.guests.*.memory: [128MiB, 192MiB]}\n");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].topology.guests.at(0).memory, Bytes::mib(192));
  EXPECT_EQ(all[1].topology.guests.at(1).memory, Bytes::mib(192));
}

TEST(Cells, KeepTheNameThatTheLabWasGiven) {
  TopologySource renamed = two_hosts;
  renamed.rename = "other";
  EXPECT_EQ(cells_of(experiment_with("factors: {settle: [1s, 2s]}\n"), renamed).at(1).topology.lab, "other");
}

TEST(Cells, WorkloadsMayBeChosen) {
  const std::vector<Cell> all = cells("workloads:\n  ping: {type: ping, on: client}\n  disk: {type: dbench, on: web}\n"
                                      "factors:\n  load: {path: only, levels: [none, ping, [ping, disk]]}\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].experiment.workloads.empty());
  ASSERT_EQ(all[1].experiment.workloads.size(), 1U);
  EXPECT_EQ(all[1].experiment.workloads.front().name, "ping");
  EXPECT_EQ(all[2].experiment.workloads.size(), 2U);
}

class CellErrors : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(CellErrors, Golden) {
  const std::string said = complaint(GetParam().second);
  EXPECT_NE(said, "nothing");
  test::expect_golden(test::source_path("tests/unit/experiment/cell_errors/" + GetParam().first + ".err"), said);
}

const std::vector<std::pair<std::string, std::string>> mistakes{
    {"key-misspelt", "factors: {migration.techniqe: [pre-copy, post-copy]}\n"},
    {"network-misspelt", "factors: {topology.networks.lna.rate: [1Gbit/s, 2Gbit/s]}\n"},
    {"topology-key-misspelt", "factors: {topology.networks.lan.rat: [1Gbit/s, 2Gbit/s]}\n"},
    {"workload-misspelt",
     "workloads: {ping: {type: ping, on: client}}\nfactors: {workloads.pnig.interval: [1s, 2s]}\n"},
    {"option-misspelt", "workloads: {ping: {type: ping, on: client}}\nfactors: {workloads.ping.intervall: [1s, 2s]}\n"},
    {"level-wrong", "factors: {migration.technique: [pre-copy, postcopy]}\n"},
    {"level-wrong-in-topology", "factors:\n  rate: {path: topology.networks.lan.rate, levels: [1Gbit/s, 100]}\n"},
    {"level-wrong-in-list",
     "combine: list\nfactors:\n  migration.technique:\n  settle:\nrows:\n  - [pre-copy, 1s]\n  - [hybird, 2]\n"},
    {"no-keys-below", "factors: {topology.guests.web.memory.size: [1GiB, 2GiB]}\n"},
    {"combination",
     "factors:\n  migration.technique: [pre-copy, post-copy]\n  streams: {path: migration.streams, levels: [2, 4]}\n"},
    {"combination-in-list",
     "combine: list\nfactors:\n  migration.technique:\n  migration.streams:\nrows:\n  - [pre-copy, 4]\n"
     "  - [post-copy, 4]\n"},
    {"route-lengths", "factors: {route: [[h2, h1], [h2]]}\n"},
    {"memory", "factors: {topology.guests.web.memory: [256MiB, 4GiB]}\n"},
    {"several",
     "factors:\n  settle: [1, 2s]\n  topology.networks.lan.delay: [soon, 1ms]\n  migration.techniqe: [pre-copy]\n"},
    {"misfit-in-some", "factors:\n  guest: [web, wbe]\n  settle: [1s, 2s]\n"},
    {"misfit-in-all", "load: {http: }\nfactors: {guest: [db], settle: [1s, 2s]}\n"},
};

INSTANTIATE_TEST_SUITE_P(, CellErrors, testing::ValuesIn(mistakes), [](const auto& test_case) {
  std::string name = test_case.param.first;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(CellDiagnostics, AreSaidOnceAndAtTheFactor) {
  const std::string said = complaint("factors:\n  migration.techniqe: [pre-copy, post-copy]\n  settle: [1s, 2s]\n");
  EXPECT_TRUE(said.starts_with("/labs/sweep.exp.yaml:7:3: error: factor 'techniqe': unknown key 'techniqe'")) << said;
  EXPECT_NE(said.find("did you mean 'technique'?"), std::string::npos) << said;
  EXPECT_NE(said.find("\n1 error in "), std::string::npos) << said;
}

TEST(TopologySource, HasTheSettingsOfTheCommandLine) {
  Experiment experiment = experiment_with("");
  experiment.topology = test::source_path("topologies/quickstart.lab.yaml");
  const TopologySource source = topology_source(experiment, {.name = "mine", .settings = {"guests.web.memory=128MiB"}});
  EXPECT_EQ(source.file, experiment.topology);
  EXPECT_EQ(source.rename, "mine");
  const Cell cell = cells_of(experiment, source).at(0);
  EXPECT_EQ(cell.topology.lab, "mine");
  EXPECT_EQ(cell.topology.guests.front().memory, Bytes::mib(128));
  EXPECT_THROW(
      static_cast<void>(topology_source(experiment, {.name = {}, .settings = {"guests.wbe.memory=1GiB"}})), Error);
}

} // namespace
} // namespace migralab
