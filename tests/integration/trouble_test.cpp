// SPDX-License-Identifier: Apache-2.0
// The machine lacks something, or a part breaks: a clear sentence, the right exit code, nothing left, no hang.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <csignal>
#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class Trouble : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) {
      MIGRALAB_SKIP_UNLESS(::geteuid() == 0 ? "" : "trouble is made by mounts, which needs root");
    }
  }

  /// Brings up a lab on a machine that looks as the mounts make it, and expects it to fail so.
  void expect_failure(
      const std::vector<MountView::Mount>& mounts,
      bool guest,
      int code,
      const std::vector<std::string>& texts) {
    const MountView view(mounts);
    Cli cli(GetParam());
    const Machine before = Machine::now(cli.state_home());
    cli.look_through(view);
    EXPECT_TRUE(refused(cli.run({"up", guest ? cli.quickstart() : cli.small()}, Seconds(60)), code, texts));
    fs::remove(cli.state_home() / "migralab");
    fs::remove(guest ? cli.folder() / "quickstart.lab.yaml" : cli.folder() / "small.lab.yaml");
    EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
  }
};

TEST_P(Trouble, AProgramIsMissing) {
  for (const char* program : {"tgtd", "libvirtd", "qemu-system-x86_64", "mke2fs", "ip"}) {
    SCOPED_TRACE(program);
    expect_failure({without(program)}, true, 3, {program + std::string(": not found"), "hint: ", "migralab doctor"});
  }
}

TEST_P(Trouble, ADaemonEndsAtItsStart) {
  expect_failure({broken("tgtd")}, false, 1, {"target store", "tgtd of store ended at its start: exit 1"});
  expect_failure({broken("libvirtd")}, false, 1, {"hypervisor h1", "libvirtd of h1 ended at its start: exit 1"});
}

TEST_P(Trouble, NoTunDevice) {
  expect_failure(
      {{.source = "none", .target = "/dev/net", .type = "tmpfs", .options = {}}}, true, 3, {"/dev/net/tun", "hint: "});
}

TEST_P(Trouble, TheStateHomeIsReadOnly) {
  const Cli place(GetParam());
  const MountView view(
      {{.source = place.folder(), .target = place.folder(), .type = {}, .options = {}, .read_only = true}});
  Cli cli(GetParam());
  const std::string file = cli.small();
  cli.set("XDG_STATE_HOME", place.state_home());
  cli.look_through(view);
  EXPECT_TRUE(refused(
      cli.run({"up", file}), 1, {"cannot make " + place.state_home().native(), "Read-only file system", "hint: "}));
  EXPECT_TRUE(fs::is_empty(place.state_home()));
  cli.set("XDG_STATE_HOME", cli.state_home());
}

TEST_P(Trouble, TheDiskIsTooSmallOrFull) {
  const Cli place(GetParam());
  const auto disk = [&place](const std::string& size) {
    return MountView::Mount{
        .source = "none", .target = place.folder(), .type = "tmpfs", .options = "size=" + size + ",mode=777"};
  };
  Cli cli(GetParam());
  const std::string with_guest = cli.quickstart();
  const std::string small = cli.small();
  const Machine before = Machine::now(cli.state_home());
  cli.set("XDG_STATE_HOME", place.folder());
  {
    const MountView view({disk("8m")});
    cli.look_through(view);
    EXPECT_TRUE(refused(cli.run({"up", with_guest}), 3, {"room for", "XDG_STATE_HOME"}));
    EXPECT_FALSE(fs::exists(view.seen_from_outside(place.folder() / "migralab/quickstart")));
  }
  {
    const MountView view({disk("4k")}); // one page: the topology's copy fits, the record does not
    cli.look_through(view);
    EXPECT_TRUE(refused(cli.run({"up", small}), 1, {"No space left on device"}));
    EXPECT_FALSE(fs::exists(view.seen_from_outside(place.folder() / "migralab/small")));
  }
  cli.set("XDG_STATE_HOME", cli.state_home());
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(Trouble, TheCacheCannotBeMade) {
  Cli cli(GetParam());
  const std::string file = cli.small();
  const Machine before = Machine::now(cli.state_home());
  cli.set("XDG_CACHE_HOME", file); // not a folder
  EXPECT_TRUE(refused(cli.run({"up", file}), 1, {"up small: ", "Not a directory"}));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(Trouble, MoreMemoryThanTheMachineHas) {
  const Cli cli(GetParam());
  std::string text = read_text(source_path("topologies/quickstart.lab.yaml"));
  for (const auto& [from, to] : {std::pair{"256MiB", "8TiB"}, {"2GiB", "16TiB"}, {"2GiB", "16TiB"}}) {
    text.replace(text.find(from), std::string(from).size(), to);
  }
  const Machine before = Machine::now(cli.state_home());
  EXPECT_TRUE(refused(
      cli.run({"up", cli.put("large.lab.yaml", text)}), 3, {"needs 8", "of memory, this machine has", "hint: "}));
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(Trouble, AGuestThatEndsBeforeItAnswers) {
  const Cli cli(GetParam());
  const Machine before = Machine::now(cli.state_home());
  Child up = cli.start({"up", cli.quickstart()});
  ASSERT_TRUE(up.wait_for_text("] guest web", Seconds(60))) << up.errors();
  for (const pid_t guest : descendants_with("qemu-system-x86_64")) {
    ::kill(guest, SIGKILL);
  }
  EXPECT_TRUE(refused(up.wait(Seconds(30)), 1, {"answer web", "guest web has ended"}));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

MIGRALAB_BOTH_MODES(Trouble);

class RootlessTrouble : public Trouble {};

TEST_P(Trouble, DeadDaemonsHideNothingElse) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"up", cli.quickstart(), "--no-measure"}, Seconds(120))));
  ASSERT_TRUE(succeeded(cli.run({"exec", "store", "--", "sh", "-c", "kill -9 $(pidof tgtd)"})));
  EXPECT_TRUE(refused(
      cli.run({"migrate", "web", "h2"}),
      1,
      {"h2 cannot open the disk of guest web", "hint: nothing was moved; `migralab storage verify` tries"}));
  ASSERT_TRUE(succeeded(cli.run({"exec", "h2", "--", "sh", "-c", "kill -9 $(cat /run/libvirtd.pid)"})));
  const nlohmann::json facts = cli.inspect("quickstart");
  EXPECT_EQ(facts.at("guests").at(0).at("host"), "h1") << facts.dump(2);
  EXPECT_EQ(facts.at("guests").at(0).at("state"), "running");
  for (const nlohmann::json& node : facts.at("nodes")) {
    EXPECT_EQ(node.at("state"), node.at("name") == "h2" ? nlohmann::json("no answer") : nlohmann::json()) << node;
  }
  EXPECT_TRUE(succeeded(cli.run({"exec", "web", "--", "true"}))) << "its host answers, and so does it";
  EXPECT_TRUE(refused(cli.run({"migrate", "web", "h2"}), 1, {"h2"}));
  EXPECT_TRUE(succeeded(cli.run({"down", "quickstart"})));
}

TEST_P(RootlessTrouble, NoSubordinateIds) {
  expect_failure(
      {{.source = "/dev/null", .target = "/etc/subuid", .type = {}, .options = {}}},
      false,
      3,
      {"has no range of 65536 ids in /etc/subuid", "hint: as root: usermod"});
}

TEST_P(RootlessTrouble, NoProgramThatMapsIds) {
  expect_failure({without("newuidmap")}, false, 3, {"newuidmap", "uidmap"});
}

INSTANTIATE_TEST_SUITE_P(Labs, RootlessTrouble, ::testing::Values(Mode::rootless), ::testing::PrintToStringParamName());

} // namespace

} // namespace migralab::test
