// SPDX-License-Identifier: Apache-2.0
// Limits hold: of a guest's disk and network everywhere; of processors and memory where control groups can be made,
// else `up` says that they do not.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class Limits : public LabTest {
protected:
  /// The group of this lab in the hierarchy that has the controller; empty: none was made.
  static fs::path group_of(const Cli& cli, const std::string& lab, const std::string& controller) {
    const auto record = nlohmann::json::parse(read_text(cli.lab_folder(lab) / "lab.json"));
    for (const auto& [hierarchy, folder] : record.at("control_groups").at("folders").items()) {
      if (("+" + hierarchy + "+").find("+" + controller + "+") != std::string::npos || hierarchy == "unified") {
        return folder.get<std::string>();
      }
    }
    return {};
  }

  /// What libvirt made for a guest on a host.
  static fs::path guest_group(const fs::path& host, const std::string& guest) {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(host / "machine", none)) {
      if (entry.path().filename().native().find("-" + guest + ".libvirt-qemu") != std::string::npos) {
        return entry.path();
      }
    }
    return {};
  }

  /// Seconds of processor time that a group has used.
  static double used(const fs::path& group) {
    if (fs::exists(group / "cpuacct.usage")) {
      return std::stod(read_text(group / "cpuacct.usage")) / 1e9;
    }
    const std::string stat = read_text(group / "cpu.stat"); // version 2: "usage_usec 123"
    return std::stod(stat.substr(stat.find("usage_usec") + 10)) / 1e6;
  }

  /// Processors that a group uses over two seconds, while `words` run.
  static double use_of(const Cli& cli, const fs::path& group, const Cli::Words& words) {
    Child busy = cli.start(words);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const double before = used(group);
    const auto began = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const double after = used(group);
    const Seconds took = std::chrono::steady_clock::now() - began;
    static_cast<void>(busy.wait(Seconds(30)));
    return (after - before) / took.count();
  }
};

TEST_P(Limits, OfDiskAndNetworkGoWithTheGuest) {
  const Cli cli(GetParam());
  const std::string file = cli.put(
      "lim.lab.yaml",
      "lab: lim\n"
      "networks: {lan: }\n"
      "storage: {store: }\n"
      "hosts: {h1: {memory: 1GiB}, h2: {memory: 1GiB}}\n"
      "clients: {client: }\n"
      "guests:\n"
      "  web:\n"
      "    memory: 192MiB\n"
      "    disk: {storage: store, size: 64MiB}\n"
      "    services: [http]\n"
      "    limits: {disk: {rate: 2MB/s}, network: {up: 4Mbit/s, down: 4Mbit/s}}\n");
  ASSERT_TRUE(succeeded(cli.run({"up", file}, Seconds(180))));
  const Finished file_made =
      cli.run({"exec", "web", "--", "dd", "if=/dev/zero", "of=/srv/www/big", "bs=64k", "count=16"});
  ASSERT_TRUE(succeeded(file_made));
  int skip = 100;
  for (const char* host : {"h1", "h2"}) {
    SCOPED_TRACE(host);
    // 4 MiB at 2 MB/s are 2.1 s, 1 MiB at 4 Mbit/s 2.1 s less the bucket's 0.13 s.
    const Finished read = cli.run(
        {"exec",
         "web",
         "--",
         "dd",
         "if=/dev/vda",
         "of=/dev/null",
         "bs=256k",
         "count=16",
         "skip=" + std::to_string(skip)});
    EXPECT_TRUE(succeeded(read));
    EXPECT_GT(read.took.count(), 1.8);
    const std::string fetch =
        "exec 3<>/dev/tcp/10.10.0.14/80 && printf 'GET /big HTTP/1.0\\r\\n\\r\\n' >&3 && wc -c <&3";
    const Finished fetched = cli.run({"exec", "client", "--", "bash", "-c", fetch});
    EXPECT_TRUE(succeeded(fetched));
    EXPECT_GT(std::stol(fetched.output), 1L << 20);
    EXPECT_GT(fetched.took.count(), 1.7);
    if (std::string_view(host) == "h1") {
      ASSERT_TRUE(succeeded(cli.run({"migrate", "web", "h2"}, Seconds(120))));
      skip += 20; // not what the guest has in its cache
    }
  }
  EXPECT_TRUE(succeeded(cli.run({"down"})));
}

TEST_P(Limits, OfProcessorsAndMemoryHoldOrAreSaidNotTo) {
  const Cli cli(GetParam());
  const std::string file = cli.put(
      "cap.lab.yaml",
      "lab: cap\n"
      "networks: {lan: }\n"
      "hosts: {h1: {memory: 512MiB, cpus: 1}, h2: {memory: 256MiB}, h3: {memory: 128MiB, cpus: 0.5}}\n"
      "guests:\n"
      "  busy: {memory: 128MiB, limits: {cpu: {quota: 50%, shares: 512}, memory: 400MiB}}\n"
      "  calm: {memory: 192MiB}\n");
  const Machine before = Machine::now(cli.state_home());
  const Finished up = cli.run({"up", file}, Seconds(180));
  ASSERT_TRUE(succeeded(up));
  const fs::path processors = group_of(cli, "cap", "cpuacct");
  if (processors.empty()) {
    EXPECT_NE(
        up.errors.find("warning: limits that are not enforced on this machine: memory of the hosts, processors of h1, "
                       "processors of h3, CPU shares of busy, CPU quota of busy, memory limit of busy ("),
        std::string::npos)
        << up.errors;
    ASSERT_EQ(GetParam(), Mode::rootless) << "root could make none: " << up.errors;
  } else {
    EXPECT_EQ(up.errors.find("not enforced"), std::string::npos) << up.errors;
    const std::string loops = "timeout 4 sh -c 'while :; do :; done' & timeout 4 sh -c 'while :; do :; done'; wait";
    const double host = use_of(cli, processors / "h1", {"exec", "h1", "--", "sh", "-c", loops});
    EXPECT_LT(host, 1.15) << "two loops in a host of one processor";
    EXPECT_GT(host, 0.2);
    EXPECT_LT(use_of(cli, processors / "h3", {"exec", "h3", "--", "sh", "-c", loops}), 0.6) << "in one of half of one";
    const fs::path on_h1 = guest_group(processors / "h1", "busy");
    ASSERT_FALSE(on_h1.empty());
    const double guest = use_of(cli, on_h1, {"exec", "busy", "--", "timeout", "4", "sh", "-c", "while :; do :; done"});
    EXPECT_LT(guest, 0.6) << "half a processor, and the slack of its periods";
    EXPECT_GT(guest, 0.1);
    // tail keeps what has no line: more than the host has. The kernel ends it, and nothing else.
    const Finished greedy = cli.run({"exec", "h1", "--", "sh", "-c", "head -c 1500000000 /dev/zero | tail | wc -c"});
    EXPECT_EQ(greedy.output, "0\n") << ::testing::PrintToString(greedy);
    EXPECT_EQ(cli.inspect("cap").at("guests").at(0).at("state"), "running");
    EXPECT_EQ(cli.inspect("cap").at("guests").at(1).at("state"), "running");
  }
  ASSERT_TRUE(succeeded(cli.run({"migrate", "busy", "h2"}, Seconds(120))));
  if (!processors.empty()) {
    const fs::path on_h2 = guest_group(group_of(cli, "cap", "cpu") / "h2", "busy");
    const bool first = fs::exists(on_h2 / "cpu.cfs_quota_us");
    EXPECT_EQ(read_text(on_h2 / (first ? "cpu.cfs_quota_us" : "cpu.max")), first ? "10000\n" : "10000 20000\n");
  }
  EXPECT_TRUE(refused(
      cli.run({"migrate", "calm", "h2"}),
      2,
      {"guest calm needs 192MiB: h2 has 256MiB, of which guests there have 128MiB",
       "hint: move another guest away first, or choose another host"}));
  EXPECT_TRUE(succeeded(cli.run({"down"})));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

MIGRALAB_BOTH_MODES(Limits);

} // namespace

} // namespace migralab::test
