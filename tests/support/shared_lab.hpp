// SPDX-License-Identifier: Apache-2.0
// The fixture of tests that follow each other in one lab, whose machines take minutes to boot: it comes up before the
// first test of a mode, and the last one takes it down. One suite for each test program.
#pragma once

#include "support/lab_test.hpp"

#include <memory>
#include <utility>

namespace migralab::test {

class SharedLabTest : public LabTest {
protected:
  explicit SharedLabTest(std::string lab) : lab_(std::move(lab)) {}

  /// Brings the lab up. Once for each mode.
  [[nodiscard]] virtual Finished bring_up(const Cli& cli) const = 0;

  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    if (shared_ == nullptr || shared_->mode != GetParam()) {
      shared_.reset();
      shared_ = std::make_unique<Shared>(GetParam());
      shared_->up = bring_up(shared_->cli);
    }
    ASSERT_TRUE(succeeded(shared_->up));
  }
  static void TearDownTestSuite() { shared_.reset(); }

  static const Cli& cli() { return shared_->cli; }

  /// A line of sh on a node or guest: how it ended, and what it printed when it must end well.
  static Finished sh(const std::string& node, const std::string& line) {
    return cli().run({"exec", node, "--", "sh", "-c", line});
  }
  static std::string said(const std::string& node, const std::string& line) {
    const Finished finished = sh(node, line);
    EXPECT_TRUE(succeeded(finished)) << line;
    return finished.output;
  }

  /// Writes so many lines to the guest's disk, one in a second, each to be kept at once; then prints how many there
  /// are, and each failure.
  static Child write_lines(const std::string& guest, int lines) {
    return cli().start(
        {"exec",
         guest,
         "--",
         "sh",
         "-c",
         "rm -f /srv/data; for i in $(seq " + std::to_string(lines) +
             "); do echo $i >>/srv/data; sync || echo failed; sleep 1; done; echo 3 >/proc/sys/vm/drop_caches; "
             "wc -l </srv/data"});
  }

  /// Empty when no host has it.
  [[nodiscard]] std::string host_of(const std::string& guest) const {
    const nlohmann::json seen = cli().inspect(lab_);
    for (const nlohmann::json& one : seen.at("guests")) {
      if (one.at("name") == guest && one.at("host").is_string()) {
        return one.at("host");
      }
    }
    return {};
  }

  /// Of the last test.
  void expect_that_down_leaves_nothing() const {
    EXPECT_TRUE(succeeded(cli().run({"down", lab_})));
    EXPECT_TRUE(succeeded(cli().run({"audit", lab_})));
    std::filesystem::remove(cli().state_home() / "migralab"); // empty: no lab is left
    EXPECT_EQ(what_changed_since(shared_->before, cli().state_home()), "");
  }

private:
  struct Shared {
    explicit Shared(Mode which) : mode(which), cli(which), before(Machine::now(cli.state_home())) {}

    Mode mode;
    Cli cli;
    Machine before;
    Finished up;
  };
  inline static std::unique_ptr<Shared> shared_;

  std::string lab_;
};

} // namespace migralab::test
