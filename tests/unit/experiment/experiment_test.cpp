// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/experiment.hpp"

#include "migralab/core/error.hpp"
#include "migralab/topology/load.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;
using Trials = std::vector<std::pair<std::string, std::string>>;

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

Topology quickstart() {
  return load_topology(test::source_path("topologies/quickstart.lab.yaml"));
}

Experiment fitting() {
  Experiment experiment;
  experiment.name = "e";
  experiment.file = "e.exp.yaml";
  experiment.topology = "/quickstart.lab.yaml";
  experiment.guest = "web";
  experiment.client = "client";
  experiment.route = {"h2", "h1"};
  return experiment;
}

std::string mismatch(const Experiment& experiment, const Topology& topology = quickstart()) {
  try {
    check_experiment(experiment, topology);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    const std::string what = error.what();
    const std::string beginning = "e.exp.yaml does not fit /quickstart.lab.yaml:\n  ";
    EXPECT_TRUE(what.starts_with(beginning)) << what;
    return what.substr(std::min(what.size(), beginning.size()));
  }
  return "it fits";
}

TEST(Experiment, HasTheDefaultsOfItsFormat) {
  const Experiment experiment = parsed("");
  EXPECT_EQ(experiment.name, "e");
  EXPECT_EQ(experiment.topology, "/home/anna/labs/x.lab.yaml") << "relative to the experiment's file";
  EXPECT_EQ(experiment.route, (std::vector<std::string>{"h2", "h1"}));
  EXPECT_EQ(experiment.repetitions, 1U);
  EXPECT_EQ(experiment.udp_rate, 1000.0);
  EXPECT_FALSE(experiment.http);
  EXPECT_EQ(experiment.settle, 2s);
}

TEST(Experiment, IsReadWhole) {
  const Experiment experiment =
      parsed("repetitions: 3\nsettle: 500ms\nload:\n  udp: {rate: 250/s}\n  http: {rate: 12.5 /s, path: /64k.bin}\n");
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

TEST(ShippedExperiments, LoadAndFitTheirTopologies) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("experiments"))) {
    if (entry.path().native().ends_with(".exp.yaml")) {
      const Experiment experiment = load_experiment(entry.path());
      const Topology topology = load_topology(experiment.topology);
      EXPECT_NO_THROW(check_experiment(experiment, topology)) << entry.path();
      EXPECT_FALSE(trials_of(experiment, topology).empty()) << entry.path();
      ++seen;
    }
  }
  EXPECT_GE(seen, 1);
}

TEST(CheckExperiment, AcceptsWhatFits) {
  EXPECT_EQ(mismatch(fitting()), "it fits");
}

TEST(CheckExperiment, NamesEveryMismatchAtOnce) {
  Experiment experiment = fitting();
  experiment.client = "cliemt";
  experiment.route = {"h2", "h3"};
  experiment.guest = "db";
  EXPECT_EQ(
      mismatch(experiment),
      "the topology has no client 'cliemt'; did you mean 'client'? clients: client\n"
      "  the topology has no host 'h3'; did you mean 'h1'? hosts: h1, h2\n"
      "  the topology has no guest 'db'; guests: web");
}

TEST(CheckExperiment, WantsEveryMigrationToLeadElsewhere) {
  Experiment experiment = fitting();
  experiment.route = {"h1", "h2"};
  EXPECT_EQ(mismatch(experiment), "the route begins at 'h1', where guest 'web' starts: leave that stop out");
  experiment.route = {"h2"};
  EXPECT_EQ(mismatch(experiment), "it fits");
  experiment.repetitions = 2;
  EXPECT_EQ(mismatch(experiment), "with several repetitions the route must lead away again: name at least two hosts");
  experiment.route = {"h2", "h1", "h2"};
  EXPECT_EQ(mismatch(experiment), "with several repetitions the route may not end where it begins");
}

TEST(CheckExperiment, WantsAServiceToLoad) {
  Experiment experiment = fitting();
  experiment.http = HttpLoad{};
  EXPECT_EQ(mismatch(experiment), "it fits");
  Topology silent = quickstart();
  silent.guests.front().services.clear();
  EXPECT_EQ(mismatch(experiment, silent), "guest 'web' has no http service to load: add 'services: [http]'");
}

TEST(CheckExperiment, WantsAClientThatReachesTheGuest) {
  Topology topology = quickstart();
  topology.clients.front().networks.clear();
  EXPECT_EQ(
      mismatch(fitting(), topology), "client 'client' shares no network with guest 'web': it could not measure it");
  topology.clients.clear();
  EXPECT_EQ(mismatch(fitting(), topology), "the topology has no client 'client'; it has no clients");
}

TEST(CheckExperiment, WantsALocalDiskToBeCopiedAndNoOther) {
  Experiment experiment = fitting();
  Topology local = quickstart();
  local.storage.front().type = StorageSpec::Type::local;
  EXPECT_EQ(
      mismatch(experiment, local),
      "the disk of guest 'web' is a file on its host (storage 'store' is of type local), so it moves only together "
      "with it: add 'copy_storage: true', or use storage of type iscsi or nfs");
  experiment.copy_storage = true;
  EXPECT_EQ(mismatch(experiment, local), "it fits");
  EXPECT_EQ(
      mismatch(experiment), "guest 'web' has no disk to copy: 'copy_storage' is for disks on storage of type local");
}

TEST(ParseExperiment, ReadsCopyStorage) {
  EXPECT_FALSE(parsed("").copy_storage);
  EXPECT_FALSE(parsed("copy_storage: false\n").copy_storage);
  EXPECT_TRUE(parsed("copy_storage: true\n").copy_storage);
}

TEST(Trials, FollowTheRouteFromWhereTheGuestStarts) {
  Experiment experiment = fitting();
  EXPECT_EQ(trials_of(experiment, quickstart()), (Trials{{"h1", "h2"}, {"h2", "h1"}}));
  experiment.repetitions = 2;
  EXPECT_EQ(trials_of(experiment, quickstart()), (Trials{{"h1", "h2"}, {"h2", "h1"}, {"h1", "h2"}, {"h2", "h1"}}));
}

} // namespace
} // namespace migralab
