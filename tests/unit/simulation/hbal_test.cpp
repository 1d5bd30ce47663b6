// SPDX-License-Identifier: Apache-2.0
// hbal's score and moves: by hand, and beside hbal itself on the same files where it is installed.
#include "migralab/core/error.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/simulation/ganeti.hpp"
#include "support/ganeti_files.hpp"
#include "support/scratch_folder.hpp"

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

using migralab::test::ganeti_files;
using migralab::test::GanetiFiles;

balance::Cluster cluster_of_ours() {
  balance::Cluster cluster;
  cluster.hosts = {{"h1", {0.9, 0.5, 0.1}, {2, 4096, 1000}}, {"h2", {0.2, 0.25, 0.1}, {2, 8192, 1000}}};
  cluster.guests = {{"web", 0, {0.5, 0.25, 0.1}, 1024}, {"db", 0, {0.3, 0.2, 0}, 800}, {"app", 1, {0.2, 0.2, 0}, 1600}};
  return cluster;
}

TEST(Hbal, ScoreOfTwoNodes) {
  const GanetiFiles files{
      "group-1|uuid-1|preferred||\n\n"
      "a|8192|0|4096|1000|500|8|N|uuid-1|1||N|0|0|1.0\n"
      "b|8192|0|8192|1000|1000|8|N|uuid-1|1||N|0|0|1.0\n\n"
      "x|2048|10|2|running|Y|a||ext||1|-\n"
      "y|2048|10|2|running|Y|a||ext||1|-\n\n\n",
      "x 0.5 1 1 1\ny 0.75 1 1 1\n"};
  const GanetiCluster cluster = parse_ganeti(files.state, files.loads);
  // Half the differences: free memory 0.5, disk 0.5, vcpus for each core 0.5, processor 1.25, the other loads 2 each.
  EXPECT_NEAR(hbal_score(cluster), (0.5 + 0.5 + 0.5 + 1.25 + 3 * 2) / 2, 1e-12);
  const std::vector<HbalMove> moves = hbal_moves(cluster);
  ASSERT_EQ(moves.size(), 1U);
  EXPECT_EQ(moves[0].to, 1U);
  EXPECT_NEAR(moves[0].score, (0.5 + 0.25) / 2, 1e-12) << "disk, and a quarter of processor; all else is even";
}

TEST(Hbal, EmptiesANodeThatIsOffline) {
  GanetiFiles files = ganeti_files(5, 2);
  files.state.replace(files.state.find("|N|uuid-1"), 9, "|Y|uuid-1");
  const GanetiCluster cluster = parse_ganeti(files.state, files.loads);
  std::size_t there = 0;
  for (const GanetiInstance& instance : cluster.instances) {
    there += instance.node == 0 ? 1U : 0U;
  }
  EXPECT_GT(hbal_score(cluster), 20.0 * static_cast<double>(there));
  for (const HbalMove& move : hbal_moves(cluster)) {
    EXPECT_NE(move.to, 0U);
    there -= move.from == 0 ? 1U : 0U;
  }
  EXPECT_EQ(there, 0U);
}

TEST(Hbal, EveryMoveLowersTheScoreAndNoNodeIsFilledBeyondItsMemory) {
  const GanetiFiles files = ganeti_files(8, 3);
  const GanetiCluster cluster = parse_ganeti(files.state, files.loads);
  GanetiCluster now = cluster;
  double score = hbal_score(cluster);
  for (const HbalMove& move : hbal_moves(cluster)) {
    EXPECT_LT(move.score, score);
    score = move.score;
    GanetiInstance& instance = now.instances[move.instance];
    ASSERT_EQ(instance.node, move.from);
    now.nodes[move.from].free_memory_mb += instance.memory_mb;
    now.nodes[move.to].free_memory_mb -= instance.memory_mb;
    instance.node = move.to;
    ASSERT_GT(now.nodes[move.to].free_memory_mb, 0);
    EXPECT_NEAR(hbal_score(now), score, 1e-10) << "what was predicted is what comes";
  }
  EXPECT_TRUE(hbal_moves(now).empty()) << "a plan goes on where it was: it is at its end";
  EXPECT_EQ(hbal_moves(cluster, {.moves = 3}).size(), 3U);
}

class BesideHbal : public testing::Test {
protected:
  void SetUp() override {
    if (!runner_.run({.argv = {"hbal", "--version"}}).ok()) {
      GTEST_SKIP() << "hbal is missing: install the Debian package ganeti-htools";
    }
  }

  void expect_the_same(const std::string& state, const std::string& loads) {
    const GanetiCluster cluster = parse_ganeti(state, loads);
    const std::string told = hbal(state, loads);
    EXPECT_NEAR(hbal_score(cluster), after(told, "Initial coefficients: overall"), 1e-8);
    const std::vector<HbalMove> moves = hbal_moves(cluster);
    ASSERT_FALSE(moves.empty());
    EXPECT_EQ(static_cast<double>(moves.size()), after(told, "Solution length="));
    EXPECT_NEAR(moves.back().score, after(told, "Final coefficients:   overall"), 1e-8);
  }

private:
  /// What it says of these files.
  std::string hbal(const std::string& state, const std::string& loads) {
    const migralab::test::ScratchFolder folder;
    folder.put("state", state);
    folder.put("loads", loads);
    const CommandResult result = runner_.run(
        {.argv = {
             "hbal", "-t", (folder.path() / "state").string(), "-U", (folder.path() / "loads").string(), "-v", "-v"}});
    EXPECT_TRUE(result.ok()) << result.errors;
    return result.output + result.errors;
  }
  static double after(const std::string& text, const std::string& words) {
    const std::size_t at = text.find(words);
    EXPECT_NE(at, std::string::npos) << words << " in:\n" << text;
    return at == std::string::npos ? NAN : std::strtod(text.c_str() + at + words.size(), nullptr);
  }

  SystemRunner runner_;
};

TEST_F(BesideHbal, AgreesOnScoresAndMoves) {
  for (const std::size_t nodes : {4U, 7U, 10U}) {
    const GanetiFiles files = ganeti_files(nodes, nodes);
    SCOPED_TRACE(nodes);
    expect_the_same(files.state, files.loads);
  }
}

TEST_F(BesideHbal, AgreesOnTheFilesOfAClusterOfOurs) {
  const HbalFiles files = hbal_files(ganeti_of(cluster_of_ours()));
  expect_the_same(files.state, files.loads);
}

TEST(Hbal, NamesTheLineOfWhatIsWrong) {
  const GanetiFiles good = ganeti_files(2, 1);
  const auto message = [&](const std::string& from, const std::string& to, const std::string& loads = "") {
    std::string state = good.state;
    state.replace(state.find(from), from.size(), to);
    try {
      (void)parse_ganeti(state, loads);
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message("node00|262144", "node00|262144"), "");
  EXPECT_EQ(message("node00|262144", "node00|much"), "state:3: memory 'much' is no number from 0 on; write one");
  EXPECT_EQ(
      message("node00|262144", "node00|1e300"), "state:3: memory '1e300' is more than 1e+15; write what is there");
  EXPECT_EQ(message("node00|262144", "node01|262144"), "state:4: a second node 'node01'; give each a name of its own");
  EXPECT_EQ(
      message("||ext||", "||plain||"), "state:6: disk template 'plain'; only shared disks, 'ext', are weighed here");
  EXPECT_EQ(
      message("|running|", "|ADMIN_down|"),
      "state:6: instance 'inst000' is ADMIN_down; only those that are running are weighed here");
  EXPECT_EQ(message("node00|", "node00|", "inst000 1 2 3\n"), "loads:1: 4 words; write NAME CPU MEM DISK NET");
  EXPECT_EQ(message("node00|", "node00|", "inst999 1 2 3 4\n"), "loads:1: the state has no instance 'inst999'");
  EXPECT_EQ(
      message("group-1|uuid-1", "group-0|uuid-0|preferred||\ngroup-1|uuid-1"),
      "state:2: a second group of nodes; only one is weighed here: cut the others out");
}

TEST(Hbal, TagsOfHtoolsAreRefusedWhereverTheyStand) {
  const std::string good = "group-1|uuid-1|preferred|GROUP|\n\n"
                           "a|8192|0|4096|1000|500|8|N|uuid-1|1|NODE|N|0|0|1.0\n\n"
                           "x|2048|10|2|running|Y|a||ext|INSTANCE|1|-\n\n"
                           "CLUSTER\n\n";
  const auto message = [&](const std::string& place, const std::string& tags) {
    std::string state = good;
    state.replace(state.find(place), place.size(), tags);
    try {
      (void)parse_ganeti(state, "");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const char* place : {"GROUP", "NODE", "INSTANCE", "CLUSTER"}) {
    EXPECT_EQ(message(place, "production"), "") << place;
  }
  const std::string why = "; tags of htools are not weighed here; take them out";
  EXPECT_EQ(message("GROUP", "htools:desiredlocation:rack"), "state:1: tag 'htools:desiredlocation:rack'" + why);
  EXPECT_EQ(message("NODE", "red,htools:migration:kvm5"), "state:3: tag 'htools:migration:kvm5'" + why);
  EXPECT_EQ(message("INSTANCE", "htools:iextags:web,red"), "state:5: tag 'htools:iextags:web'" + why);
  EXPECT_EQ(message("CLUSTER", "htools:nlocation:power"), "state:7: tag 'htools:nlocation:power'" + why);
}

/// As we write it hbal reads it, and so do we.
TEST(Hbal, AClusterOfOursComesBackFromItsFiles) {
  const GanetiCluster ours = ganeti_of(cluster_of_ours());
  const HbalFiles files = hbal_files(ours);
  const GanetiCluster read = parse_ganeti(files.state, files.loads);
  EXPECT_NEAR(hbal_score(read), hbal_score(ours), 1e-12);
  EXPECT_EQ(read.nodes.size(), 2U);
  EXPECT_EQ(read.instances.at(1).name, "db");
  EXPECT_EQ(read.nodes.at(1).memory_mb, 2 * read.nodes.at(0).memory_mb);
  EXPECT_FALSE(hbal_moves(read).empty()) << "h1 is the busier one";
  EXPECT_EQ(hbal_files(read).state, files.state);
}

} // namespace
} // namespace migralab::simulation::test
