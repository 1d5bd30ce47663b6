// SPDX-License-Identifier: Apache-2.0
// The exact optimum: by hand, beside looking at everything, and beside GLPK's solver of integer programs.
#include "migralab/balance/optimum.hpp"
#include "migralab/process/command_runner.hpp"
#include "some_cluster.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>

namespace migralab::balance::test {
namespace {

/// As it is after the moves.
Cluster after(Cluster cluster, const std::vector<Move>& moves) {
  for (const Move& move : moves) {
    for (Guest& guest : cluster.guests) {
      if (guest.name != move.guest) {
        continue;
      }
      for (HostIndex host = 0; host < cluster.hosts.size(); ++host) {
        if (cluster.hosts[host].name == move.to && guest.host != host) {
          const Load share = move.demand / cluster.hosts[host].capacity;
          cluster.hosts[guest.host].load -= guest.load;
          cluster.hosts[host].load += share;
          guest.load = share;
          guest.host = host;
          break;
        }
      }
    }
  }
  return cluster;
}

/// Every set of at most so many moves.
double by_looking_at_all(const Cluster& cluster, std::size_t most_moves, GuestIndex from = 0) {
  double best = hottest(cluster);
  for (GuestIndex guest = from; guest < cluster.guests.size() && most_moves > 0; ++guest) {
    const Guest& one = cluster.guests[guest];
    for (const Host& host : cluster.hosts) {
      if (host.name != cluster.hosts[one.host].name) {
        const Move move{one.name, cluster.hosts[one.host].name, host.name, one.load * cluster.hosts[one.host].capacity};
        best = std::min(best, by_looking_at_all(after(cluster, {move}), most_moves - 1, guest + 1));
      }
    }
  }
  return best;
}

/// Hosts of unequal size, guests that use all resources.
Cluster drawn(unsigned seed, std::size_t hosts, std::size_t guests_each) {
  Cluster cluster = random_cluster(seed, hosts, guests_each);
  for (std::size_t host = 0; host < hosts; host += 2) {
    cluster.hosts[host].capacity = {2, 1, 1.5};
  }
  return cluster;
}

/// No host is at its limit, where nothing could make it cooler but all moves at once.
Cluster emptier(Cluster cluster) {
  for (Host& host : cluster.hosts) {
    host.load = {};
  }
  for (Guest& guest : cluster.guests) {
    guest.load = guest.load * Load{0.6, 0.6, 0.6};
    cluster.hosts[guest.host].load += guest.load;
  }
  return cluster;
}

TEST(Optimum, OneMoveThenAnExchange) {
  // 90 and 50 %: 30 over makes 60 and 80, 20 over 70 and 70. Then nothing is better.
  const Cluster cluster =
      ClusterOf().host("h1", {0.9, 0, 0}).guest("a", {0.3, 0, 0}).guest("b", {0.2, 0, 0}).host("h2", {0.5, 0, 0});
  const Optimum best = coolest(cluster, 3);
  EXPECT_EQ(in_words(best.moves), "b h1->h2");
  EXPECT_NEAR(best.hottest, 0.7, 1e-12);
  // 40 over and 20 back.
  const Cluster full =
      ClusterOf().host("h1", {0.9, 0, 0}).guest("a", {0.4, 0, 0}).host("h2", {0.5, 0, 0}).guest("x", {0.2, 0, 0});
  EXPECT_NEAR(coolest(full, 1).hottest, 0.9, 1e-12) << "either way one of the two has 90 %";
  EXPECT_EQ(in_words(coolest(full, 2).moves), "a h1->h2, x h2->h1");
  EXPECT_NEAR(coolest(full, 2).hottest, 0.7, 1e-12);
}

TEST(Optimum, OfABalancedClusterIsTheClusterItself) {
  const Cluster cluster =
      ClusterOf().host("h1", {0.5, 0.2, 0}).guest("a", {0.5, 0.2, 0}).host("h2", {0.5, 0.2, 0}).guest("b", {0.5, 0, 0});
  EXPECT_TRUE(coolest(cluster, 5).moves.empty());
  EXPECT_TRUE(coolest({}, 5).moves.empty());
}

TEST(Optimum, IsWhatLookingAtEverythingFinds) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    const Cluster cluster = drawn(seed, 2 + seed % 3, 2 + seed % 2);
    for (std::size_t moves = 0; moves <= 3; ++moves) {
      const Optimum best = coolest(cluster, moves);
      ASSERT_TRUE(best.proven);
      EXPECT_LE(best.moves.size(), moves);
      EXPECT_NEAR(best.hottest, by_looking_at_all(cluster, moves), 1e-9)
          << "seed " << seed << ", " << moves << " moves";
      EXPECT_NEAR(hottest(after(cluster, best.moves)), best.hottest, 1e-9) << "what is told is what comes";
    }
  }
}

TEST(Optimum, SaysWhenTheSearchWasGivenUp) {
  const Cluster cluster = drawn(1, 8, 4);
  const Optimum best = coolest(cluster, 6, 20);
  EXPECT_FALSE(best.proven);
  EXPECT_LE(best.hottest, hottest(cluster));
}

/// The same problem as an integer program: x(guest, host) is 1 where the guest shall be.
std::string integer_program(const Cluster& cluster, std::size_t most_moves) {
  std::string limits;
  std::string staying;
  std::string binaries;
  const auto name = [](GuestIndex guest, HostIndex host) { return fmt::format("x_{}_{}", guest, host); };
  for (GuestIndex guest = 0; guest < cluster.guests.size(); ++guest) {
    std::string somewhere;
    for (HostIndex host = 0; host < cluster.hosts.size(); ++host) {
      somewhere += (somewhere.empty() ? "" : " + ") + name(guest, host);
      binaries += " " + name(guest, host) + "\n";
    }
    limits += fmt::format(" one_{}: {} = 1\n", guest, somewhere);
    staying += (staying.empty() ? "" : " + ") + name(guest, cluster.guests[guest].host);
  }
  limits += fmt::format(" staying: {} >= {}\n", staying, cluster.guests.size() - most_moves);
  for (const auto& [word, resource] :
       {std::pair("cpu", &Load::cpu), std::pair("mem", &Load::mem), std::pair("net", &Load::net)}) {
    for (HostIndex host = 0; host < cluster.hosts.size(); ++host) {
      double rest = cluster.hosts[host].load.*resource; // without its guests
      std::string sum;
      for (GuestIndex guest = 0; guest < cluster.guests.size(); ++guest) {
        const Guest& one = cluster.guests[guest];
        rest -= one.host == host ? one.load.*resource : 0;
        const double share = (one.load * cluster.hosts[one.host].capacity / cluster.hosts[host].capacity).*resource;
        sum += fmt::format(" - {:.12f} {}", share, name(guest, host));
      }
      limits += fmt::format(" {}_{}: most{} >= {:.12f}\n", word, host, sum, rest);
    }
  }
  return "Minimize\n obj: most\nSubject To\n" + limits + "Bounds\n most >= 0\nBinary\n" + binaries + "End\n";
}

class BesideGlpk : public testing::Test {
protected:
  void SetUp() override {
    if (!runner_.run({.argv = {"glpsol", "--version"}}).ok()) {
      GTEST_SKIP() << "glpsol is missing: install the Debian package glpk-utils";
    }
  }

  /// The optimum by GLPK; not a number where it did not find one.
  double solved(const Cluster& cluster, std::size_t moves) {
    folder_.put("program.lp", integer_program(cluster, moves));
    const CommandResult result = runner_.run(
        {.argv = {"glpsol", "--lp", "program.lp", "--write", "solution"},
         .folder = folder_.path(),
         .timeout = std::chrono::seconds(100)});
    EXPECT_TRUE(result.ok()) << result.output << result.errors;
    const std::string solution = migralab::test::read_text(folder_.path() / "solution");
    // "s mip ROWS COLUMNS o OBJECTIVE", o: optimal
    const std::size_t line = solution.find("\ns mip ");
    const std::size_t optimal = solution.find(" o ", line);
    return line != std::string::npos && optimal != std::string::npos
               ? std::strtod(solution.c_str() + optimal + 3, nullptr)
               : NAN;
  }

  void expect_the_same(const Cluster& cluster, std::size_t moves, unsigned seed) {
    const Optimum best = coolest(cluster, moves);
    EXPECT_TRUE(best.proven);
    EXPECT_NEAR(best.hottest, solved(cluster, moves), 1e-7) << "seed " << seed << ", " << moves << " moves";
  }

private:
  SystemRunner runner_;
  migralab::test::ScratchFolder folder_;
};

TEST_F(BesideGlpk, AgreesOnSmallClusters) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    expect_the_same(drawn(seed, 3 + seed % 3, 4), 1 + seed % 4, seed);
  }
}

/// The largest clusters of which `balance compare` tells the gap.
TEST_F(BesideGlpk, AgreesOnEightHostsAndThirtyGuests) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    const std::size_t moves = 1 + seed % 4;
    Cluster cluster = emptier(drawn(seed, 8, 4));
    cluster.guests.resize(30); // what the other two use is the host's own
    const double before = hottest(cluster);
    EXPECT_LT(coolest(cluster, moves).hottest, before - 1e-6) << "else nothing was tested";
    expect_the_same(cluster, moves, seed);
  }
}

} // namespace
} // namespace migralab::balance::test
