// SPDX-License-Identifier: Apache-2.0
// The doctor on made-up machines: a folder plays /proc, /dev, /etc and the search path.
#include "migralab/lab/doctor.hpp"

#include "support/fake_runner.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>

namespace migralab {
namespace {

using test::exited;
using test::FakeRunner;
using test::ScratchFolder;
using Status = Finding::Status;
namespace fs = std::filesystem;

class Doctor : public ::testing::Test {
protected:
  /// A machine that lacks nothing.
  void SetUp() override {
    folder_.put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu svm sse2\n");
    folder_.put("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n");
    folder_.put("proc/sys/user/max_user_namespaces", "15000\n");
    folder_.put("dev/kvm", "");
    folder_.put("dev/net/tun", "");
    folder_.put("proc/self/cgroup", "2:memory:/\n1:cpu:/\n");
    std::string mounts;
    for (const std::string controller : {"cpu", "memory"}) {
      fs::create_directories(folder_.path() / "cgroup" / controller);
      mounts += "30 21 0:26 / " + (folder_.path() / "cgroup" / controller).native() + " rw - cgroup cgroup rw," +
                controller + "\n";
    }
    folder_.put("proc/self/mountinfo", mounts);
    folder_.put("etc/subuid", "anna:100000:65536\n");
    folder_.put("etc/subgid", "1000:100000:65536\n");
    folder_.put("lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so", "");
    folder_.put("lib/x86_64-linux-gnu/qemu/block-iscsi.so", "");
    for (const char* program : {"ip",          "tc",           "libvirtd",   "qemu-system-x86_64",
                                "tgtd",        "tgtadm",       "mke2fs",     "apt-get",
                                "dpkg-deb",    "depmod",       "cpio",       "newuidmap",
                                "newgidmap",   "gnuplot",      "ssh-keygen", "slirp4netns",
                                "ssh",         "ganesha.nfsd", "rpcbind",    "mmdebstrap",
                                "genisoimage", "vblade",       "autossh"}) {
      folder_.put(fs::path("bin") / program, "");
    }
    for (const char* program : {"newuidmap", "newgidmap"}) {
      fs::permissions(folder_.path() / "bin" / program, fs::perms::set_uid | fs::perms::owner_all);
    }
  }

  std::vector<Finding> examine() {
    const MachinePaths paths{
        .proc = folder_.path() / "proc",
        .dev = folder_.path() / "dev",
        .etc = folder_.path() / "etc",
        .libraries = folder_.path() / "lib",
        .programs = {folder_.path() / "bin"},
        .state = folder_.path() / "state/migralab",
        .cache = folder_.path() / "cache/migralab"};
    return examine_machine(runner_, paths, person_);
  }

  Finding finding(const std::string& name) {
    const std::vector<Finding> findings = examine();
    const auto found =
        std::find_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.name == name; });
    return found == findings.end() ? Finding{.name = "no finding", .seen = {}, .cause = {}, .fix = {}} : *found;
  }

  void take_away(const std::string& path) const { fs::remove_all(folder_.path() / path); }

  ScratchFolder folder_;
  FakeRunner runner_;
  Person person_{.root = false, .name = "anna", .id = 1000};
};

TEST_F(Doctor, HasNothingToSayAboutAWholeMachine) {
  const std::vector<Finding> findings = examine();
  for (const Finding& one : findings) {
    if (!one.name.starts_with("disk")) { // the machine that runs the test decides
      EXPECT_EQ(one.status, Status::ok) << one.name << ": " << one.seen;
    }
  }
  EXPECT_EQ(exit_status_of(findings), ExitStatus::ok);
}

TEST_F(Doctor, TellsWhatIsNotEnforcedWithoutControlGroups) {
  EXPECT_EQ(finding("control groups").seen, "version 1, can be made");
  take_away("proc/self/mountinfo");
  const Finding none = finding("control groups");
  EXPECT_EQ(none.status, Status::warning);
  EXPECT_EQ(none.seen, "no control groups for processors and memory are mounted");
  EXPECT_EQ(none.cause, "limits of processors and memory are not enforced, those of disks and networks are");
  EXPECT_EQ(none.fix, "mount them, as systemd does");
}

TEST_F(Doctor, NamesThePackageOfEveryMissingProgram) {
  const std::map<std::string, std::string> packages{
      {"ip", "iproute2"},
      {"tc", "iproute2"},
      {"libvirtd", "libvirt-daemon"},
      {"qemu-system-x86_64", "qemu-system-x86"},
      {"tgtd", "tgt"},
      {"tgtadm", "tgt"},
      {"ssh-keygen", "openssh-client"},
      {"mke2fs", "e2fsprogs"},
      {"apt-get", "apt"},
      {"dpkg-deb", "dpkg"},
      {"depmod", "kmod"},
      {"cpio", "cpio"},
      {"newuidmap", "uidmap"},
      {"newgidmap", "uidmap"}};
  for (const auto& [program, package] : packages) {
    take_away("bin/" + program);
    const Finding one = finding(program);
    EXPECT_EQ(one.status, Status::missing) << program;
    EXPECT_TRUE(one.needed) << program;
    EXPECT_EQ(one.fix, "as root: apt-get install --no-install-recommends " + package);
  }
  EXPECT_EQ(exit_status_of(examine()), ExitStatus::machine_lacks);
}

TEST_F(Doctor, OnlyWarnsWithoutGnuplot) {
  take_away("bin/gnuplot");
  EXPECT_EQ(finding("gnuplot").status, Status::warning);
  EXPECT_EQ(exit_status_of(examine()), ExitStatus::ok);
}

TEST_F(Doctor, FindsThePluginsOfLibvirtAndQemu) {
  take_away("lib/x86_64-linux-gnu/qemu");
  EXPECT_EQ(finding("QEMU's iSCSI client").status, Status::missing);
  EXPECT_NE(finding("QEMU's iSCSI client").fix.find("qemu-block-extra"), std::string::npos);
  take_away("lib");
  EXPECT_NE(finding("libvirt's QEMU driver").fix.find("libvirt-daemon-driver-qemu"), std::string::npos);
}

TEST_F(Doctor, TellsUsableKvmFromADeviceThatOnlyOpens) {
  EXPECT_EQ(finding("KVM").status, Status::ok);
  folder_.put("proc/cpuinfo", "flags\t\t: fpu sse2 svmfake\nmodel name\t: svm\n");
  EXPECT_EQ(finding("KVM").status, Status::warning);
  EXPECT_EQ(finding("KVM").seen, "the CPU has neither vmx nor svm");
  folder_.put("proc/cpuinfo", "flags\t\t: vmx\n");
  take_away("dev/kvm");
  EXPECT_EQ(finding("KVM").seen, "cannot open /dev/kvm: No such file or directory");
  EXPECT_EQ(exit_status_of(examine()), ExitStatus::ok) << "labs run under TCG";
}

TEST_F(Doctor, SaysWhichSwitchForbidsUserNamespaces) {
  folder_.put("proc/sys/user/max_user_namespaces", "0\n");
  EXPECT_EQ(finding("user namespaces").seen, "user.max_user_namespaces is 0");
  folder_.put("proc/sys/user/max_user_namespaces", "15000\n");
  folder_.put("proc/sys/kernel/unprivileged_userns_clone", "0\n");
  EXPECT_EQ(finding("user namespaces").fix, "as root: sysctl -w kernel.unprivileged_userns_clone=1");
  folder_.put("proc/sys/kernel/unprivileged_userns_clone", "1\n");
  folder_.put("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
  EXPECT_EQ(finding("user namespaces").fix, "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
  EXPECT_EQ(finding("user namespaces").status, Status::missing);
}

TEST_F(Doctor, TriesUserNamespacesForReal) {
  runner_.on("unshare --user", exited(1, "", "unshare: unshare failed: Operation not permitted\nmore\n"));
  const Finding one = finding("user namespaces");
  EXPECT_EQ(one.status, Status::missing);
  EXPECT_EQ(one.seen, "unshare: unshare failed: Operation not permitted");
}

TEST_F(Doctor, WantsAnIdRangeByNameOrNumber) {
  EXPECT_EQ(finding("/etc/subuid").status, Status::ok);
  EXPECT_EQ(finding("/etc/subgid").status, Status::ok);
  folder_.put("etc/subuid", "bob:100000:65536\nanna:200000:1000\n");
  EXPECT_EQ(finding("/etc/subuid").seen, "1000 ids for anna");
  EXPECT_EQ(
      finding("/etc/subuid").fix, "as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 anna");
  take_away("etc/subgid");
  EXPECT_EQ(finding("/etc/subgid").seen, "0 ids for anna");
}

TEST_F(Doctor, WantsNewuidmapPrivileged) {
  fs::permissions(folder_.path() / "bin/newuidmap", fs::perms::owner_all);
  EXPECT_EQ(finding("newuidmap").status, Status::missing);
  EXPECT_EQ(finding("newuidmap").fix, "as root: apt-get install --reinstall uidmap");
}

TEST_F(Doctor, AsksLessOfRoot) {
  for (const char* gone : {"bin/newuidmap", "bin/newgidmap", "etc/subuid", "etc/subgid"}) {
    take_away(gone);
  }
  folder_.put("proc/sys/user/max_user_namespaces", "0\n");
  person_ = {.root = true, .name = "root", .id = 0};
  EXPECT_EQ(exit_status_of(examine()), ExitStatus::ok);
  EXPECT_EQ(finding("newuidmap").name, "no finding");
  take_away("bin/cpio");
  EXPECT_EQ(finding("cpio").fix, "apt-get install --no-install-recommends cpio");
}

TEST_F(Doctor, SaysWhyTunDoesNotOpen) {
  take_away("dev/net/tun");
  EXPECT_EQ(finding("/dev/net/tun").fix, "as root: modprobe tun");
  fs::create_directories(folder_.path() / "dev/net/tun"); // cannot be opened for writing, even by root
  EXPECT_EQ(finding("/dev/net/tun").seen, "cannot be opened: Is a directory");
  EXPECT_EQ(finding("/dev/net/tun").fix, "as root: chmod 0666 /dev/net/tun");
}

TEST_F(Doctor, TriesQdiscsInANamespaceOnly) {
  EXPECT_EQ(finding("kernel qdisc netem").status, Status::ok);
  const auto& log = runner_.log();
  // By its path: an ordinary user's PATH has no /usr/sbin, and unshare looks nowhere else.
  const std::string tc = folder_.path() / "bin/tc";
  EXPECT_EQ(
      std::count(
          log.begin(),
          log.end(),
          "unshare --net --user --map-root-user " + tc + " qdisc add dev lo root netem delay 1ms"),
      1);
  EXPECT_TRUE(std::none_of(log.begin(), log.end(), [&](const std::string& line) { return line.starts_with(tc); }));
}

TEST_F(Doctor, WarnsWithoutNetemAndRefusesWithoutTbf) {
  runner_.on("unshare --net", [](const Command& command) {
    const bool netem = std::find(command.argv.begin(), command.argv.end(), "netem") != command.argv.end();
    return netem ? exited(2, "", "Error: Specified qdisc kind is unknown.\n") : exited(0);
  });
  EXPECT_EQ(finding("kernel qdisc netem").status, Status::warning);
  EXPECT_EQ(exit_status_of(examine()), ExitStatus::ok);
  runner_.on("unshare --net", exited(2, "", "Error: Specified qdisc kind is unknown.\n"));
  EXPECT_EQ(finding("kernel qdisc tbf").status, Status::missing);
  EXPECT_EQ(finding("kernel qdisc tbf").seen, "Error: Specified qdisc kind is unknown.");
  EXPECT_EQ(exit_status_of(examine()), ExitStatus::machine_lacks);
}

TEST_F(Doctor, WarnsOfLittleMemory) {
  folder_.put("proc/meminfo", "MemAvailable: 524288 kB\n");
  EXPECT_EQ(finding("memory").status, Status::warning);
  EXPECT_EQ(finding("memory").seen, "512 MiB available");
}

TEST(Capabilities, ComeFromTheSamePaths) {
  const ScratchFolder folder;
  folder.put("proc/cpuinfo", "flags\t: vmx\n");
  folder.put("proc/meminfo", "MemAvailable: 1024 kB\n");
  folder.put("dev/kvm", "");
  const Capabilities seen = probe_capabilities(
      {.proc = folder.path() / "proc",
       .dev = folder.path() / "dev",
       .programs = {},
       .state = folder.path(),
       .cache = {}});
  EXPECT_TRUE(seen.kvm_usable) << seen.kvm_reason;
  EXPECT_EQ(seen.memory_available, Bytes::mib(1));
  EXPECT_GT(seen.disk_available.count, 0U);
}

const std::vector<Finding> two{
    {.name = "ip", .status = Status::ok, .seen = "/usr/sbin/ip", .cause = {}, .fix = {}, .needed = true},
    {.name = "/dev/net/tun",
     .status = Status::missing,
     .seen = "cannot be opened: Permission denied",
     .cause = "guests reach their networks through it",
     .fix = "as root: chmod 0666 /dev/net/tun",
     .needed = true}};

TEST(DoctorOutput, IsATableWithCauseAndFixBelow) {
  EXPECT_EQ(
      render_text(two),
      "ok       ip            /usr/sbin/ip\n"
      "missing  /dev/net/tun  cannot be opened: Permission denied\n"
      "           cause: guests reach their networks through it\n"
      "           fix:   as root: chmod 0666 /dev/net/tun\n"
      "1 ok, 0 warnings, 1 missing: labs cannot run here yet\n");
}

TEST(DoctorOutput, IsTheSameInJson) {
  const std::string json = render_json(two);
  EXPECT_NE(json.find("\"labs_can_run\": false"), std::string::npos) << json;
  EXPECT_NE(json.find("\"fix\": \"as root: chmod 0666 /dev/net/tun\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"needed\": true"), std::string::npos) << json;
}

} // namespace
} // namespace migralab
