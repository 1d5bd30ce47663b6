// SPDX-License-Identifier: Apache-2.0
// Made-up machines: a folder with a /proc, and plain files for those of cgroupfs.
#include "migralab/substrate/control_groups.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;
using Version = ControlGroupVersion;

class MadeUpGroups : public ::testing::Test {
protected:
  [[nodiscard]] fs::path proc() const { return machine_.path() / "proc"; }
  [[nodiscard]] fs::path at(const std::string& path) const { return machine_.path() / path; }
  [[nodiscard]] std::string text(const fs::path& file) const { return test::read_text(file); }

  void mounts(const std::vector<std::pair<std::string, std::string>>& types, const std::string& root = "/") const {
    std::string lines = "21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";
    for (const auto& [path, type] : types) {
      fs::create_directories(at(path));
      lines += "30 21 0:26 " + root + " " + at(path).native() + " rw,nosuid shared:4 - " + type + "\n";
    }
    machine_.put("proc/self/mountinfo", lines);
  }

  /// Version 2 with this process alone in /user/our.scope, which has the controllers.
  void delegated() const {
    mounts({{"cg", "cgroup2 cgroup2 rw"}});
    machine_.put("proc/self/cgroup", "0::/user/our.scope\n");
    machine_.put("cg/user/our.scope/cgroup.controllers", "cpu memory pids\n");
    machine_.put("cg/user/our.scope/cgroup.subtree_control", "\n");
    machine_.put("cg/user/our.scope/cgroup.procs", std::to_string(::getpid()) + "\n");
  }

  test::ScratchFolder machine_;
};

TEST_F(MadeUpGroups, OfVersion1AreInTheProcesssOwn) {
  mounts(
      {{"cg/cpu,cpuacct", "cgroup cgroup rw,cpu,cpuacct"},
       {"cg/memory", "cgroup cgroup rw,memory"},
       {"cg/systemd", "cgroup cgroup rw,name=systemd"},
       {"cg/unified", "cgroup2 cgroup2 rw"}});
  machine_.put("proc/self/cgroup", "4:memory:/session/one\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/session\n");
  fs::create_directories(at("cg/memory/session/one"));
  const ControlGroupPlace place = find_control_groups(true, proc());
  EXPECT_EQ(place.version, Version::v1);
  const std::map<std::string, fs::path> folders{
      {"cpu+cpuacct", at("cg/cpu,cpuacct")}, {"memory", at("cg/memory/session/one")}};
  EXPECT_EQ(place.folders, folders);
}

TEST_F(MadeUpGroups, OfAContainerAreWhereItsMountsShowThem) {
  mounts({{"cg/cpu", "cgroup cgroup rw,cpu"}, {"cg/memory", "cgroup cgroup rw,memory"}}, "/docker/abc");
  machine_.put("proc/self/cgroup", "4:memory:/docker/abc/inner\n2:cpu:/docker/abc\n");
  fs::create_directories(at("cg/memory/inner"));
  const ControlGroupPlace place = find_control_groups(true, proc());
  EXPECT_EQ(place.folders.at("cpu"), at("cg/cpu"));
  EXPECT_EQ(place.folders.at("memory"), at("cg/memory/inner"));
}

TEST_F(MadeUpGroups, OfVersion2AreDelegatedToAProcessAlone) {
  delegated();
  const ControlGroupPlace place = find_control_groups(false, proc());
  EXPECT_EQ(place.version, Version::v2);
  EXPECT_TRUE(place.occupied);
  EXPECT_EQ(place.folders.at("unified"), at("cg/user/our.scope"));
}

TEST_F(MadeUpGroups, OfVersion2WithOthersInThemAreNotOurs) {
  delegated();
  machine_.put("cg/user/our.scope/cgroup.procs", "1\n" + std::to_string(::getpid()) + "\n");
  const ControlGroupPlace place = find_control_groups(false, proc());
  EXPECT_EQ(place.version, Version::none);
  EXPECT_EQ(
      place.reason, "control group " + at("cg/user/our.scope").native() + " was not delegated to this process alone");
  EXPECT_EQ(place.fix, "run it as `systemd-run --user --scope -p Delegate=yes migralab ...`, or as root");
}

TEST_F(MadeUpGroups, OfVersion2AreRootsBesideTheMachinesOwn) {
  mounts({{"cg", "cgroup2 cgroup2 rw"}});
  machine_.put("proc/self/cgroup", "0::/user.slice/session-1.scope\n");
  machine_.put("cg/cgroup.subtree_control", "cpuset cpu io memory pids\n");
  const ControlGroupPlace place = find_control_groups(true, proc());
  EXPECT_EQ(place.version, Version::v2);
  EXPECT_FALSE(place.occupied);
  EXPECT_EQ(place.folders.at("unified"), at("cg"));
  machine_.put("cg/cgroup.subtree_control", "memory pids\n");
  const ControlGroupPlace none = find_control_groups(true, proc());
  EXPECT_EQ(none.version, Version::none);
  EXPECT_NE(none.reason.find("no controllers for processors and memory"), std::string::npos) << none.reason;
}

TEST_F(MadeUpGroups, AreNoneWhereNoneAreMounted) {
  mounts({});
  const ControlGroupPlace place = find_control_groups(true, proc());
  EXPECT_EQ(place.version, Version::none);
  EXPECT_EQ(place.reason, "no control groups for processors and memory are mounted");
  EXPECT_EQ(make_control_groups(place, "migralab-x-12345678", 2), ControlGroups{});
  EXPECT_TRUE(groups_of_host({}, "h1").empty());
  EXPECT_TRUE(group_mounts({}, "h1").empty());
}

TEST_F(MadeUpGroups, OfVersion1GetTheLimitsEachInItsHierarchy) {
  const ControlGroupPlace place{
      .version = Version::v1,
      .folders = {{"cpu+cpuacct", at("cpu")}, {"memory", at("memory")}},
      .reason = {},
      .fix = {}};
  fs::create_directories(at("cpu"));
  fs::create_directories(at("memory"));
  const ControlGroups groups = make_control_groups(place, "migralab-lab-12345678", 3);
  make_host_group(
      groups,
      "h1",
      {.cpus = 2,
       .memory = Bytes::gib(1),
       .partitions = {{"/machine/guest-web", {.memory = Bytes::mib(300), .cpu_shares = 512}}}});
  const fs::path cpu = at("cpu/migralab-lab-12345678");
  const fs::path memory = at("memory/migralab-lab-12345678");
  EXPECT_EQ(text(cpu / "cpu.shares"), "3072");
  EXPECT_EQ(text(cpu / "h1/cpu.cfs_period_us"), "20000");
  EXPECT_EQ(text(cpu / "h1/cpu.cfs_quota_us"), "40000");
  EXPECT_EQ(text(cpu / "h1/cpu.cfs_burst_us"), "40000") << "what is unused counts in the next period";
  EXPECT_EQ(text(cpu / "h1/machine/guest-web.partition/cpu.shares"), "512");
  EXPECT_FALSE(fs::exists(cpu / "h1/memory.limit_in_bytes"));
  EXPECT_EQ(text(memory / "h1/memory.limit_in_bytes"), "1073741824");
  EXPECT_EQ(text(memory / "h1/memory.memsw.limit_in_bytes"), "1073741824");
  EXPECT_EQ(text(memory / "h1/machine/guest-web.partition/memory.limit_in_bytes"), "314572800");
  EXPECT_FALSE(fs::exists(memory / "h1/cpu.cfs_quota_us"));
  make_host_group(groups, "h2", {.cpus = 0.05, .memory = Bytes::gib(1)});
  EXPECT_EQ(text(cpu / "h2/cpu.cfs_quota_us"), "1000") << "the least host has the kernel's least quota";
  EXPECT_EQ(groups_of_host(groups, "h1"), (std::vector{cpu / "h1/node", memory / "h1/node"}));
  EXPECT_TRUE(fs::is_directory(cpu / "h1/node"));
  const auto seen = group_mounts(groups, "h1");
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen.front(), (std::pair<fs::path, fs::path>{cpu / "h1", "/run/cgroup/cpu+cpuacct"}));
}

TEST_F(MadeUpGroups, OfVersion2GetTheLimitsAndHandTheControllersDown) {
  delegated();
  const ControlGroups groups = make_control_groups(find_control_groups(false, proc()), "migralab-lab-12345678", 2);
  make_host_group(
      groups,
      "h1",
      {.cpus = 0.29,
       .memory = Bytes::mib(512),
       .partitions = {{"/machine/guest-web", {.memory = Bytes::mib(300), .cpu_shares = 2048}}}});
  make_host_group(groups, "h2", {.cpus = std::nullopt, .memory = Bytes::mib(512)});
  const fs::path scope = at("cg/user/our.scope");
  const fs::path lab = scope / "migralab-lab-12345678";
  EXPECT_EQ(text(lab / "aside/cgroup.procs"), "0") << "a group with processes cannot be divided";
  for (const fs::path& divided : {scope, lab, lab / "h1", lab / "h1/machine", lab / "h1/machine/guest-web.partition"}) {
    EXPECT_EQ(text(divided / "cgroup.subtree_control").substr(0, 12), "+cpu +memory") << divided;
  }
  EXPECT_EQ(text(lab / "cpu.weight"), "200");
  EXPECT_EQ(text(lab / "h1/cpu.max"), "5800 20000") << "29 hundredths of a processor, whatever the double is";
  EXPECT_EQ(text(lab / "h1/cpu.max.burst"), "5800");
  EXPECT_EQ(text(lab / "h1/memory.max"), "536870912");
  EXPECT_EQ(text(lab / "h1/memory.swap.max"), "0");
  EXPECT_EQ(text(lab / "h1/machine/guest-web.partition/memory.max"), "314572800");
  EXPECT_EQ(text(lab / "h1/machine/guest-web.partition/cpu.weight"), "200");
  EXPECT_FALSE(fs::exists(lab / "h2/cpu.max")) << "as many processors as the machine has";
  EXPECT_EQ(groups_of_host(groups, "h1"), std::vector{lab / "h1/node"}) << "its group itself may hold none";
  EXPECT_EQ(group_mounts(groups, "h1"), (std::vector{std::pair<fs::path, fs::path>{lab / "h1", "/sys/fs/cgroup"}}));
}

TEST_F(MadeUpGroups, OfALabAreRemovedWhereverTheyAre) {
  mounts({{"cg/cpu", "cgroup cgroup rw,cpu"}, {"cg/memory", "cgroup cgroup rw,memory"}});
  const std::string ours = control_group_name("/state/migralab/web");
  const std::string others = control_group_name("/other/migralab/web");
  EXPECT_NE(ours, others);
  for (const std::string& name : {ours, others}) {
    fs::create_directories(at("cg/cpu/" + name + "/h1/node"));
    fs::create_directories(at("cg/memory/session/one/" + name + "/h1/machine/guest"));
  }
  remove_control_groups(ours, proc());
  EXPECT_FALSE(fs::exists(at("cg/cpu/" + ours)));
  EXPECT_FALSE(fs::exists(at("cg/memory/session/one/" + ours)));
  EXPECT_TRUE(fs::exists(at("cg/cpu/" + others + "/h1/node")));
  EXPECT_TRUE(fs::exists(at("cg/memory/session/one")));
}

TEST_F(MadeUpGroups, OfLabsThatAreGoneAreSweptAndNoOthers) {
  mounts({{"cg/cpu", "cgroup cgroup rw,cpu"}});
  const fs::path labs = at("state");
  fs::create_directories(labs / "there");
  const std::vector<std::string> names{
      control_group_name(labs / "gone"),
      control_group_name(labs / "there"),
      control_group_name("/other/gone"),
      "migralab-",
      "migralab-x",
      "user.slice"};
  for (const std::string& name : names) {
    fs::create_directories(at("cg/cpu") / name / "h1");
  }
  sweep_control_groups(labs, proc());
  EXPECT_FALSE(fs::exists(at("cg/cpu") / names.front()));
  for (std::size_t i = 1; i < names.size(); ++i) {
    EXPECT_TRUE(fs::exists(at("cg/cpu") / names[i] / "h1")) << names[i];
  }
}

TEST(ControlGroupWeight, IsInTheVersionsOwnScale) {
  EXPECT_EQ(weight_of(Version::v1, 1024), 1024U);
  EXPECT_EQ(weight_of(Version::v2, 1024), 100U);
  EXPECT_EQ(weight_of(Version::v2, 2), 1U);
  EXPECT_EQ(weight_of(Version::v2, 262'144), 10'000U);
}

} // namespace
} // namespace migralab
