// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/processor_time.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "support/scratch_folder.hpp"

#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Times = std::map<std::string, Nanoseconds>;

TEST(ProcessorAccounts, AreOfTheHierarchyThatCounts) {
  const std::vector<std::string> hosts{"h1", "h2"};
  const ControlGroups apart{
      .version = ControlGroupVersion::v1,
      .folders = {{"cpu", "/c/cpu/lab"}, {"cpuacct", "/c/acct/lab"}, {"memory", "/m"}}};
  const std::map<std::string, fs::path> expected{
      {"h1", "/c/acct/lab/h1/cpuacct.usage"}, {"h2", "/c/acct/lab/h2/cpuacct.usage"}};
  EXPECT_EQ(processor_accounts(apart, hosts), expected);
  const ControlGroups together{.version = ControlGroupVersion::v1, .folders = {{"cpu+cpuacct", "/c/lab"}}};
  EXPECT_EQ(processor_accounts(together, hosts)->at("h2"), fs::path("/c/lab/h2/cpuacct.usage"));
  const ControlGroups unified{.version = ControlGroupVersion::v2, .folders = {{"unified", "/u/lab"}}};
  EXPECT_EQ(processor_accounts(unified, hosts)->at("h1"), fs::path("/u/lab/h1/cpu.stat"));
}

TEST(ProcessorAccounts, AreNoneWhereNothingCounts) {
  EXPECT_FALSE(processor_accounts({}, {"h1"}));
  const ControlGroups limits_only{.version = ControlGroupVersion::v1, .folders = {{"cpu", "/c"}, {"memory", "/m"}}};
  EXPECT_FALSE(processor_accounts(limits_only, {"h1"}));
}

TEST(ReadAccounts, ReadsBothVersionsAnewEachTime) {
  const test::ScratchFolder folder;
  folder.put("one/cpuacct.usage", "123456789012\n");
  folder.put("two/cpu.stat", "usage_usec 2500\nuser_usec 2000\nsystem_usec 500\nnr_periods 0\n");
  const auto read =
      read_accounts({{"h1", folder.path() / "one/cpuacct.usage"}, {"h2", folder.path() / "two/cpu.stat"}});
  const Times first{{"h1", 123456789012ns}, {"h2", 2500us}};
  EXPECT_EQ(read(), first);
  folder.put("two/cpu.stat", "usage_usec 2600\n");
  EXPECT_EQ(read().at("h2"), 2600us);
}

TEST(ReadAccounts, SaysWhatItCannotRead) {
  const test::ScratchFolder folder;
  EXPECT_THROW(static_cast<void>(read_accounts({{"h1", folder.path() / "gone"}})), Error);
  folder.put("cpu.stat", "nr_periods 0\n");
  const auto read = read_accounts({{"h1", folder.path() / "cpu.stat"}});
  EXPECT_THROW(static_cast<void>(read()), Error);
}

/// A process in a network namespace of its own that uses a processor while it is told to.
class Worker {
public:
  explicit Worker(bool own_network) {
    std::array<int, 2> said{};
    if (::pipe(said.data()) != 0) {
      throw system_error("cannot make a pipe");
    }
    pid_ = ::fork();
    if (pid_ == 0) {
      const char fine = own_network && ::unshare(CLONE_NEWNET) != 0 ? 'n' : 'y';
      static_cast<void>(!::write(said[1], &fine, 1));
      for (;;) { // works from the start; SIGSTOP lets it rest
      }
    }
    char fine = 'n';
    static_cast<void>(!::read(said[0], &fine, 1));
    ready = fine == 'y';
    ::close(said[0]);
    ::close(said[1]);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { end(); }

  void end() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
  }
  void rest() const { ::kill(pid_, SIGSTOP); }
  [[nodiscard]] fs::path network() const { return "/proc/" + std::to_string(pid_) + "/ns/net"; }

  bool ready = false;

private:
  pid_t pid_ = 0;
};

TEST(ReadProcesses, CountsThoseInAHostsNetwork) {
  Worker busy(true);
  Worker resting(true);
  const Worker of_no_host(false);
  if (!busy.ready || !resting.ready) {
    GTEST_SKIP() << "needs the right to make a network namespace";
  }
  resting.rest();
  const auto read = read_processes({{"busy", busy.network()}, {"resting", resting.network()}});
  std::this_thread::sleep_for(20ms); // for the stop to take effect
  const Times before = read();
  std::this_thread::sleep_for(200ms);
  const Times after = read();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after.at("resting"), before.at("resting"));
  EXPECT_GT(after.at("busy") - before.at("busy"), 10ms) << "whatever else runs on the machine";
  EXPECT_LT(after.at("busy") - before.at("busy"), 5s);

  busy.end();
  const Times ended = read();
  EXPECT_GE(ended.at("busy"), after.at("busy")) << "what was used stays used";
  EXPECT_EQ(read(), ended);
}

TEST(ReadProcesses, SaysWhichHostIsNotThere) {
  try {
    static_cast<void>(read_processes({{"h7", "/run/nothing/of/the/kind"}}));
    FAIL() << "no such namespace";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("h7"), std::string::npos) << error.what();
  }
}

} // namespace
} // namespace migralab
