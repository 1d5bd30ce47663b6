// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/experiment.hpp"

#include "migralab/core/error.hpp"
#include "migralab/experiment/design.hpp"
#include "support/golden.hpp"

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

constexpr auto required = "experiment: e\n"
                          "topology: ../labs/x.lab.yaml\n"
                          "guest: web\n"
                          "route: [h2, h1]\n"
                          "client: client\n";

Experiment parsed(const std::string& more) {
  const std::string text = required + more;
  Diagnostics diagnostics("e.exp.yaml", text);
  Experiment experiment = parse_experiment(text, "/home/anna/experiments/e.exp.yaml", diagnostics);
  EXPECT_EQ(diagnostics.render(), "");
  return experiment;
}

TEST(Experiment, HasTheDefaultsOfItsFormat) {
  const Experiment experiment = parsed("");
  EXPECT_EQ(experiment.name, "e");
  EXPECT_EQ(experiment.topology, "/home/anna/labs/x.lab.yaml") << "relative to the experiment's file";
  ASSERT_EQ(experiment.routes.size(), 1U);
  EXPECT_EQ(experiment.routes.front().guest, "web");
  EXPECT_EQ(experiment.routes.front().hosts, (std::vector<std::string>{"h2", "h1"}));
  EXPECT_EQ(experiment.legs(), 2U);
  EXPECT_EQ(experiment.repetitions, 1U);
  EXPECT_EQ(experiment.udp_rate, 1000.0);
  EXPECT_FALSE(experiment.http);
  EXPECT_EQ(experiment.settle, 2s);
  EXPECT_EQ(experiment.before, 2s);
  EXPECT_EQ(experiment.after, 2s);
  EXPECT_TRUE(experiment.moves);
  EXPECT_EQ(experiment.migration.technique, Technique::pre_copy);
  EXPECT_EQ(experiment.migration.timeout, 5min);
  EXPECT_TRUE(experiment.stop.metric.empty());
  EXPECT_EQ(experiment.trial_limit, 10min);
  EXPECT_EQ(experiment.run_limit, 0s);
  EXPECT_EQ(experiment.most_failures, 3U);
  EXPECT_EQ(experiment.seed, 1U);
  EXPECT_EQ(experiment.restart, Experiment::Restart::never);
}

TEST(Experiment, IsReadWhole) {
  const Experiment experiment =
      parsed("repetitions: 3\nsettle: 500ms\nload:\n  udp: {rate: 250/s}\n  http: {rate: 12.5 /s, path: /64k.bin}\n"
             "  push: {rate: 100/s}\nabout: What it is for.\ngaps: true\nwarm_up: 2\nseed: 42\nbefore: 3s\n"
             "after: 4s\nrestart: block\nlimits: {trial: 1min, run: 2h, failures: 5}\n"
             "stop: {metric: downtime.udp, within: 2.5%, at_most: 40}\n");
  EXPECT_EQ(experiment.about, "What it is for.");
  EXPECT_EQ(experiment.push_rate, 100.0);
  EXPECT_TRUE(experiment.gaps);
  EXPECT_EQ(experiment.warm_up, 2U);
  EXPECT_EQ(experiment.seed, 42U);
  EXPECT_EQ(experiment.before, 3s);
  EXPECT_EQ(experiment.after, 4s);
  EXPECT_EQ(experiment.restart, Experiment::Restart::block);
  EXPECT_EQ(experiment.trial_limit, 1min);
  EXPECT_EQ(experiment.run_limit, 2h);
  EXPECT_EQ(experiment.most_failures, 5U);
  EXPECT_EQ(experiment.stop.metric, "downtime.udp");
  EXPECT_DOUBLE_EQ(experiment.stop.within, 0.025);
  EXPECT_EQ(experiment.stop.at_most, 40U);
  EXPECT_EQ(experiment.repetitions, 3U);
  EXPECT_EQ(experiment.settle, 500ms);
  EXPECT_EQ(experiment.udp_rate, 250.0);
  ASSERT_TRUE(experiment.http);
  EXPECT_EQ(experiment.http->rate, 12.5);
  EXPECT_EQ(experiment.http->path, "/64k.bin");
}

TEST(Experiment, LoadThatIsWrittenOutIsAllThereIs) {
  EXPECT_FALSE(parsed("load:\n  http: {rate: 1/s}\n").udp_rate);
  EXPECT_EQ(parsed("load:\n  udp:\n").udp_rate, 1000.0) << "its default rate";
  EXPECT_EQ(parsed("load:\n  http:\n").http->rate, 20.0);
}

TEST(Experiment, HasTheOptionsOfMigrate) {
  const MigrationOptions options = parsed("migration:\n"
                                          "  technique: hybrid\n"
                                          "  switch: {rounds: 3, after: 1.5s, stall: true}\n"
                                          "  auto_converge: true\n"
                                          "  compression: xbzrle\n"
                                          "  bandwidth: 12MiB/s\n"
                                          "  max_downtime: 1500us\n"
                                          "  copy_storage: true\n"
                                          "  timeout: 30s\n")
                                       .migration;
  EXPECT_EQ(options.technique, Technique::hybrid);
  EXPECT_EQ(options.switch_rule, (SwitchRule{.rounds = 3, .after = 1500ms, .stall = true}));
  EXPECT_TRUE(options.auto_converge);
  EXPECT_EQ(options.compression, Compression::xbzrle);
  EXPECT_EQ(options.bandwidth, Bytes::mib(12));
  EXPECT_EQ(options.max_downtime, 2ms) << "whole milliseconds, never less than asked for";
  EXPECT_TRUE(options.copy_storage);
  EXPECT_EQ(options.timeout, 30s);
  EXPECT_EQ(parsed("migration: {compression: zstd, streams: 8}\n").migration.streams, 8U);
  const MigrationOptions sized = parsed("migration:\n"
                                        "  technique: stop-and-copy\n"
                                        "  switch: {rounds: 5}\n"
                                        "  auto_converge: true\n"
                                        "  auto_converge_initial: 30%\n"
                                        "  auto_converge_increment: 5%\n"
                                        "  compression: xbzrle\n"
                                        "  compression_cache: 128MiB\n")
                                     .migration;
  EXPECT_EQ(sized.switch_rule, SwitchRule{.rounds = 5});
  EXPECT_EQ(sized.auto_converge_initial, 30U);
  EXPECT_EQ(sized.auto_converge_increment, 5U);
  EXPECT_EQ(sized.compression_cache, Bytes::mib(128));
}

TEST(Experiment, MigrationMayBeAWord) {
  EXPECT_EQ(parsed("migration: stop-and-copy\n").migration.technique, Technique::stop_and_copy);
  EXPECT_TRUE(parsed("migration: stop-and-copy\n").moves);
  EXPECT_FALSE(parsed("migration: none\n").moves);
  EXPECT_EQ(parsed("migration: none\n").legs(), 2U) << "as many trials as beside a cell that moves";
}

TEST(Experiment, SeveralGuestsMoveAtOnce) {
  const std::string text = "experiment: e\ntopology: x.lab.yaml\nclient: client\n"
                           "moves: {web: [h2, h1], db: [h1, h2]}\n";
  Diagnostics diagnostics("e.exp.yaml", text);
  const Experiment experiment = parse_experiment(text, "/e.exp.yaml", diagnostics);
  EXPECT_EQ(diagnostics.render(), "");
  ASSERT_EQ(experiment.routes.size(), 2U);
  EXPECT_EQ(experiment.routes[1].guest, "db");
  EXPECT_EQ(experiment.routes[1].hosts, (std::vector<std::string>{"h1", "h2"}));
}

TEST(Experiment, WhatWasPublishedStandsBesideIt) {
  const Experiment experiment =
      parsed("factors: {migration.technique: [pre-copy, post-copy]}\n"
             "published:\n"
             "  source: \"A 2009, figure 1\"\n"
             "  says: It grows.\n"
             "  differs: Other machines.\n"
             "  values:\n"
             "    - {what: a time, metric: total_time, value: 9.5, unit: s}\n"
             "    - {what: rounds, metric: rounds, value: -3, cell: {technique: pre-copy}}\n");
  ASSERT_TRUE(experiment.published);
  EXPECT_EQ(experiment.published->source, "A 2009, figure 1");
  EXPECT_EQ(experiment.published->says, "It grows.");
  EXPECT_EQ(experiment.published->differs, "Other machines.");
  ASSERT_EQ(experiment.published->values.size(), 2U);
  EXPECT_EQ(experiment.published->values[0].value, 9.5);
  EXPECT_EQ(experiment.published->values[0].unit, "s");
  EXPECT_TRUE(experiment.published->values[0].levels.empty());
  EXPECT_EQ(experiment.published->values[1].value, -3);
  EXPECT_EQ(experiment.published->values[1].levels, (std::vector<Level>{{"technique", "pre-copy"}}));
}

TEST(Experiment, MayAskForARateByOurClock) {
  const Experiment experiment = parsed("workloads: {writer: {type: memory-writer, on: web}}\n"
                                       "stop: {metric: writer.rate.corrected.during}\n");
  EXPECT_EQ(experiment.stop.metric, "writer.rate.corrected.during");
}

TEST(Experiment, HasAShortForm) {
  const Experiment experiment = parsed("repetitions: 9\nquick: {repetitions: 1, route: '[h2]', load: {udp: {rate: "
                                       "10/s}}, topology.guests.*.memory: 96MiB}\n");
  EXPECT_EQ(experiment.repetitions, 9U) << "only with --quick";
  const SplitSettings split = split_settings(experiment.quick);
  EXPECT_EQ(split.experiment, (std::vector<std::string>{"repetitions=1", "route=[h2]", "load={udp: {rate: 10/s}}"}));
  EXPECT_EQ(split.topology, (std::vector<std::string>{"guests.*.memory=96MiB"}));
}

TEST(Experiment, ThatIsNotThereIsBadInput) {
  try {
    static_cast<void>(load_experiment("/no/such.exp.yaml"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot read /no/such.exp.yaml: No such file or directory");
    EXPECT_EQ(error.hint(), "give the path of an experiment file (*.exp.yaml)");
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
}

TEST(LoadExperiment, HasTheSettingsInItsText) {
  const auto file = test::source_path("experiments/quickstart.exp.yaml");
  const Experiment experiment = load_experiment(file, {"repetitions=7", "migration.technique=post-copy"});
  EXPECT_EQ(experiment.repetitions, 7U);
  EXPECT_EQ(experiment.migration.technique, Technique::post_copy);
  EXPECT_NE(experiment.text.find("repetitions: 7"), std::string::npos);
  EXPECT_EQ(experiment.topology, test::source_path("topologies/quickstart.lab.yaml"));
  EXPECT_THROW(static_cast<void>(load_experiment(file, {"repetitons=7"})), InputError);
  const std::string varied = "factors={technique: {path: migration, levels: [pre-copy, post-copy]}}";
  static_cast<void>(load_experiment(file, {varied}));
  EXPECT_THROW(static_cast<void>(load_experiment(file, {varied, "migration.bandwidth=9MiB/s"})), Error);
}

class ShippedExperiments : public testing::TestWithParam<std::string> {};

/// In its long form and in its short one.
TEST_P(ShippedExperiments, FitsItsTopology) {
  const auto file = test::source_path("experiments/" + GetParam() + ".exp.yaml");
  const Experiment experiment = load_experiment(file);
  EXPECT_EQ(experiment.name, GetParam());
  const std::vector<Cell> cells = cells_of(experiment, topology_source(experiment, {}));
  EXPECT_FALSE(cells.empty());
  const SplitSettings quick = split_settings(experiment.quick);
  const Experiment shorter = load_experiment(file, quick.experiment);
  const TopologyChanges changes{.name = {}, .settings = quick.topology};
  EXPECT_LE(cells_of(shorter, topology_source(shorter, changes)).size(), cells.size());
}

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("experiments"))) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".exp.yaml")) {
      names.push_back(name.substr(0, name.size() - std::string(".exp.yaml").size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(, ShippedExperiments, testing::ValuesIn(shipped()), [](const auto& test_case) {
  std::string name = test_case.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

} // namespace
} // namespace migralab
