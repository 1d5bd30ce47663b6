// SPDX-License-Identifier: Apache-2.0
// One lab from `up` to `down`; the tests of this file follow each other in it, in the order they stand here.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <csignal>
#include <fstream>
#include <memory>

namespace migralab::test {

namespace {

/// The lab that the tests of one mode share.
struct Shared {
  explicit Shared(Mode mode)
      : cli(mode), before(Machine::now(cli.state_home())), up(cli.run({"up", cli.quickstart()}, Seconds(180))) {}

  Cli cli;
  Machine before;
  Finished up;
};

class LifeCycle : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    if (shared_ == nullptr || mode_ != GetParam()) {
      shared_.reset();
      shared_ = std::make_unique<Shared>(GetParam());
      mode_ = GetParam();
      told_ = false;
    }
    if (shared_->up.code != 0 && told_) {
      FAIL() << "the lab did not come up";
    }
    told_ = true;
    ASSERT_TRUE(succeeded(shared_->up));
  }
  static void TearDownTestSuite() { shared_.reset(); }

  static const Cli& cli() { return shared_->cli; }
  static Finished exec(const std::string& node, Cli::Words command) {
    Cli::Words words{"exec", node, "--"};
    words.insert(words.end(), command.begin(), command.end());
    return cli().run(words);
  }

  static std::unique_ptr<Shared> shared_;
  static Mode mode_;
  static bool told_; // why the lab did not come up
};

std::unique_ptr<Shared> LifeCycle::shared_;
Mode LifeCycle::mode_ = Mode::root;
bool LifeCycle::told_ = false;

TEST_P(LifeCycle, UpTellsEveryStepAndHowGuestsRun) {
  EXPECT_NE(shared_->up.output.find("lab quickstart is up"), std::string::npos) << shared_->up.output;
  EXPECT_NE(shared_->up.output.find("guests run by"), std::string::npos) << shared_->up.output;
  EXPECT_NE(shared_->up.errors.find("] answer web"), std::string::npos) << shared_->up.errors;
}

TEST_P(LifeCycle, InspectShowsNodesAddressesAndTheGuest) {
  const nlohmann::json lab = cli().inspect("quickstart");
  ASSERT_TRUE(lab.is_object());
  EXPECT_EQ(lab.at("lab"), "quickstart");
  std::map<std::string, std::string> addresses;
  for (const auto& node : lab.at("nodes")) {
    addresses[node.at("name")] = node.at("addresses").at("lan");
  }
  const std::map<std::string, std::string> expected{
      {"store", "10.10.0.10"}, {"h1", "10.10.0.11"}, {"h2", "10.10.0.12"}, {"client", "10.10.0.13"}};
  EXPECT_EQ(addresses, expected);
  const auto& guest = lab.at("guests").at(0);
  EXPECT_EQ(guest.at("name"), "web");
  EXPECT_EQ(guest.at("state"), "running");
  EXPECT_EQ(guest.at("host"), "h1");
  EXPECT_EQ(guest.at("addresses").at("lan"), "10.10.0.14");
  const Finished table = cli().run({"inspect"});
  EXPECT_TRUE(succeeded(table));
  EXPECT_NE(table.output.find("web     guest    running  h1"), std::string::npos) << table.output;
}

TEST_P(LifeCycle, LsListsIt) {
  const Finished table = cli().run({"ls"});
  EXPECT_TRUE(succeeded(table));
  EXPECT_NE(table.output.find("quickstart  up"), std::string::npos) << table.output;
  const auto list = nlohmann::json::parse(cli().run({"ls", "--json"}).output);
  EXPECT_EQ(list.at("labs").at(0).at("state"), "up");
}

TEST_P(LifeCycle, ASecondUpIsRefusedWithAHint) {
  const Finished again = cli().run({"up", cli().folder() / "quickstart.lab.yaml"});
  EXPECT_TRUE(refused(again, 1, {"lab quickstart is already up", "hint: `migralab down quickstart`", "--name"}));
  EXPECT_TRUE(cli().answers("quickstart"));
}

TEST_P(LifeCycle, ExecReachesTheGuestFromTheClient) {
  EXPECT_TRUE(cli().answers("quickstart"));
  const Finished name = exec("h1", {"uname", "-n"});
  EXPECT_EQ(name.output, "h1\n") << ::testing::PrintToString(name);
}

TEST_P(LifeCycle, ExecPassesOnTheEndOfItsCommand) {
  EXPECT_EQ(exec("h1", {"sh", "-c", "exit 7"}).code, 7);
  EXPECT_EQ(exec("h1", {"sh", "-c", "kill -TERM $$"}).code, 128 + SIGTERM);
  EXPECT_EQ(exec("h1", {"sh", "-c", "kill -KILL $$"}).code, 128 + SIGKILL);
  const Finished echoed = cli().run({"exec", "store", "--", "cat"}, Seconds(20), "through a pipe\n");
  EXPECT_EQ(echoed.output, "through a pipe\n") << ::testing::PrintToString(echoed);
}

TEST_P(LifeCycle, ExecNamesWhatItDoesNotKnow) {
  EXPECT_TRUE(refused(exec("cliemt", {"true"}), 2, {"no node 'cliemt'", "did you mean", "client"}));
  EXPECT_TRUE(refused(exec("h1", {"no-such-program"}), 2, {"no-such-program"}));
  EXPECT_TRUE(refused(cli().run({"exec", "--lab", "quikstart", "h1", "--", "true"}), 2, {"quikstart", "quickstart"}));
}

TEST_P(LifeCycle, ExecReachesIntoTheGuest) {
  const Finished name = exec("web", {"hostname"});
  EXPECT_EQ(name.output, "web\n") << ::testing::PrintToString(name);
  EXPECT_EQ(exec("web", {"sh", "-c", "exit 7"}).code, 7);
}

TEST_P(LifeCycle, ExecSeesTheLabsNetworkOnly) {
  const Finished links = exec("h1", {"ip", "-br", "link"});
  EXPECT_TRUE(succeeded(links));
  EXPECT_NE(links.output.find("lan"), std::string::npos) << links.output;
  EXPECT_EQ(links.output.find("eth0"), std::string::npos) << links.output;
}

TEST_P(LifeCycle, ConsoleIsAShellInTheGuest) {
  const Finished talked = cli().run({"console", "web"}, Seconds(60), "\necho me=$(hostname) sum=$((40 + 2))\n");
  EXPECT_TRUE(succeeded(talked));
  EXPECT_NE(talked.output.find("me=web sum=42"), std::string::npos) << ::testing::PrintToString(talked);
}

TEST_P(LifeCycle, MigrateRefusesWhatCannotBe) {
  EXPECT_TRUE(refused(cli().run({"migrate", "web", "h1"}), 2, {"web is already on h1"}));
  EXPECT_TRUE(refused(cli().run({"migrate", "web", "h3"}), 2, {"h3", "hint:", "h2"}));
  EXPECT_TRUE(refused(cli().run({"migrate", "wep", "h2"}), 2, {"wep", "hint:", "web"}));
}

TEST_P(LifeCycle, MigrateMovesTheRunningGuest) {
  const Finished moved = cli().run({"migrate", "web", "h2", "--json"}, Seconds(120));
  ASSERT_TRUE(succeeded(moved));
  const auto record = nlohmann::json::parse(moved.output);
  EXPECT_TRUE(record.at("succeeded"));
  EXPECT_GT(record.at("total_time_ms"), 0);
  EXPECT_TRUE(record.at("hypervisor_downtime_ms").is_number());
  EXPECT_EQ(cli().inspect("quickstart").at("guests").at(0).at("host"), "h2");
  EXPECT_TRUE(cli().answers("quickstart"));
  EXPECT_EQ(descendants_with("qemu-system-x86_64").size(), 1U);
}

TEST_P(LifeCycle, DownLeavesNothingAndMayBeRepeated) {
  const Finished down = cli().run({"down"});
  EXPECT_TRUE(succeeded(down));
  EXPECT_EQ(down.output, "lab quickstart is down\n");
  // migralab's own folder of labs stays, empty.
  std::filesystem::remove(cli().state_home() / "migralab");
  EXPECT_EQ(what_changed_since(shared_->before, cli().state_home()), "");
  EXPECT_TRUE(succeeded(cli().run({"down"})));
  EXPECT_TRUE(succeeded(cli().run({"down", "quickstart"})));
  EXPECT_TRUE(succeeded(cli().run({"down", "--all"})));
}

/// What was built for the first lab serves the second: nothing is fetched, packed or unpacked.
TEST_P(LifeCycle, ASecondLabBuildsNoImage) {
  const MountView::Mount no_apt = without("apt-get");
  std::unique_ptr<MountView> view;
  Cli other(GetParam());
  if (::geteuid() == 0) {
    view = std::make_unique<MountView>(std::vector{no_apt, without("dpkg-deb"), without("cpio")});
    other.look_through(*view);
  }
  const Finished up = other.run({"up", other.quickstart("second")}, Seconds(120));
  ASSERT_TRUE(succeeded(up));
  EXPECT_EQ(up.errors.find("fetching"), std::string::npos) << up.errors;
  EXPECT_EQ(up.errors.find("packing"), std::string::npos) << up.errors;
  EXPECT_TRUE(succeeded(other.run({"down"})));
}

MIGRALAB_BOTH_MODES(LifeCycle);

} // namespace

} // namespace migralab::test
