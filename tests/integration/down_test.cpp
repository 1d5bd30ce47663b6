// SPDX-License-Identifier: Apache-2.0
// `down` takes away whatever is left of a lab, whatever happened to it.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <csignal>
#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class Down : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    cli_ = std::make_unique<Cli>(GetParam());
    fs::create_directories(cli_->state_home()); // before the snapshot
    before_ = Machine::now(cli_->state_home());
    file_ = cli_->small();
    ASSERT_TRUE(succeeded(cli_->run({"up", file_})));
  }

  fs::path record() const { return cli_->lab_folder("small") / "lab.json"; }

  void expect_down_leaves_nothing() {
    EXPECT_TRUE(succeeded(cli_->run({"down", "small"}, Seconds(20))));
    fs::remove(cli_->state_home() / "migralab");
    EXPECT_EQ(what_changed_since(before_, cli_->state_home()), "");
  }

  static void kill_and_wait(pid_t pid) {
    ::kill(pid, SIGKILL);
    const auto lives = [pid] {
      const std::string stat = read_text("/proc/" + std::to_string(pid) + "/stat");
      return !stat.empty() && stat.find(") Z ") == std::string::npos;
    };
    for (int i = 0; i < 500 && lives(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  std::unique_ptr<Cli> cli_;
  Machine before_;
  std::string file_;
};

TEST_P(Down, WithoutTheTopologyFile) {
  fs::remove(file_);
  EXPECT_TRUE(succeeded(cli_->run({"inspect"})));
  expect_down_leaves_nothing();
}

TEST_P(Down, AfterTheKeeperWasKilled) {
  kill_and_wait(cli_->keeper("small"));
  const Finished list = cli_->run({"ls"});
  EXPECT_NE(list.output.find("small  ended"), std::string::npos) << list.output;
  EXPECT_TRUE(
      refused(cli_->run({"exec", "h1", "--", "true"}), 1, {"lab small does not run any more", "migralab down small"}));
  expect_down_leaves_nothing();
}

/// Objects of other labs of this machine are in the list, too: only those of this one are looked at.
TEST_P(Down, AuditTellsWhatAKilledLabLeft) {
  const auto verdicts = [&] {
    std::map<std::string, std::string> of_kind;
    const nlohmann::json audit = nlohmann::json::parse(cli_->run({"audit", "small", "--json"}).output);
    for (const nlohmann::json& item : audit.at("items")) {
      if (item.at("lab") == "small" && item.at("what").get<std::string>().find(cli_->folder()) != std::string::npos) {
        of_kind[item.at("kind")] = item.at("verdict");
      }
    }
    return of_kind;
  };
  EXPECT_TRUE(succeeded(cli_->run({"audit", "small"})));
  EXPECT_EQ(verdicts(), (std::map<std::string, std::string>{{"folder", "in use"}, {"keeper", "in use"}}));
  kill_and_wait(cli_->keeper("small"));
  EXPECT_EQ(cli_->run({"audit", "small"}).code, 1);
  EXPECT_EQ(verdicts(), (std::map<std::string, std::string>{{"folder", "left over"}}));
  expect_down_leaves_nothing();
  EXPECT_TRUE(verdicts().empty());
}

/// After a reboot the record names a process of an earlier boot. Its number may be anybody's by now: here it is that of
/// a bystander, who must not be harmed.
TEST_P(Down, AfterAReboot) {
  kill_and_wait(cli_->keeper("small"));
  auto content = nlohmann::json::parse(read_text(record()));
  Child bystander(
      {.argv = {program_path("sleep"), "60"}, .environment = {}, .input = {}, .account = {}, .mount_namespace = {}});
  content["keeper"]["boot_id"] = "00000000-0000-4000-8000-000000000000";
  content["keeper"]["pid"] = bystander.pid();
  std::ofstream(record()) << content.dump(2);
  EXPECT_TRUE(succeeded(cli_->run({"down", "small"})));
  EXPECT_TRUE(fs::exists("/proc/" + std::to_string(bystander.pid()) + "/exe"));
  bystander.send(SIGKILL);
  EXPECT_EQ(bystander.wait(Seconds(5)).signal, SIGKILL);
  expect_down_leaves_nothing();
}

TEST_P(Down, WithAnotherProcessUnderTheKeepersNumber) {
  kill_and_wait(cli_->keeper("small"));
  auto content = nlohmann::json::parse(read_text(record()));
  Child bystander(
      {.argv = {program_path("sleep"), "60"}, .environment = {}, .input = {}, .account = {}, .mount_namespace = {}});
  content["keeper"]["pid"] = bystander.pid();
  std::ofstream(record()) << content.dump(2);
  EXPECT_TRUE(succeeded(cli_->run({"down", "small"})));
  bystander.send(SIGTERM);
  EXPECT_EQ(bystander.wait(Seconds(5)).signal, SIGTERM);
  expect_down_leaves_nothing();
}

TEST_P(Down, WithADamagedRecord) {
  std::ofstream(record()) << "{\"lab\": \"sma";
  EXPECT_TRUE(refused(cli_->run({"inspect", "small"}), 1, {"damaged", "migralab down"}));
  expect_down_leaves_nothing();
}

TEST_P(Down, WithoutARecord) {
  fs::remove(record());
  expect_down_leaves_nothing();
}

TEST_P(Down, AfterDaemonsDied) {
  for (const char* daemon : {"/usr/sbin/libvirtd", "/usr/sbin/tgtd"}) {
    const auto found = descendants_with(daemon);
    ASSERT_EQ(found.size(), 1U) << daemon;
    kill_and_wait(found.front());
  }
  const Finished seen = cli_->run({"inspect", "small"}, Seconds(30));
  EXPECT_TRUE(succeeded(seen));
  EXPECT_NE(seen.output.find("no answer"), std::string::npos) << seen.output;
  expect_down_leaves_nothing();
}

MIGRALAB_BOTH_MODES(Down);

} // namespace

} // namespace migralab::test
