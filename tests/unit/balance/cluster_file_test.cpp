// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/cluster_file.hpp"

#include "support/golden.hpp"

#include <gtest/gtest.h>

namespace migralab::balance {
namespace {

ClusterFile parsed(const std::string& text) {
  Diagnostics diagnostics("state.json", text);
  ClusterFile file = parse_cluster(text, diagnostics);
  EXPECT_EQ(diagnostics.render(), "");
  return file;
}

TEST(ClusterFile, ReadsEverything) {
  const ClusterFile file = parsed(R"({
    "hosts": [
      {"name": "h1", "cpu": 0.95, "mem": 0.5, "net": 0.1, "capacity": {"cpu": 8, "mem": 16384, "net": 1000}},
      {"name": 59, "cpu": 0, "mem": 1, "net": 1e-3, "evacuate": true, "capacity": {"cpu": 4, "mem": 8192, "net": 100}}
    ],
    "guests": [
      {"name": "web", "host": "h1", "cpu": 0.25, "mem": 0.125, "net": 0.1, "image_mb": 97.71},
      {"name": "db", "host": 59, "cpu": 0.1, "mem": 0.1, "net": 0, "image_mb": 512},
      {"name": "mail", "host": "h1", "cpu": 0.1, "mem": 0.1, "net": 0, "image_mb": 64}
    ],
    "affinity": [["web", "mail"]],
    "anti_affinity": [["db", "web"]],
    "in_flight": [{"guest": "web", "from": "h1", "to": "59"}]
  })");
  const Cluster& cluster = file.cluster;
  ASSERT_EQ(cluster.hosts.size(), 2U);
  EXPECT_EQ(cluster.hosts[0].load, (Load{0.95, 0.5, 0.1}));
  EXPECT_EQ(cluster.hosts[0].capacity, (Load{8, 16384, 1000}));
  EXPECT_FALSE(cluster.hosts[0].evacuating);
  EXPECT_EQ(cluster.hosts[1].name, "59") << "a name may be a number";
  EXPECT_EQ(cluster.hosts[1].load, (Load{0, 1, 0.001}));
  EXPECT_TRUE(cluster.hosts[1].evacuating);
  ASSERT_EQ(cluster.guests.size(), 3U);
  EXPECT_EQ(cluster.guests[0].image_mb, 97.71);
  EXPECT_EQ(cluster.guests[1].host, 1U);
  ASSERT_EQ(cluster.groups.size(), 2U);
  EXPECT_EQ(cluster.groups[0].kind, Group::Kind::together);
  EXPECT_EQ(cluster.groups[1].kind, Group::Kind::apart);
  EXPECT_EQ(cluster.groups[1].guests, (std::vector<GuestIndex>{1, 0}));
  ASSERT_EQ(file.in_flight.size(), 1U);
  EXPECT_EQ(file.in_flight[0].demand, (Load{2, 2048, 100}));
}

TEST(ClusterFile, CapacitiesAreEqualUnlessGiven) {
  const ClusterFile file = parsed(R"({"guests": [], "hosts": [{"name": "h1", "cpu": 0, "mem": 0, "net": 0}]})");
  EXPECT_EQ(file.cluster.hosts[0].capacity, (Load{1, 1, 1}));
}

TEST(ClusterFile, MayBeIndentedWithTabsOrNotAtAll) {
  EXPECT_EQ(
      parsed("{\n\t\"hosts\": [\n\t\t{\"name\":\"h1\",\"cpu\":0.5,\"mem\":0,\"net\":0}],\n\t\"guests\":\t[]\n}")
          .cluster.hosts.size(),
      1U);
  EXPECT_EQ(
      parsed(R"({"hosts":[{"name":"h1","cpu":0.5,"mem":0,"net":0}],"guests":[]})").cluster.hosts.front().load.cpu, 0.5);
}

TEST(ClusterFile, TheSchemaIsAsItWas) {
  migralab::test::expect_golden(
      migralab::test::source_path("tests/unit/balance/balance-state.schema.json"), cluster_schema());
}

TEST(ClusterFile, AFileThatIsNotThereIsRefused) {
  try {
    static_cast<void>(load_cluster("/nowhere/state.json"));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    EXPECT_NE(std::string(error.what()).find("/nowhere/state.json"), std::string::npos) << error.what();
    EXPECT_NE(error.hint().find("docs/balancing.md has the format"), std::string::npos);
  }
}

} // namespace
} // namespace migralab::balance
