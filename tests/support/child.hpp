// SPDX-License-Identifier: Apache-2.0
// A program that a test starts and watches. Not the product's own runner: a test of the product should not lean on it.
#pragma once

#include "migralab/core/handle.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace migralab::test {

using Seconds = std::chrono::duration<double>;

/// An account that programs are started as.
struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// Nothing when there is no such account.
[[nodiscard]] std::optional<Account> find_account(const std::string& name);

struct Launch {
  std::vector<std::string> argv;                  // argv[0]: a path
  std::map<std::string, std::string> environment; // on top of the test's own; an empty value removes
  std::string input;
  std::filesystem::path folder = "/";
  std::optional<Account> account;        // become this user; nothing: stay who we are
  std::filesystem::path mount_namespace; // join it first
};

/// How a program ended and what it said.
struct Finished {
  int code = -1;  // exit status; -1 when a signal ended it
  int signal = 0; // the signal that ended it
  bool timed_out = false;
  Seconds took{};
  std::string output;
  std::string errors;
};

/// For failure messages.
void PrintTo(const Finished& finished, std::ostream* stream);

/// Owns the process: what still runs at the end of its life is killed.
class Child {
public:
  explicit Child(const Launch& launch);
  Child(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void send(int signal) const;
  /// As a terminal does at Ctrl-C: to every process of its process group.
  void send_to_group(int signal) const;

  /// What it has written to stderr so far.
  [[nodiscard]] std::string errors() const;

  /// To stdout.
  [[nodiscard]] std::string output() const;

  /// Waits until stderr holds `text`. False when the program ended, or time ran out, before it did.
  [[nodiscard]] bool wait_for_text(const std::string& text, Seconds limit);
  /// The same for stdout.
  [[nodiscard]] bool wait_for_output(const std::string& text, Seconds limit);

  /// Waits for its end; kills it when that takes longer than `limit`.
  [[nodiscard]] Finished wait(Seconds limit);

private:
  [[nodiscard]] bool ended();
  [[nodiscard]] bool wait_for(std::string (Child::*said)() const, const std::string& text, Seconds limit);

  pid_t pid_ = -1;
  std::optional<int> status_;
  UniqueFd output_;
  UniqueFd errors_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Starts it and waits for its end.
[[nodiscard]] Finished run(const Launch& launch, Seconds limit);

/// The test program becomes the parent of whatever its children leave behind, so that leftovers can be told from what
/// other users of the machine run.
void adopt_orphans();

/// Living processes that descend from the test program: a line "PID ARGUMENTS" for each.
[[nodiscard]] std::vector<std::string> descendants();

/// Process ids of descendants whose argument list contains `text`.
[[nodiscard]] std::vector<pid_t> descendants_with(const std::string& text);

} // namespace migralab::test
