// SPDX-License-Identifier: Apache-2.0
// A guest that moves by each technique and with each option that this machine has, and what is refused.
#include "support/lab_test.hpp"

namespace migralab::test {
namespace {

class Techniques : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    cli_.emplace(GetParam());
    ASSERT_TRUE(succeeded(cli_->run({"up", cli_->quickstart(), "--no-measure"}, Seconds(120))));
  }

  /// To the other host; what `migrate --json` says.
  nlohmann::json move(Cli::Words options) {
    Cli::Words words{"migrate", "web", here_ == "h1" ? "h2" : "h1", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    const Finished finished = cli_->run(words, Seconds(120));
    EXPECT_TRUE(succeeded(finished));
    if (finished.code != 0) {
      return {};
    }
    here_ = words.at(2);
    EXPECT_TRUE(cli_->answers("quickstart")) << "after " << ::testing::PrintToString(options);
    return nlohmann::json::parse(finished.output);
  }

  /// Is it there, as `capabilities` says?
  bool available(const std::string& feature) {
    const auto all = nlohmann::json::parse(cli_->run({"capabilities", "--json"}).output);
    for (const nlohmann::json& row : all.at("hypervisors").at(0).at("migration")) {
      if (row.at("name") == feature) {
        return row.at("available");
      }
    }
    ADD_FAILURE() << "capabilities does not know " << feature;
    return false;
  }

  std::optional<Cli> cli_;
  std::string here_ = "h1";
};

TEST_P(Techniques, MoveTheGuest) {
  const nlohmann::json still = move({"--technique", "stop-and-copy"});
  EXPECT_EQ(still.at("technique"), "stop-and-copy");
  EXPECT_GT(still.at("hypervisor_downtime_ms").get<double>(), still.at("total_time_ms").get<double>() / 3)
      << "the guest stands while everything is copied: " << still.dump(2);

  const nlohmann::json slow = move({"--bandwidth", "40MiB/s"});
  EXPECT_GT(slow.at("total_time_ms").get<double>(), 1e3 * 60 / 40) << "more than 60 MiB at 40 MiB/s";
  move({"--streams", "2"});
  move({"--auto-converge", "--compression", "xbzrle", "--max-downtime", "100ms"});

  if (available("post-copy")) {
    const nlohmann::json post = move({"--technique", "post-copy"});
    EXPECT_LT(post.at("hypervisor_downtime_ms").get<double>(), still.at("hypervisor_downtime_ms").get<double>() / 2);
    const nlohmann::json hybrid = move({"--technique", "hybrid", "--switch-after", "1s", "--bandwidth", "20MiB/s"});
    EXPECT_EQ(hybrid.at("technique"), "hybrid");
    EXPECT_GT(hybrid.at("statistics").at("memory_postcopy_requests").get<double>(), 0)
        << "the destination asks for what was not sent before the switch: " << hybrid.dump(2);
    EXPECT_LT(hybrid.at("hypervisor_downtime_ms").get<double>(), hybrid.at("total_time_ms").get<double>() / 4);
  } else {
    EXPECT_TRUE(refused(
        cli_->run({"migrate", "web", "h2", "--technique", "post-copy"}),
        3,
        {"post-copy is not available here: userfaultfd:",
         "hint: run as root, or: sysctl vm.unprivileged_userfaultfd=1"}));
  }
}

TEST_P(Techniques, StopAfterSomeRounds) {
  const auto in_guest = [this](const std::string& script) {
    const Finished finished = cli_->run({"exec", "web", "--", "sh", "-c", script}, Seconds(120));
    EXPECT_TRUE(succeeded(finished)) << script;
    return finished.output;
  };
  // In the guest's memory.
  const std::string checksum =
      in_guest("cd /tmp && dd if=/dev/urandom of=data bs=64k count=64 2>/dev/null && md5sum data");
  ASSERT_NE(checksum, "");

  const nlohmann::json soon =
      move({"--technique", "stop-and-copy", "--switch-after", "500ms", "--bandwidth", "20MiB/s"});
  EXPECT_GT(soon.at("hypervisor_downtime_ms").get<double>(), soon.at("total_time_ms").get<double>() / 2)
      << "it stands from half a second on, of several: " << soon.dump(2);
  EXPECT_EQ(in_guest("cd /tmp && md5sum data"), checksum);

  const nlohmann::json moved =
      move({"--technique", "stop-and-copy", "--switch-rounds", "1", "--bandwidth", "20MiB/s", "--max-downtime", "1ms"});
  EXPECT_GE(moved.at("statistics").at("memory_iteration").get<double>(), 2) << moved.dump(2);
  EXPECT_EQ(in_guest("cd /tmp && md5sum data"), checksum);
}

TEST_P(Techniques, SizesReachQemu) {
  const nlohmann::json moved = move(
      {"--auto-converge",
       "--auto-converge-initial",
       "30%",
       "--auto-converge-increment",
       "20%",
       "--compression",
       "xbzrle",
       "--compression-cache",
       "8MiB"});
  EXPECT_EQ(moved.at("statistics").at("compression_cache").get<double>(), 8 << 20) << moved.dump(2);
}

TEST_P(Techniques, TheTableSaysWhatEachHypervisorCan) {
  const Finished finished = cli_->run({"capabilities"});
  ASSERT_TRUE(succeeded(finished));
  for (const char* text : {"KVM/QEMU on hosts that are namespaces: ", "MIGRATION ", "KVM/QEMU", "XEN"}) {
    EXPECT_NE(finished.output.find(text), std::string::npos) << finished.output;
  }
  const auto all = nlohmann::json::parse(cli_->run({"capabilities", "--json"}).output);
  ASSERT_EQ(all.at("hypervisors").size(), 2U);
  EXPECT_EQ(all.at("hypervisors").at(0).at("name"), "kvm");
  EXPECT_NE(all.at("hypervisors").at(0).at("qemu"), "not found") << "guests run by it";
  EXPECT_TRUE(available("several guests at once"));
  EXPECT_FALSE(available("tunnelled"));
  for (const nlohmann::json& row : all.at("hypervisors").at(1).at("migration")) {
    EXPECT_NE(row.at("available").get<bool>(), row.at("reason") != "") << row.dump(2);
  }
}

TEST_P(Techniques, WrongOptionsAreRefused) {
  const auto refusal = [&](Cli::Words options, const std::vector<std::string>& texts) {
    Cli::Words words{"migrate", "web", "h2"};
    words.insert(words.end(), options.begin(), options.end());
    EXPECT_TRUE(refused(cli_->run(words), 2, texts));
  };
  refusal({"--bandwidth", "100Mbit/s"}, {"--bandwidth: "});
  refusal(
      {"--bandwidth", "1500KiB/s"},
      {"'1500KiB/s' is not a number of MiB/s", "hint: libvirt takes whole MiB per second"});
  refusal({"--max-downtime", "5"}, {"--max-downtime: no unit: write 5ms or 5s"});
  refusal({"--switch-rounds", "2"}, {"pre-copy takes no switch"});
  refusal({"--auto-converge-increment", "5%"}, {"steps are given for auto-converge, which is not asked for"});
  refusal(
      {"--auto-converge", "--auto-converge-initial", "0.5"},
      {"--auto-converge-initial: '0.5' is no whole percentage from 1% to 99%", "hint: write for example 20%"});
  refusal({"--compression-cache", "64MiB"}, {"compression xbzrle alone has a cache"});
  refusal(
      {"--compression", "xbzrle", "--compression-cache", "50MiB"},
      {"--compression-cache: 50MiB is no size that QEMU's cache can have", "hint: write a power of two, 64MiB"});
  refusal({"--compression", "zstd"}, {"compression zstd works in parallel streams"});
  EXPECT_EQ(cli_->inspect("quickstart").at("guests").at(0).at("host"), "h1") << "nothing was tried";
}

MIGRALAB_BOTH_MODES(Techniques);

} // namespace
} // namespace migralab::test
