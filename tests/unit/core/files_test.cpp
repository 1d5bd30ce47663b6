// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/files.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
protected:
  [[nodiscard]] fs::path at(const std::string& name) const { return folder_.path() / name; }

  [[nodiscard]] std::ptrdiff_t files_there() const {
    return std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator());
  }

  test::ScratchFolder folder_;
};

template <typename Act> std::string message_of(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(Files, AreWrittenAndReadWhole) {
  std::string content = "first\n\0second\n";
  content += std::string(300'000, 'x');
  write_file(at("file"), content);
  EXPECT_TRUE(read_file(at("file")) == content);
  EXPECT_EQ(files_there(), 1);
  write_file(at("file"), "");
  EXPECT_EQ(read_file(at("file")), "");
  EXPECT_EQ(files_there(), 1);
}

TEST_F(Files, AreReadableByOthersWhateverTheTemporaryFileWas) {
  write_file(at("file"), "x");
  EXPECT_EQ(fs::status(at("file")).permissions(), fs::perms(0644));
}

TEST_F(Files, AreReplacedNotChanged) {
  write_file(at("file"), "old");
  const int reader = ::open(at("file").c_str(), O_RDONLY | O_CLOEXEC);
  write_file(at("file"), "new and longer");
  std::string seen(20, '\0');
  seen.resize(static_cast<std::size_t>(::read(reader, seen.data(), seen.size())));
  ::close(reader);
  EXPECT_EQ(seen, "old") << "who has the file open sees the old content, whole";
  EXPECT_EQ(read_file(at("file")), "new and longer");
}

TEST_F(Files, WhatIsNoPlainFileIsWrittenToAndNotReplaced) {
  write_file(at("target"), "old");
  fs::create_symlink("target", at("link"));
  write_file(at("link"), "new");
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(read_file(at("target")), "new");
  fs::create_symlink("/dev/full", at("full"));
  EXPECT_THROW(write_file(at("full"), "much"), Error);
  EXPECT_TRUE(fs::is_character_file(at("full")));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  const UniqueFd reader(::open(at("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  write_file(at("pipe"), "word");
  char word[5] = {};
  EXPECT_EQ(::read(reader.get(), word, 4), 4);
  EXPECT_STREQ(word, "word");
  EXPECT_TRUE(fs::is_fifo(at("pipe")));
}

TEST_F(Files, AreLeftAloneByAFailure) {
  fs::create_directories(at("folder/inside"));
  EXPECT_EQ(
      message_of([&] { write_file(at("folder"), "x"); }), "cannot write " + at("folder").native() + ": Is a directory");
  EXPECT_EQ(files_there(), 1) << "no temporary file may stay";
  EXPECT_EQ(
      message_of([&] { write_file(at("none/file"), "x"); }),
      "cannot create a file in " + at("none").native() + ": No such file or directory");
}

TEST_F(Files, ThatAreNotThereAreNamed) {
  EXPECT_EQ(
      message_of([&] { static_cast<void>(read_file(at("none"))); }),
      "cannot read " + at("none").native() + ": No such file or directory");
  EXPECT_EQ(
      message_of([&] { static_cast<void>(read_file(folder_.path())); }),
      "cannot read " + folder_.path().native() + ": Is a directory");
}

TEST_F(Files, ReadPlainTakesNothingButPlainFiles) {
  folder_.put("file", "x");
  EXPECT_EQ(read_plain_file(at("file")), "x");
  fs::create_symlink("file", at("link"));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  const std::map<std::string, std::string> kinds{
      {"link", "link"}, {"pipe", "pipe"}, {"", "folder"}, {"/dev/zero", "device"}};
  for (const auto& [name, kind] : kinds) {
    const fs::path path = name.empty() ? folder_.path() : folder_.path() / name;
    EXPECT_EQ(
        message_of([&] { static_cast<void>(read_plain_file(path)); }),
        path.native() + " is a " + kind + ": only plain files are read here");
  }
  EXPECT_EQ(
      message_of([&] { static_cast<void>(read_plain_file(at("none"))); }),
      "cannot read " + at("none").native() + ": No such file or directory");
}

TEST_F(Files, LogTailShowsTheLastLines) {
  folder_.put("log", "one\ntwo\nthree\n");
  EXPECT_EQ(log_tail(at("log")), "  one\n  two\n  three");
  EXPECT_EQ(log_tail(at("log"), 2), "  two\n  three");
  EXPECT_EQ(log_tail(at("log"), 1), "  three");
  EXPECT_EQ(log_tail(at("log"), 0), "");
  EXPECT_EQ(log_tail(at("log"), 3), "  one\n  two\n  three");
}

TEST_F(Files, LogTailOfOddLogs) {
  EXPECT_EQ(log_tail(at("none")), "");
  EXPECT_EQ(log_tail(folder_.path()), "") << "a folder is no log";
  folder_.put("empty", "");
  EXPECT_EQ(log_tail(at("empty")), "");
  folder_.put("newlines", "\n\n\n");
  EXPECT_EQ(log_tail(at("newlines")), "");
  folder_.put("unended", "one\ntwo");
  EXPECT_EQ(log_tail(at("unended"), 1), "  two");
  folder_.put("hole", "one\n\nthree\n\n\n");
  EXPECT_EQ(log_tail(at("hole")), "  one\n  \n  three");
  folder_.put("leading", "\none\n");
  EXPECT_EQ(log_tail(at("leading"), 1), "  one");
}

TEST_F(Files, LogTailReadsOnlyTheEndOfALongLog) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += "line " + std::to_string(i) + "\n";
  }
  folder_.put("log", text);
  EXPECT_EQ(log_tail(at("log"), 2), "  line 9998\n  line 9999");
  folder_.put("one line", std::string(100'000, 'y'));
  EXPECT_LE(log_tail(at("one line")).size(), 20'000U);
}

TEST_F(Files, Sha256OfKnownTexts) { // FIPS 180-4 examples
  EXPECT_EQ(sha256_of_text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  folder_.put("abc", "abc");
  EXPECT_EQ(sha256_of_file(at("abc")), sha256_of_text("abc"));
  const std::string million(1'000'000, 'a');
  folder_.put("million", million);
  EXPECT_EQ(sha256_of_file(at("million")), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256_of_text(million), sha256_of_file(at("million")));
}

/// Leaves the environment as it was.
class XdgFolders : public testing::Test {
protected:
  void SetUp() override {
    for (const char* name : {"HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"}) {
      const char* value = std::getenv(name);
      before_.emplace_back(name, value == nullptr ? "" : value);
    }
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) {
      value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
    }
  }

private:
  std::vector<std::pair<std::string, std::string>> before_;
};

TEST_F(XdgFolders, FollowTheSpecification) {
  ::setenv("HOME", "/home/anna", 1);
  ::setenv("XDG_STATE_HOME", "/state", 1);
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(state_home(), "/state/migralab");
  EXPECT_EQ(cache_home(), "/cache/migralab");
  ::unsetenv("XDG_STATE_HOME");
  ::setenv("XDG_CACHE_HOME", "", 1);
  EXPECT_EQ(state_home(), "/home/anna/.local/state/migralab");
  EXPECT_EQ(cache_home(), "/home/anna/.cache/migralab");
  ::setenv("XDG_STATE_HOME", "relative", 1);
  EXPECT_EQ(state_home(), "/home/anna/.local/state/migralab");
}

TEST_F(XdgFolders, AreRefusedWithoutAHome) {
  ::unsetenv("HOME");
  ::unsetenv("XDG_STATE_HOME");
  try {
    static_cast<void>(state_home());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "neither XDG_STATE_HOME nor HOME names a folder");
    EXPECT_EQ(error.hint(), "set HOME to your home folder");
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
  }
}

} // namespace
} // namespace migralab
