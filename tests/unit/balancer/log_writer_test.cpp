// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"

#include "migralab/balancer/trace.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "support/scratch_folder.hpp"

#include <cstdio>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace migralab::balancer {
namespace {

/// Standard output is a file, until the destructor.
class Redirected {
public:
  explicit Redirected(const std::filesystem::path& file) {
    std::fflush(stdout);
    before_ = UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    const UniqueFd opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    EXPECT_GE(::dup2(opened.get(), STDOUT_FILENO), 0);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() { ::dup2(before_.get(), STDOUT_FILENO); }

private:
  UniqueFd before_;
};

class LogWriterTest : public ::testing::Test {
protected:
  LogWriterTest() { static_cast<void>(UniqueFd(::open(file().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600))); }
  [[nodiscard]] std::filesystem::path file() const { return scratch_.path() / "log"; }
  [[nodiscard]] BalanceTrace trace() const {
    BalanceTrace trace;
    TraceReader(file(), "h1").read_into(trace);
    return trace;
  }

  void note(const std::string& text) {
    const Redirected redirected(file());
    log_.note(text);
  }

  test::ScratchFolder scratch_;
  LogWriter log_{"h1"};
};

TEST_F(LogWriterTest, TellsHowManyLinesAFullDiskLost) {
  {
    const Redirected full("/dev/full");
    log_.note("one");
    log_.note("two");
  }
  EXPECT_TRUE(trace().notes.empty());
  note("three");
  const BalanceTrace read = trace();
  ASSERT_EQ(read.notes.size(), 1U);
  EXPECT_EQ(read.notes[0].text, "three");
  EXPECT_EQ(read.lost.at("h1").lines, 2U);
  EXPECT_EQ(read.lost.at("h1").why, "No space left on device");
  try {
    expect_whole(read, "/tmp/lab");
    ADD_FAILURE() << "a trace that is not whole passes for one";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "h1 could not write down all that happened, 2 or more lines are lost: No space left on device; samples, "
        "decisions and moves are not complete");
    EXPECT_EQ(error.hint(), "make room on the disk of /tmp/lab, and run it again");
  }
  EXPECT_EQ(log_.finish(), 0);
}

TEST_F(LogWriterTest, ItsExitCodeTellsWhatTheDiskCannot) {
  const Redirected full("/dev/full");
  EXPECT_EQ(log_.finish(), 0);
  log_.note("one");
  EXPECT_EQ(log_.finish(), log_incomplete);
}

TEST_F(LogWriterTest, FoldsNotesThatAreAlike) {
  for (int i = 0; i < 5; ++i) {
    note("sample: libvirtd does not answer");
  }
  note("something else");
  ASSERT_EQ(trace().notes.size(), 3U);
  EXPECT_EQ(trace().notes[1].text, "sample: libvirtd does not answer (4 more times)");
  EXPECT_NO_THROW(expect_whole(trace(), "/tmp/lab"));
}

} // namespace
} // namespace migralab::balancer
