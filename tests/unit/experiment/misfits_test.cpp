// SPDX-License-Identifier: Apache-2.0
// What an experiment asks for and its topology has not.
#include "misfits.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/experiment.hpp"
#include "migralab/topology/load.hpp"
#include "migralab/workload/kind.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

Topology quickstart() {
  return load_topology(test::source_path("topologies/quickstart.lab.yaml"));
}

Experiment fitting() {
  Experiment experiment;
  experiment.name = "e";
  experiment.file = "e.exp.yaml";
  experiment.topology = "/quickstart.lab.yaml";
  experiment.client = "client";
  experiment.routes = {{"web", {"h2", "h1"}}};
  return experiment;
}

/// A line for each misfit: "PATH or PATH: MESSAGE; HINT".
std::string mismatch(const Experiment& experiment, const Topology& topology = quickstart()) {
  std::string lines;
  for (const Remark& misfit : misfits_of(experiment, topology)) {
    std::string paths;
    for (const std::string& path : misfit.paths) {
      paths += (paths.empty() ? "" : " or ") + path;
    }
    lines += (lines.empty() ? "" : "\n") + paths + ": " + misfit.message + "; " + misfit.hint;
  }
  return lines.empty() ? "it fits" : lines;
}

TEST(Misfits, AreNotInWhatFits) {
  EXPECT_EQ(mismatch(fitting()), "it fits");
}

TEST(Misfits, AreToldAllAtOnce) {
  Experiment experiment = fitting();
  experiment.client = "cliemt";
  experiment.routes = {{"db", {"h2", "h3"}}};
  EXPECT_EQ(
      mismatch(experiment),
      "client: the topology has no client 'cliemt'; did you mean 'client'? clients: client\n"
      "moves.db.1 or route.1: the topology has no host 'h3'; did you mean 'h1'? hosts: h1, h2\n"
      "moves.db or guest: the topology has no guest 'db'; guests: web");
}

TEST(Misfits, OfWhatCouldNotBeReadAreNone) {
  Experiment experiment = fitting();
  experiment.client.clear();
  experiment.routes.clear();
  EXPECT_EQ(mismatch(experiment), "it fits");
}

TEST(Misfits, TheFirstLegLeadsElsewhere) {
  Experiment experiment = fitting();
  experiment.routes.front().hosts = {"h1", "h2"};
  EXPECT_EQ(
      mismatch(experiment),
      "moves.web.0 or route.0: the route begins at 'h1', where guest 'web' starts; leave that stop out: the first one "
      "is where the guest moves to first");
  experiment.moves = false;
  EXPECT_EQ(mismatch(experiment), "it fits");
  experiment.moves = true;
  experiment.repetitions = 2; // each begins where the guest starts
  experiment.routes.front().hosts = {"h2"};
  EXPECT_EQ(mismatch(experiment), "it fits");
}

TEST(Misfits, AreThoseOfEveryGuestThatMoves) {
  Experiment experiment = fitting();
  Topology topology = quickstart();
  topology.guests.push_back(topology.guests.front());
  topology.guests.back().name = "db";
  topology.guests.back().host = "h2";
  experiment.routes.push_back({"db", {"h2", "h1"}});
  EXPECT_TRUE(mismatch(experiment, topology).starts_with("moves.db.0 or route.0: the route begins at 'h2'"));
  experiment.routes.back().hosts = {"h1", "h2"};
  EXPECT_EQ(mismatch(experiment, topology), "it fits");
}

TEST(Misfits, WorkloadsRunOnGuestsAndClients) {
  Experiment experiment = fitting();
  experiment.workloads = {{"a", "ping", "client"}, {"b", "dbench", "web"}};
  EXPECT_EQ(mismatch(experiment), "it fits");
  experiment.workloads.push_back({"c", "dbench", "h1"});
  EXPECT_EQ(
      mismatch(experiment),
      "workloads.c.on: workload 'c' is to run on 'h1', which is no guest or client of the topology; guests and "
      "clients: web, client");
}

TEST(Misfits, AWriterLeavesItsGuestSomeMemory) {
  Experiment experiment = fitting();
  experiment.workloads = {make_workload("writer", "memory-writer", "web", {{"size", "4GiB"}})};
  EXPECT_EQ(
      mismatch(experiment),
      "workloads.writer.size: workload 'writer' writes to 4GiB of memory, and guest 'web' has 256MiB; make its 'size' "
      "smaller: the guest's system needs some memory, too");
  experiment.workloads.front().node = "client";
  EXPECT_EQ(mismatch(experiment), "it fits");
}

TEST(Misfits, CopiesNeedAnotherGuest) {
  Experiment experiment = fitting();
  experiment.workloads = {make_workload("files", "copies", "web", {})};
  EXPECT_EQ(
      mismatch(experiment),
      "workloads.files.on: workload 'files' copies to other guests, and none is on a network of guest 'web'; put "
      "another guest on one of its networks in the topology");
  Topology two = quickstart();
  two.guests.push_back(two.guests.front());
  two.guests.back().name = "other";
  EXPECT_EQ(mismatch(experiment, two), "it fits");
}

TEST(Misfits, AWindowBeginsBeforeEveryTrialIsOver) {
  Experiment experiment = fitting();
  experiment.workloads = {make_workload("late", "ping", "client", {})};
  experiment.workloads.front().begins = std::chrono::seconds(6);
  EXPECT_EQ(mismatch(experiment), "it fits") << "the migration takes time, too";
  experiment.moves = false;
  EXPECT_EQ(
      mismatch(experiment),
      "workloads.late.begins: workload 'late' begins after 6.00 s, and a trial is over after 6.00 s at the latest; let "
      "it begin earlier, or measure for longer: 'settle', 'before' and 'after'");
  experiment.workloads.front().begins = std::chrono::milliseconds(5999);
  EXPECT_EQ(mismatch(experiment), "it fits");
  experiment.moves = true;
  experiment.workloads.front().begins = experiment.migration.timeout + std::chrono::seconds(6);
  EXPECT_NE(mismatch(experiment), "it fits");
}

TEST(Misfits, ALoadNeedsItsService) {
  Experiment experiment = fitting();
  experiment.http = HttpLoad{};
  EXPECT_EQ(mismatch(experiment), "it fits");
  Topology silent = quickstart();
  silent.guests.front().services.clear();
  EXPECT_EQ(
      mismatch(experiment, silent),
      "load.http: guest 'web' has no http service to load; add 'services: [http]' to it in the topology");
}

TEST(Misfits, TheClientReachesTheGuest) {
  Topology topology = quickstart();
  topology.clients.front().networks.clear();
  EXPECT_EQ(
      mismatch(fitting(), topology),
      "client: client 'client' shares no network with guest 'web': it could not measure it; give both an interface on "
      "one network of the topology");
  topology.clients.clear();
  EXPECT_EQ(
      mismatch(fitting(), topology),
      "client: the topology has no client 'client'; " + topology.file.native() + " has no clients");
}

TEST(Misfits, ALocalDiskIsCopiedAndNoOther) {
  Experiment experiment = fitting();
  Topology local = quickstart();
  local.storage.front().type = StorageSpec::Type::local;
  EXPECT_EQ(
      mismatch(experiment, local),
      "migration: the disk of guest 'web' is a file on its host (storage 'store' is of type local), so it moves only "
      "together with it; add 'migration: {copy_storage: true}', or use storage of type iscsi or nfs");
  experiment.migration.copy_storage = true;
  EXPECT_EQ(mismatch(experiment, local), "it fits");
  EXPECT_EQ(
      mismatch(experiment),
      "migration.copy_storage: guest 'web' has no disk to copy; 'copy_storage' is for disks on storage of type local: "
      "leave it out");
}

/// What a user gets who asks for an experiment's file with these lines after its first, beside the quickstart.
std::string refusal(const std::string& lines) {
  const test::ScratchFolder folder;
  const auto file = folder.path() / "e.exp.yaml";
  std::filesystem::copy_file(
      test::source_path("topologies/quickstart.lab.yaml"), folder.path() / "quickstart.lab.yaml");
  write_file(file, "experiment: e\n" + lines);
  try {
    static_cast<void>(load_experiment(file));
  } catch (const InputError& error) {
    std::string text = error.what();
    for (std::size_t at = 0; (at = text.find(folder.path().native() + "/")) != std::string::npos;) {
      text.erase(at, folder.path().native().size() + 1);
    }
    return text;
  }
  return "it is read";
}

TEST(LoadExperiment, TellsMistakesOfTheFileAndAgainstTheTopologyTogether) {
  EXPECT_EQ(
      refusal("topology: quickstart.lab.yaml\nguest: wbe\nroute: [h2, h1]\nclient: client\nsettle: 2\n"),
      "e.exp.yaml:3:8: error: the topology has no guest 'wbe'\n"
      "    3 | guest: wbe\n"
      "      |        ^~~\n"
      "hint: did you mean 'web'? guests: web\n"
      "e.exp.yaml:6:9: error: 'settle': no unit\n"
      "    6 | settle: 2\n"
      "      |         ^\n"
      "hint: write 2ms or 2s\n"
      "2 errors in e.exp.yaml\n");
}

TEST(LoadExperiment, NamesTheTopologyThatIsNotThere) {
  EXPECT_EQ(
      refusal("topology: nowhere.lab.yaml\nguest: web\nroute: [h2, h1]\nclient: client\n"),
      "e.exp.yaml:2:11: error: there is no file nowhere.lab.yaml\n"
      "    2 | topology: nowhere.lab.yaml\n"
      "      |           ^~~~~~~~~~~~~~~~\n"
      "hint: 'topology' is the path of a *.lab.yaml, from the folder of this file\n"
      "1 error in e.exp.yaml\n");
  EXPECT_EQ(refusal("topology: quickstart.lab.yaml\nguest: web\nroute: [h2, h1]\nclient: client\n"), "it is read");
}

} // namespace
} // namespace migralab
