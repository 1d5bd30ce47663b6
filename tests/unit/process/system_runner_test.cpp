// SPDX-License-Identifier: Apache-2.0
// The real runner with real commands.
#include "migralab/process/command_runner.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;
using End = CommandResult::End;

Command shell(const std::string& script) {
  return {.argv = {"sh", "-c", script}};
}

CommandResult run(const Command& command) {
  SystemRunner runner;
  return runner.run(command);
}

/// No child of this process, dead or alive.
bool childless() {
  return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

/// True within five seconds.
bool soon(const std::function<bool()>& done) {
  for (const Deadline deadline(5s); !deadline.passed(); std::this_thread::sleep_for(5ms)) {
    if (done()) {
      return true;
    }
  }
  return false;
}

TEST(SystemRunner, TellsAWatcherEachLineAsItComes) {
  SystemRunner runner;
  std::vector<std::string> lines;
  Command command{.argv = {"sh", "-c", "echo one; echo two >&2; printf 'thr'; sleep 0.2; echo ee"}};
  command.watch = [&](const std::string& line) { lines.push_back(line); };
  EXPECT_TRUE(runner.run(command).ok());
  std::sort(lines.begin(), lines.end()); // the two streams are not ordered between them
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "three", "two"}));
}

TEST(SystemRunner, KeepsExitCodeAndBothStreams) {
  const CommandResult result = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(run({.argv = {"true"}}).ok());
  EXPECT_TRUE(childless());
}

TEST(SystemRunner, TellsASignalFromAnExitCode) {
  const CommandResult killed = run(shell("kill -9 $$"));
  EXPECT_EQ(killed.end, End::signalled);
  EXPECT_EQ(killed.status, 9);
  const CommandResult exited = run(shell("exit 9"));
  EXPECT_EQ(exited.end, End::exited);
  EXPECT_EQ(exited.status, 9);
}

TEST(SystemRunner, KillsTheWholeGroupAtTheTimeLimit) {
  const test::ScratchFolder folder;
  Command command = shell("sleep 1000 & echo $! > grandchild; sleep 1000");
  command.folder = folder.path();
  command.timeout = 300ms;
  const Deadline patience(5s);
  const CommandResult result = run(command);
  EXPECT_FALSE(patience.passed());
  EXPECT_EQ(result.end, End::timed_out);
  const int grandchild = std::stoi(test::read_text(folder.path() / "grandchild"));
  EXPECT_TRUE(soon([&] {
    const std::string stat = test::read_text("/proc/" + std::to_string(grandchild) + "/stat");
    return stat.empty() || stat.find(") Z ") != std::string::npos; // an orphan waits for its new parent to reap it
  }));
  EXPECT_TRUE(childless());
}

TEST(SystemRunner, EndsACommandThatNeverStopsTalking) {
  Command command{.argv = {"yes"}};
  command.timeout = 200ms;
  const Deadline patience(5s);
  EXPECT_EQ(run(command).end, End::timed_out);
  EXPECT_FALSE(patience.passed());
}

TEST(SystemRunner, EndsACommandThatIgnoresSigterm) {
  Command command = shell("trap '' TERM INT HUP; while :; do sleep 0.1; done");
  command.timeout = 200ms;
  EXPECT_EQ(run(command).end, End::timed_out);
}

TEST(SystemRunner, DoesNotWaitForAGrandchildThatKeepsThePipes) {
  const Deadline patience(5s);
  const CommandResult quiet = run(shell("sleep 20 & echo $!"));
  EXPECT_TRUE(quiet.ok());
  ::kill(std::stoi(quiet.output), SIGKILL);
  const CommandResult chatty = run(shell("yes & echo $! >&2"));
  EXPECT_TRUE(chatty.ok());
  ::kill(std::stoi(chatty.errors), SIGKILL);
  EXPECT_FALSE(patience.passed());
}

TEST(SystemRunner, EndsACommandWhenItsOwnerWants) {
  std::vector<std::string> lines;
  Command command = shell("echo begun; sleep 60 & echo $!; wait");
  command.watch = [&](const std::string& line) { lines.push_back(line); };
  command.ended_early = [&] { return lines.size() == 2; };
  const auto began = std::chrono::steady_clock::now();
  const CommandResult result = run(command);
  EXPECT_EQ(result.end, End::stopped);
  EXPECT_FALSE(result.ok());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(soon([&] { return ::kill(std::stoi(lines[1]), 0) != 0; })) << "the rest of its group goes on";
  EXPECT_TRUE(childless());
}

TEST(SystemRunner, HoldsTheInputOfACommandThatLivesByIt) {
  std::vector<std::string> lines;
  Command command = shell("read first; echo $first; cat; echo closed");
  command.input = "hello\n";
  command.holds_input = true;
  command.watch = [&](const std::string& line) { lines.push_back(line); };
  const auto began = std::chrono::steady_clock::now();
  command.ended_early = [&] { return !lines.empty() && std::chrono::steady_clock::now() - began > 300ms; };
  const CommandResult result = run(command);
  EXPECT_EQ(result.end, End::stopped);
  EXPECT_EQ(lines, (std::vector<std::string>{"hello", "closed"})) << "it was told by the end of its input, and obeyed";
}

TEST(SystemRunner, KillsACommandThatDoesNotMindTheEndOfItsInput) {
  Command command = shell("exec sleep 60");
  command.holds_input = true;
  command.grace = 100ms;
  command.ended_early = [] { return true; };
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(run(command).end, End::stopped);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST(SystemRunner, KeepsTheEndOfACommandThatWasFasterThanItsOwner) {
  Command command = shell("exit 3");
  command.holds_input = true;
  command.ended_early = [] { return false; };
  const CommandResult result = run(command);
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.status, 3);
}

TEST(SystemRunner, MovesMegabytesBothWays) {
  std::string big;
  for (int i = 0; big.size() < (3U << 20U); ++i) {
    big += std::to_string(i) + " ";
  }
  const CommandResult echoed = run({.argv = {"cat"}, .input = big});
  EXPECT_TRUE(echoed.ok());
  EXPECT_TRUE(echoed.output == big); // not EXPECT_EQ: it would print them
  const CommandResult both = run({.argv = {"sh", "-c", "tee /dev/stderr"}, .input = big});
  EXPECT_TRUE(both.output == big);
  EXPECT_TRUE(both.errors == big);
}

/// In a process of its own, where SIGPIPE has not been ignored.
TEST(SystemRunner, OutlivesACommandThatDoesNotReadItsInput) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    const std::string big(4U << 20U, 'x');
    const CommandResult unread = run({.argv = {"true"}, .input = big});
    const CommandResult closed = run({.argv = {"sh", "-c", "exec <&-; echo done"}, .input = big});
    sigset_t held;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &held);
    sigset_t pending;
    ::sigpending(&pending);
    const bool restored = ::sigismember(&held, SIGPIPE) == 0 && ::sigismember(&pending, SIGPIPE) == 0;
    ::_exit(unread.ok() && closed.output == "done\n" && restored ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(WIFSIGNALED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SystemRunner, LeavesNoDescriptorToTheCommand) {
  const int leaky = ::open("/dev/null", O_RDONLY); // without O_CLOEXEC on purpose
  ASSERT_GE(leaky, 0);
  // ls itself opens the folder: 3.
  EXPECT_EQ(run({.argv = {"ls", "/proc/self/fd"}}).output, "0\n1\n2\n3\n");
  const test::ScratchFolder folder;
  SystemRunner runner;
  const int daemon = runner.start({.argv = {"ls", "/proc/self/fd"}, .log = folder.path() / "log"});
  EXPECT_TRUE(soon([&] { return runner.ended(daemon).has_value(); }));
  EXPECT_EQ(test::read_text(folder.path() / "log"), "0\n1\n2\n3\n");
  ::close(leaky);
}

TEST(SystemRunner, GivesTheCommandAnOrdinarySignalState) {
  sigset_t usr1;
  ::sigemptyset(&usr1);
  ::sigaddset(&usr1, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const std::string status = run({.argv = {"cat", "/proc/self/status"}}).output;
  EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("SigIgn:\t0000000000000000"), std::string::npos) << status;
  ::signal(SIGPIPE, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
}

TEST(SystemRunner, PassesEnvironmentAndFolder) {
  Command command = shell("echo $COLOUR in $PWD; echo ${HOME:-none}");
  command.environment = {{"COLOUR", "blue"}};
  command.folder = "/usr";
  ::setenv("HOME", "/somewhere", 1);
  EXPECT_EQ(run(command).output, "blue in /usr\n/somewhere\n");
}

TEST(SystemRunner, SaysWhyACommandWasNotStarted) {
  const CommandResult unknown = run({.argv = {"no-such-program-here"}});
  EXPECT_EQ(unknown.end, End::not_started);
  EXPECT_EQ(unknown.errors, "program 'no-such-program-here' not found");
  EXPECT_EQ(run({.argv = {}}).errors, "empty command");
  EXPECT_EQ(
      run({.argv = {"/bin/true"}, .folder = "/no/such/folder"}).errors,
      "cannot start /bin/true in /no/such/folder: No such file or directory");
  EXPECT_EQ(
      run({.argv = {"/bin/true"}, .inside = {.net = "/no/such/net"}}).errors,
      "cannot join namespace /no/such/net: No such file or directory");
  const test::ScratchFolder folder;
  folder.put(
      "broken",
      "\x7f"
      "ELF, not really");
  std::filesystem::permissions(folder.path() / "broken", std::filesystem::perms::owner_all);
  const CommandResult broken = run({.argv = {(folder.path() / "broken").native()}});
  EXPECT_EQ(broken.end, End::not_started);
  EXPECT_EQ(broken.errors, "cannot start " + (folder.path() / "broken").native() + ": Exec format error");
  EXPECT_TRUE(childless());
}

TEST(SystemRunner, RefusesANamespaceThatIsNone) {
  const CommandResult result = run({.argv = {"/bin/true"}, .inside = {.net = "/dev/null"}});
  EXPECT_EQ(result.end, End::not_started);
  EXPECT_EQ(result.errors, "cannot start /bin/true: Invalid argument");
  EXPECT_TRUE(childless());
}

TEST(SystemRunner, RunsInSeveralThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&right, i] {
      for (int turn = 0; turn < 10; ++turn) {
        const std::string word = std::to_string(i * 100 + turn);
        right += run({.argv = {"cat"}, .input = word}).output == word ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 40);
  EXPECT_TRUE(childless());
}

TEST(Daemon, RunsUntilItEnds) {
  const test::ScratchFolder folder;
  folder.put("log", "before\n");
  SystemRunner runner;
  Command command = shell("echo talk; echo complaint >&2; cat; echo $$ $(ps -o sid= -p $$); sleep 0.2; exit 4");
  command.log = folder.path() / "log";
  const int daemon = runner.start(command);
  EXPECT_GT(daemon, 0);
  EXPECT_FALSE(runner.ended(daemon).has_value());
  std::optional<CommandResult> end;
  EXPECT_TRUE(soon([&] { return (end = runner.ended(daemon)).has_value(); }));
  EXPECT_EQ(end->end, End::exited);
  EXPECT_EQ(end->status, 4);
  // Appended; standard input was empty; it leads its own session.
  const std::string pid = std::to_string(daemon);
  EXPECT_EQ(test::read_text(folder.path() / "log"), "before\ntalk\ncomplaint\n" + pid + " " + pid + "\n");
  EXPECT_TRUE(childless());
}

TEST(Daemon, TellsItsSignal) {
  SystemRunner runner;
  const int daemon = runner.start({.argv = {"sleep", "1000"}});
  ::kill(daemon, SIGTERM);
  std::optional<CommandResult> end;
  EXPECT_TRUE(soon([&] { return (end = runner.ended(daemon)).has_value(); }));
  EXPECT_EQ(end->end, End::signalled);
  EXPECT_EQ(end->status, SIGTERM);
  EXPECT_EQ(runner.ended(daemon)->errors, "ended earlier");
}

TEST(Daemon, IsNotStartedWithoutItsProgramOrItsLog) {
  SystemRunner runner;
  EXPECT_THROW(static_cast<void>(runner.start({.argv = {"no-such-program-here"}})), Error);
  EXPECT_THROW(static_cast<void>(runner.start({.argv = {"true"}, .log = "/no/such/folder/log"})), Error);
  EXPECT_TRUE(childless());
}

} // namespace
} // namespace migralab
