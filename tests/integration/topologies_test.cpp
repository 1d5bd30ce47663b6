// SPDX-License-Identifier: Apache-2.0
// The shipped topologies, each brought up small, a guest moved, and taken down. Those that other tests bring up
// (quickstart, kvm-nfs, kvm-local-vs-iscsi) are not here.
#include "support/lab_test.hpp"

namespace migralab::test {
namespace {

struct Tour {
  std::string file;
  std::string lab;
  std::vector<std::string> settings;
  std::string guest; // that moves
  std::string to;
  std::size_t guests;
};

class ShippedTopologies : public LabTest {
protected:
  static void visit(const Cli& cli, const Tour& tour) {
    SCOPED_TRACE(tour.file);
    Cli::Words up{"up", std::string(MIGRALAB_SOURCE_DIR) + "/topologies/" + tour.file};
    for (const std::string& setting : tour.settings) {
      up.insert(up.end(), {"--set", setting});
    }
    ASSERT_TRUE(succeeded(cli.run(up, Seconds(150))));
    const nlohmann::json before = cli.inspect(tour.lab);
    ASSERT_EQ(before.at("guests").size(), tour.guests);
    for (const nlohmann::json& guest : before.at("guests")) {
      EXPECT_EQ(guest.at("state"), "running") << guest;
    }
    EXPECT_TRUE(succeeded(cli.run({"migrate", tour.guest, tour.to, "--lab", tour.lab}, Seconds(120))));
    const nlohmann::json after = cli.inspect(tour.lab);
    for (const nlohmann::json& guest : after.at("guests")) {
      if (guest.at("name") == tour.guest) {
        EXPECT_EQ(guest.at("host"), tour.to) << "inspect shows where a guest is now";
      }
    }
    const Finished drawing = cli.run({"graph", tour.lab, "--format", "dot"});
    EXPECT_TRUE(succeeded(drawing));
    const auto box = drawing.output.find("subgraph cluster_host_" + tour.to);
    const std::string moved = drawing.output.substr(box, drawing.output.find("  }\n", box) - box);
    EXPECT_NE(moved.find(tour.guest), std::string::npos)
        << "the drawing shows where a guest is now: " << drawing.output;
    EXPECT_NE(drawing.output.find("bit/s\\nmeasured "), std::string::npos) << "declared and measured rates";
    EXPECT_TRUE(succeeded(cli.run({"down", tour.lab})));
  }
};

const std::vector<std::string> small{"guests.*.memory=128MiB", "hosts.*.memory=1GiB"};

TEST_P(ShippedTopologies, ComeUpSmallAndMoveAGuest) {
  const Cli cli(GetParam());
  visit(cli, {"kvm-two-nics.lab.yaml", "two-nics", small, "web", "h2", 1});
  visit(cli, {"kvm-100mbit.lab.yaml", "kvm-100mbit", small, "web", "h2", 1});
  visit(cli, {"torquato-2012.lab.yaml", "torquato-2012", small, "web2g", "node03", 3});
  visit(cli, {"consolidation.lab.yaml", "consolidation", {}, "files", "h1", 3});
  if (GetParam() == Mode::root) {
    visit(cli, {"ferreira-2013.lab.yaml", "ferreira-2013", small, "centos59-3", "h61", 6}); // NFS needs root
  } else {
    visit(cli, {"ferreira-2013-iscsi.lab.yaml", "ferreira-2013-iscsi", small, "centos59-3", "h61", 6});
  }
}

MIGRALAB_BOTH_MODES(ShippedTopologies);

} // namespace
} // namespace migralab::test
