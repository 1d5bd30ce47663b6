// SPDX-License-Identifier: Apache-2.0
#include "migralab/process/command.hpp"

#include "migralab/core/error.hpp"
#include "migralab/process/command_runner.hpp"
#include "support/fake_runner.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace migralab {
namespace {

const std::vector<std::string>& awkward_words() {
  static const std::vector<std::string> words{
      "",
      "plain",
      "path/with-dashes_and.dots,colons:=%+@",
      "two words",
      "it's",
      "'",
      "\"double\"",
      "$HOME `id` $(id)",
      "back\\slash",
      "semi;colon & pipe | < >",
      "star* ques? [a] {b} ~ # !",
      "tab\tand\nnewline",
      "gr\xc3\xbc\xc3\x9f"};
  return words;
}

TEST(CommandText, IsGolden) {
  std::string text;
  for (const std::string& word : awkward_words()) {
    text += to_string(Command{.argv = {"echo", word}}) + "\n";
  }
  test::expect_golden(test::source_path("tests/unit/process/golden/quoting.txt"), text);
}

TEST(CommandText, MeansTheSameInAShell) {
  Command command{.argv = {"printf", "%s\\0"}};
  std::string wanted;
  for (const std::string& word : awkward_words()) {
    command.argv.push_back(word);
    wanted += word + '\0';
  }
  SystemRunner runner;
  EXPECT_EQ(runner.run({.argv = {"sh", "-c", to_string(command)}}).output, wanted);
}

TEST(CommandEnd, IsDescribed) {
  using End = CommandResult::End;
  EXPECT_EQ(describe_end({.end = End::exited, .status = 2}), "exit 2");
  EXPECT_EQ(describe_end({.end = End::signalled, .status = 9}), "killed by signal 9 (Killed)");
  EXPECT_EQ(describe_end({.end = End::timed_out}), "no end within its time limit");
  EXPECT_EQ(describe_end({.end = End::stopped}), "stopped early");
  EXPECT_EQ(describe_end({}), "not started");
}

std::string failure(const CommandResult& result, ExitStatus status) {
  try {
    check({.argv = {"ip", "link", "add", "a b"}}, result);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), status);
    return error.what();
  }
  return "no error";
}

TEST(Check, NamesTheCommandItsEndAndWhatItSaid) {
  EXPECT_EQ(check({.argv = {"true"}}, test::exited(0, "out")), "out");
  EXPECT_EQ(
      failure(test::exited(2, "ignored", "no such device\n\n"), ExitStatus::failed),
      "ip link add 'a b': exit 2: no such device");
  EXPECT_EQ(failure(test::exited(2, "on stdout\n"), ExitStatus::failed), "ip link add 'a b': exit 2: on stdout");
  EXPECT_EQ(failure(test::exited(1), ExitStatus::failed), "ip link add 'a b': exit 1");
  EXPECT_EQ(failure(test::not_started("program 'ip' not found"), ExitStatus::machine_lacks), "program 'ip' not found");
}

/// Leaves the environment as it was.
class FindProgram : public testing::Test {
protected:
  void SetUp() override {
    const char* path = std::getenv("PATH");
    before_ = path == nullptr ? "" : path;
  }
  void TearDown() override { ::setenv("PATH", before_.c_str(), 1); }

  void put_program(const std::string& name) const {
    folder_.put(name, "#!/bin/sh\n");
    std::filesystem::permissions(folder_.path() / name, std::filesystem::perms::owner_all);
  }
  void set_path(const std::string& path) const { ::setenv("PATH", path.c_str(), 1); }

  test::ScratchFolder folder_;

private:
  std::string before_;
};

TEST_F(FindProgram, LooksInPathInOrder) {
  put_program("first/tool");
  put_program("second/tool");
  put_program("second/other");
  set_path((folder_.path() / "first").native() + ":" + (folder_.path() / "second").native());
  EXPECT_EQ(find_program("tool"), folder_.path() / "first/tool");
  EXPECT_EQ(find_program("other"), folder_.path() / "second/other");
  EXPECT_EQ(find_program("no-such-program-here"), "");
}

TEST_F(FindProgram, LooksInTheSbinFoldersToo) {
  set_path("/nonexistent");
  if (std::filesystem::exists("/usr/sbin/chroot")) {
    EXPECT_EQ(find_program("chroot"), "/usr/sbin/chroot");
  }
  ::unsetenv("PATH");
  EXPECT_NE(find_program("sh"), "");
}

TEST_F(FindProgram, TakesOnlyWhatCanBeRun) {
  folder_.put("bin/tool", "no program");
  std::filesystem::create_directories(folder_.path() / "bin/folder");
  set_path((folder_.path() / "bin").native());
  EXPECT_EQ(find_program("tool"), "");
  EXPECT_EQ(find_program("folder"), "");
  EXPECT_EQ(find_program(""), "");
  set_path(":.:relative"); // never something of the current folder
  EXPECT_EQ(find_program("tool"), "");
}

TEST_F(FindProgram, LeavesAPathAlone) {
  put_program("bin/tool");
  EXPECT_EQ(find_program(folder_.path() / "bin/tool"), folder_.path() / "bin/tool");
  EXPECT_EQ(find_program("/no/such/tool"), "");
}

} // namespace
} // namespace migralab
