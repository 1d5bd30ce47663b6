// SPDX-License-Identifier: Apache-2.0
// What a migration needs is looked at before it, and what is missing is said at once; guests that move at the same
// time; how fast a guest writes.
#include "support/lab_test.hpp"

#include <chrono>
#include <csignal>
#include <thread>

namespace migralab::test {
namespace {

/// Two hosts that two guests fill, one on each, at two networks.
constexpr const char* topology = R"(lab: pre
networks:
  lan: {subnet: 10.10.0.0/24, roles: [management, storage, guest]}
  move: {subnet: 10.20.0.0/24, roles: [migration]}
storage:
  store: {type: iscsi, networks: [lan]}
hosts:
  h1: {hypervisor: kvm, memory: 320MiB, networks: [lan, move]}
  h2: {hypervisor: kvm, memory: 320MiB, networks: [lan, move]}
  h3: {hypervisor: kvm, memory: 160MiB, networks: [lan, move]}
clients:
  client: {networks: [lan]}
guests:
  web: {image: micro, memory: 128MiB, host: h1, disk: {storage: store, size: 16MiB}, networks: [lan], services: [http]}
  db: {image: micro, memory: 128MiB, host: h2, networks: [lan]}
)";

class Preflight : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    cli_.emplace(GetParam());
    ASSERT_TRUE(succeeded(cli_->run({"up", cli_->put("pre.lab.yaml", topology), "--no-measure"}, Seconds(300))));
  }

  /// "hypervisor" -> "ok", "memory" -> "failed", ... of `web` to this host.
  std::map<std::string, std::string> verdicts(const std::string& to, int code) {
    const Finished finished = cli_->run({"migrate", "web", to, "--check", "--json"});
    EXPECT_EQ(finished.code, code) << ::testing::PrintToString(finished);
    EXPECT_EQ(finished.errors, "") << "what is missing is in the table";
    const auto json = nlohmann::json::parse(finished.output);
    EXPECT_EQ(json.at("ready"), code == 0);
    std::map<std::string, std::string> verdicts;
    for (const nlohmann::json& row : json.at("prerequisites")) {
      EXPECT_EQ(row.at("guest"), "web");
      EXPECT_EQ(row.at("to"), to);
      EXPECT_NE(row.at("what"), "");
      EXPECT_EQ(row.at("fix").get<std::string>().empty(), row.at("verdict") != "failed") << row.dump(2);
      verdicts[row.at("prerequisite")] = row.at("verdict");
    }
    return verdicts;
  }

  std::string place(const std::string& guest) {
    const nlohmann::json facts = cli_->inspect("pre");
    for (const nlohmann::json& row : facts.at("guests")) {
      if (row.at("name") == guest) {
        return row.at("state") == "running" ? row.at("host").get<std::string>() : "not running";
      }
    }
    return "nowhere";
  }

  void on(const std::string& node, const std::string& command) {
    ASSERT_TRUE(succeeded(cli_->run({"exec", node, "--", "sh", "-c", command})));
  }

  std::optional<Cli> cli_;
};

TEST_P(Preflight, EveryPrerequisiteThatIsMissingIsSaidAtOnce) {
  const std::map<std::string, std::string> all_well{
      {"hypervisor", "ok"},
      {"technique", "ok"},
      {"processor", "ok"},
      {"memory", "ok"},
      {"networks", "ok"},
      {"migration network", "ok"},
      {"storage", "ok"}};
  EXPECT_EQ(verdicts("h2", 0), all_well);
  EXPECT_EQ(place("web"), "h1") << "a check moves nothing";

  // One after the other is taken away: the destination's memory, the storage server, a cable, a bridge.
  ASSERT_TRUE(succeeded(cli_->run({"migrate", "db", "h3"}, Seconds(120))));
  auto wanted = all_well;
  wanted["memory"] = "failed";
  EXPECT_EQ(verdicts("h3", 2), wanted);
  on("store", "kill -9 $(pidof tgtd)");
  wanted["storage"] = "failed";
  EXPECT_EQ(verdicts("h3", 1), wanted);
  on("h3", "ip link set up.move down");
  wanted["migration network"] = "failed";
  EXPECT_EQ(verdicts("h3", 1), wanted);
  EXPECT_TRUE(refused(
      cli_->run({"migrate", "web", "h3"}),
      1,
      {"3 prerequisites are missing, nothing was moved:",
       "web to h3, memory: guest web needs 128MiB: h3 has 160MiB, of which guests there have 128MiB",
       "web to h3, migration network: h1 does not reach h3 at 10.20.0.",
       "web to h3, storage: h3 cannot open the disk of guest web:",
       "hint: `migralab migrate GUEST HOST --check`"}));
  on("h2", "kill -9 $(cat /run/libvirtd.pid)");
  wanted = all_well;
  wanted["hypervisor"] = "failed";
  wanted["processor"] = "unknown";
  wanted["memory"] = "unknown";
  wanted["storage"] = "failed"; // for everybody
  EXPECT_EQ(verdicts("h2", 1), wanted);
  EXPECT_EQ(place("web"), "h1");
}

TEST_P(Preflight, GuestsMoveAtOnce) {
  // In opposite directions.
  const Finished crossed = cli_->run({"migrate", "web", "h2", "--also", "db=h1", "--json"}, Seconds(120));
  ASSERT_TRUE(succeeded(crossed));
  const auto json = nlohmann::json::parse(crossed.output);
  EXPECT_EQ(json.at("schema"), "migralab.migrations/1");
  ASSERT_EQ(json.at("migrations").size(), 2U);
  for (const nlohmann::json& row : json.at("migrations")) {
    EXPECT_TRUE(row.at("succeeded"));
    EXPECT_GT(row.at("samples"), 5) << "each is watched while the other moves, too";
    EXPECT_GT(row.at("statistics").at("memory_processed"), 1e6) << "each has statistics of its own";
  }
  EXPECT_EQ(json.at("migrations").at(0).at("guest"), "web");
  EXPECT_EQ(json.at("migrations").at(1).at("guest"), "db");
  EXPECT_EQ(place("web"), "h2");
  EXPECT_EQ(place("db"), "h1");
  // The same way.
  ASSERT_TRUE(succeeded(cli_->run({"migrate", "db", "h2"}, Seconds(120))));
  const Finished together = cli_->run({"migrate", "web", "h1", "--also", "db=h1"}, Seconds(120));
  ASSERT_TRUE(succeeded(together));
  EXPECT_NE(together.output.find("web moved from h2 to h1 in "), std::string::npos) << together.output;
  EXPECT_NE(together.output.find("db moved from h2 to h1 in "), std::string::npos) << together.output;
  EXPECT_EQ(place("web"), "h1");
  EXPECT_EQ(place("db"), "h1");

  // Each fits alone, both do not.
  EXPECT_TRUE(refused(
      cli_->run({"migrate", "web", "h3", "--also", "db=h3"}),
      2,
      {"guest web needs 128MiB: h3 has 160MiB, and guests that come at the same time need 128MiB",
       "one guest after the other"}));
  EXPECT_TRUE(refused(cli_->run({"migrate", "web", "h2", "--also", "web=h3"}), 2, {"guest web is named twice"}));
  EXPECT_TRUE(
      refused(cli_->run({"migrate", "web", "h2", "--also", "db"}), 2, {"--also: 'db' is not a guest and a host"}));
  EXPECT_EQ(place("web"), "h1") << "nothing was begun";
}

TEST_P(Preflight, OneThatFailsStopsNoOther) {
  Child moving = cli_->start({"migrate", "web", "h3", "--also", "db=h1", "--bandwidth", "8MiB/s", "--json"});
  // What the guest leaves behind on its way: its QEMU at the destination. That of `db` arrives on another host.
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  on("h3", "kill -9 $(cat /run/libvirt/qemu/web.pid)");
  const Finished finished = moving.wait(Seconds(120));
  EXPECT_EQ(finished.code, 1) << ::testing::PrintToString(finished);
  EXPECT_NE(finished.errors.find("web did not move from h1 to h3: "), std::string::npos) << finished.errors;
  EXPECT_NE(finished.errors.find("hint: web goes on running on h1"), std::string::npos) << finished.errors;
  const auto json = nlohmann::json::parse(finished.output);
  EXPECT_FALSE(json.at("migrations").at(0).at("succeeded"));
  EXPECT_TRUE(json.at("migrations").at(1).at("succeeded"));
  EXPECT_EQ(place("web"), "h1");
  EXPECT_EQ(place("db"), "h1");
}

TEST_P(Preflight, AnInterruptLeavesEveryGuestWhereItWas) {
  Child moving = cli_->start({"migrate", "web", "h2", "--also", "db=h1", "--bandwidth", "8MiB/s"});
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  moving.send_to_group(SIGINT);
  const Finished finished = moving.wait(Seconds(60));
  EXPECT_EQ(finished.code, 130) << ::testing::PrintToString(finished);
  EXPECT_EQ(place("web"), "h1");
  EXPECT_EQ(place("db"), "h2");
}

using PreflightLong = Preflight;

TEST_P(PreflightLong, TheDirtyRateIsThatOfAKnownWriter) {
  const auto measured = [&](const Cli::Words& more) {
    Cli::Words words{"dirty-rate", "web", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Finished finished = cli_->run(words);
    EXPECT_TRUE(succeeded(finished));
    return nlohmann::json::parse(finished.output).at("bytes_per_s").get<double>() / (1 << 20);
  };
  EXPECT_LT(measured({}), 8) << "idle";
  // 32 MiB of the guest's memory (a file system in memory), written again and again, each pass in about 0.1 s.
  const Child writer = cli_->start(
      {"exec",
       "web",
       "--",
       "sh",
       "-c",
       "mkdir -p /w && mount -t tmpfs none /w && while :; do dd if=/dev/urandom of=/w/x bs=1M count=32 conv=notrunc "
       "2>/dev/null; done"});
  double busy = 0;
  for (int i = 0; i < 10 && busy < 16; ++i) { // until the writer has begun
    busy = measured({});
  }
  EXPECT_GT(busy, 16);
  EXPECT_LT(busy, 64) << "distinct memory: 32 MiB, give or take the sample, however often it is written";
  EXPECT_LT(measured({"--seconds", "4"}), busy / 2) << "the same memory over a longer time";
  EXPECT_TRUE(refused(cli_->run({"dirty-rate", "web", "--seconds", "61"}), 2, {"name 1 to 60 seconds"}));
}

MIGRALAB_BOTH_MODES(Preflight);
MIGRALAB_BOTH_MODES(PreflightLong);

} // namespace
} // namespace migralab::test
