// SPDX-License-Identifier: Apache-2.0
#include "migralab/storage/initiator.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/process/command_runner.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

IscsiSource source() {
  return {.portal = "10.10.0.10", .target = "iqn.2026-11.org.migralab:lab.store", .lun = 3};
}

std::vector<std::string> words_after_program(const Command& command) {
  return {command.argv.begin() + 4, command.argv.end()};
}

TEST(AttachDisk, WordsOfTheUserAreArgumentsAndNoPartOfTheProgram) {
  const Command command = attach_disk_command(source(), "web");
  EXPECT_EQ(
      words_after_program(command),
      (std::vector<std::string>{"web", "iqn.2026-11.org.migralab:lab.store", "10.10.0.10:3260", "3"}));
  EXPECT_EQ(
      command.argv.at(2), attach_disk_command(IscsiSource{.portal = "1.2.3.4", .target = "t"}, "other").argv.at(2));
  EXPECT_EQ(
      words_after_program(attach_disk_command(NfsSource{.server = "10.10.0.10", .path = "/disks/web.img"}, "web")),
      (std::vector<std::string>{"web", "10.10.0.10", "/disks", "web.img"}));
  EXPECT_EQ(
      words_after_program(attach_disk_command(AoeSource{.shelf = 2, .slot = 7}, "web")),
      (std::vector<std::string>{"web", "2", "7"}));
}

TEST(AttachDisk, ASecretIsOnNoCommandLine) {
  const test::ScratchFolder folder;
  const auto file = folder.path() / "secret";
  write_file(file, "twelve-letters-long\n");
  IscsiSource with_chap = source();
  with_chap.chap = ChapLogin{.user = "lab", .secret_file = file};
  const Command command = attach_disk_command(with_chap, "web");
  for (const std::string& word : command.argv) {
    EXPECT_EQ(word.find("twelve-letters-long"), std::string::npos);
  }
  EXPECT_NE(command.input.find("node.session.auth.password = twelve-letters-long\n"), std::string::npos);
  EXPECT_NE(command.input.find("node.session.auth.username = lab\n"), std::string::npos);
}

TEST(AttachDisk, TheProgramsAreShell) {
  SystemRunner runner;
  const std::vector<DiskSource> sources{
      source(), NfsSource{.server = "10.10.0.10", .path = "/disks/web.img"}, AoeSource{}};
  for (const DiskSource& disk : sources) {
    const CommandResult result = runner.run({.argv = {"sh", "-n", "-c", attach_disk_command(disk, "web").argv.at(2)}});
    EXPECT_TRUE(result.ok()) << result.errors;
  }
}

TEST(AttachDisk, OnlyDisksOfServersCanBeAttached) {
  EXPECT_THROW(static_cast<void>(attach_disk_command(FileSource{"/disk"}, "web")), Error);
}

TEST(AttachDisk, EachHostHasTheDiskUnderOneName) {
  EXPECT_EQ(attached_disk("web"), "/dev/migralab/web");
}

} // namespace
} // namespace migralab
