// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/lab_state.hpp"

#include "migralab/core/error.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// What an Error says and how it ends the program: "2 there is no lab 'x' (hint: labs: a)".
template <typename Act> std::string complaint_of(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.status())) + " " + error.what() + " (hint: " + error.hint() + ")";
  }
  return "no error";
}

/// Labs are kept below a folder of the test.
class Labs : public testing::Test {
protected:
  void SetUp() override {
    const char* home = std::getenv("XDG_STATE_HOME");
    before_ = home == nullptr ? "" : home;
    ::setenv("XDG_STATE_HOME", folder_.path().c_str(), 1);
  }
  void TearDown() override {
    before_.empty() ? ::unsetenv("XDG_STATE_HOME") : ::setenv("XDG_STATE_HOME", before_.c_str(), 1);
  }

  [[nodiscard]] fs::path home() const { return folder_.path() / "migralab"; }
  void put(const std::string& file, const std::string& content = "") const { folder_.put("migralab/" + file, content); }

  test::ScratchFolder folder_;

private:
  std::string before_;
};

using LabRecord = Labs;
using ChooseLab = Labs;
using TheLabLock = Labs;

LabState some_state() {
  return {
      .lab = "quickstart",
      .uuid = "0c2bd8ee-1c5a-4d7b-a123-5254001234ab",
      .created = "2026-11-21T04:30:26.123Z",
      .phase = LabState::Phase::up,
      .accelerator = "tcg",
      .keeper = {.pid = 4711, .start_time = 18'446'744'073'709'551'615U, .boot_id = "b-o-o-t", .rootless = true},
      .image_digests = {{"micro", "abc"}, {"other", "def"}},
      .topology_file = "/home/anna/a \"quoted\" folder/quickstart.lab.yaml",
      .groups = {.version = ControlGroupVersion::v1, .folders = {{"cpu", "/sys/fs/cgroup/cpu/migralab-x"}}}};
}

TEST_F(LabRecord, SurvivesARoundTrip) {
  put("quickstart/lock");
  const LabFolder folder("quickstart");
  const LabState written = some_state();
  folder.write(written);
  const auto read = folder.read();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->lab, written.lab);
  EXPECT_EQ(read->uuid, written.uuid);
  EXPECT_EQ(read->created, written.created);
  EXPECT_EQ(read->phase, LabState::Phase::up);
  EXPECT_EQ(read->accelerator, written.accelerator);
  EXPECT_EQ(read->keeper.pid, 4711);
  EXPECT_EQ(read->keeper.start_time, written.keeper.start_time);
  EXPECT_EQ(read->keeper.boot_id, "b-o-o-t");
  EXPECT_TRUE(read->keeper.rootless);
  EXPECT_EQ(read->image_digests, written.image_digests);
  EXPECT_EQ(read->topology_file, written.topology_file);
  EXPECT_EQ(read->groups, written.groups);

  LabState starting = written;
  starting.phase = LabState::Phase::starting;
  starting.keeper = {};
  folder.write(starting);
  EXPECT_EQ(folder.read()->phase, LabState::Phase::starting);
  EXPECT_EQ(folder.read()->keeper.pid, 0);
}

TEST_F(LabRecord, IsNothingWhereThereIsNone) {
  EXPECT_FALSE(LabFolder("quickstart").read());
  put("quickstart/lock");
  EXPECT_FALSE(LabFolder("quickstart").read());
}

TEST_F(LabRecord, ThatIsDamagedIsNamed) {
  put("quickstart/lock");
  const LabFolder folder("quickstart");
  folder.write(some_state());
  const std::string whole = test::read_text(home() / "quickstart/lab.json");
  const std::string wanted = "1 the record " + (home() / "quickstart/lab.json").native() +
                             " is damaged: it is not what migralab wrote there (hint: `migralab down` with the lab's "
                             "name clears it)";
  const auto number = whole.find("4711");
  ASSERT_NE(number, std::string::npos);
  std::string wrong_type = whole;
  wrong_type.replace(number, 4, "\"x\"");
  for (const std::string& damaged :
       {std::string(), whole.substr(0, whole.size() / 2), std::string("[]"), std::string("{}"), wrong_type}) {
    put("quickstart/lab.json", damaged);
    EXPECT_EQ(complaint_of([&] { static_cast<void>(folder.read()); }), wanted) << damaged;
  }
}

TEST_F(LabRecord, HasAPlaceForEverything) {
  const LabFolder folder("quickstart");
  EXPECT_EQ(folder.path(), home() / "quickstart");
  EXPECT_EQ(folder.topology(), home() / "quickstart/topology.lab.yaml");
  EXPECT_EQ(folder.logs("h1"), home() / "quickstart/logs/h1");
  EXPECT_EQ(folder.disks_of("store"), home() / "quickstart/disks/store");
  EXPECT_EQ(folder.local_disks_of("h1"), home() / "quickstart/local-disks/h1");
}

TEST_F(LabRecord, NeverLeavesTheFolderOfLabs) {
  for (const char* name : {"", ".", "..", "../other", "a/b", "/etc", "A", "-a", "1", "a b"}) {
    EXPECT_FALSE(is_lab_name(name)) << name;
    EXPECT_EQ(complaint_of([&] { LabFolder folder{name}; }).substr(0, 2), "2 ") << name;
  }
  EXPECT_TRUE(is_lab_name("quickstart-2"));
  EXPECT_FALSE(is_lab_name(std::string(32, 'a')));
}

TEST_F(ChooseLab, TakesTheOnlyOneOrTheNamedOne) {
  put("one/lab.json");
  EXPECT_EQ(choose_lab(""), "one");
  put("two/lab.json");
  EXPECT_EQ(choose_lab("two"), "two");
  EXPECT_EQ(lab_names(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(ChooseLab, SaysWhatThereIs) {
  const auto choose = [](const std::string& name) {
    return complaint_of([&] { static_cast<void>(choose_lab(name)); });
  };
  EXPECT_EQ(choose(""), "2 no lab is up (hint: `migralab up FILE` brings one up)");
  EXPECT_EQ(choose("one"), "2 there is no lab 'one' (hint: no lab is up; `migralab up FILE` brings one up)");
  put("one/lab.json");
  put("two/lab.json");
  put("a file", "is no lab");
  EXPECT_EQ(choose(""), "2 there are 2 labs: say which one (hint: labs: one, two)");
  EXPECT_EQ(choose("tow"), "2 there is no lab 'tow' (hint: did you mean 'two'? labs: one, two)");
}

/// A process that holds the lock until it is killed; returns its pid when it has it.
pid_t holder_of(const LabFolder& folder) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const LabLock lock(folder, "up", true, 0s);
    static_cast<void>(::write(ends[1], "x", 1) == 1);
    while (true) {
      ::pause();
    }
  }
  char got = 0;
  EXPECT_EQ(::read(ends[0], &got, 1), 1);
  ::close(ends[0]);
  ::close(ends[1]);
  return child;
}

TEST_F(TheLabLock, KeepsASecondProcessOutAndDiesWithItsOwner) {
  const LabFolder folder("quickstart");
  const pid_t holder = holder_of(folder);
  EXPECT_EQ(
      complaint_of([&] { const LabLock second(folder, "down", false, 50ms); }),
      "1 lab quickstart is being worked on by process " + std::to_string(holder) +
          " (migralab up) (hint: wait for it, or end that process)");
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_EQ(complaint_of([&] { const LabLock second(folder, "down", false, 5s); }), "no error");
}

TEST_F(TheLabLock, IsWaitedFor) {
  const LabFolder folder("quickstart");
  const pid_t holder = holder_of(folder);
  const pid_t killer = ::fork();
  if (killer == 0) {
    ::usleep(200'000);
    ::kill(holder, SIGKILL);
    ::_exit(0);
  }
  EXPECT_EQ(complaint_of([&] { const LabLock second(folder, "down", false, 5s); }), "no error");
  ::waitpid(killer, nullptr, 0);
  ::waitpid(holder, nullptr, 0);
}

TEST_F(TheLabLock, IsAgainstThisProcessToo) {
  const LabFolder folder("quickstart");
  {
    const LabLock first(folder, "up", true, 0s);
    EXPECT_NE(complaint_of([&] { const LabLock second(folder, "up", true, 0s); }), "no error");
  }
  EXPECT_EQ(complaint_of([&] { const LabLock third(folder, "up", true, 0s); }), "no error");
}

TEST_F(TheLabLock, NeedsTheLabWhereItMayNotMakeIt) {
  const LabFolder folder("quickstart");
  {
    const LabLock none(folder, "down", false, 0s);
    EXPECT_FALSE(none.held());
  }
  const LabLock lock(folder, "up", true, 0s);
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms(0700)) << "nobody else reads disks and logs";
}

TEST_F(TheLabLock, OfAFolderThatWasRemovedIsNone) {
  const LabFolder folder("quickstart");
  const LabLock before(folder, "up", true, 0s);
  fs::remove_all(folder.path());
  EXPECT_EQ(complaint_of([&] { const LabLock after(folder, "up", true, 0s); }), "no error")
      << "the folder is another one now";
}

TEST(DerivedUuid, IsStableAndHasTheShapeOfRfc4122) {
  const std::string uuid = derived_uuid("quickstart", "web");
  EXPECT_TRUE(std::regex_match(uuid, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}")))
      << uuid;
  // printf quickstart/web | sha256sum: a guest's UUID must not change with a new version of this program.
  EXPECT_EQ(uuid, "d1681f7b-e6eb-5ce6-ac14-e68a3f2dbbba");
  EXPECT_NE(uuid, derived_uuid("quickstart", "web2"));
  EXPECT_NE(uuid, derived_uuid("quickstart2", "web"));
}

TEST(MacAddress, IsStableAndOfQemusRange) {
  const std::string mac = mac_address("quickstart", "web", "lan");
  EXPECT_TRUE(std::regex_match(mac, std::regex("52:54:00(:[0-9a-f]{2}){3}"))) << mac;
  EXPECT_EQ(mac, "52:54:00:24:bc:3e"); // printf quickstart/web/lan | sha256sum
  EXPECT_EQ(
      (std::set<std::string>{
           mac,
           mac_address("quickstart", "web", "back"),
           mac_address("quickstart", "db", "lan"),
           mac_address("other", "web", "lan")})
          .size(),
      4U);
}

} // namespace
} // namespace migralab
