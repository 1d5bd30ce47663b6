// SPDX-License-Identifier: Apache-2.0
// `up` is killed with no chance to clean up, at every stage; `down` does it, and so does the next `up`.
#include "support/lab_test.hpp"

#include <csignal>
#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class Killed : public LabTest {
protected:
  static void expect_down_leaves_nothing(const Cli& cli, const Machine& before) {
    EXPECT_TRUE(succeeded(cli.run({"down"}, Seconds(20))));
    fs::remove(cli.state_home() / "migralab");
    EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
  }
};

TEST_P(Killed, BeforeTheFirstStep) {
  const Cli cli(GetParam());
  const std::string file = cli.quickstart();
  const Machine before = Machine::now(cli.state_home());
  for (const int milliseconds : {0, 10, 20, 30, 40, 60, 80}) {
    SCOPED_TRACE(milliseconds);
    {
      Child up = cli.start({"up", file});
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      up.send(SIGKILL);
      EXPECT_EQ(up.wait(Seconds(5)).signal, SIGKILL);
    }
    expect_down_leaves_nothing(cli, before);
  }
}

TEST_P(Killed, AfterAnyStep) {
  const Cli cli(GetParam());
  const std::string file = cli.quickstart();
  const Machine before = Machine::now(cli.state_home());
  for (const char* step : {"[ 1/", "[ 4/", "[ 7/", "[10/", "[13/", "[15/", "[17/", "[18/"}) {
    SCOPED_TRACE(step);
    {
      Child up = cli.start({"up", file});
      ASSERT_TRUE(up.wait_for_text(step, Seconds(150))) << up.errors();
      up.send(SIGKILL);
      static_cast<void>(up.wait(Seconds(5)));
    }
    expect_down_leaves_nothing(cli, before);
  }
}

TEST_P(Killed, TheNextUpClearsWhatIsLeft) {
  const Cli cli(GetParam());
  const std::string file = cli.small();
  const Machine before = Machine::now(cli.state_home());
  {
    Child up = cli.start({"up", file});
    ASSERT_TRUE(up.wait_for_text("[ 3/", Seconds(60))) << up.errors();
    up.send(SIGKILL);
    static_cast<void>(up.wait(Seconds(5)));
  }
  EXPECT_TRUE(refused(
      cli.run({"inspect", "small"}),
      1,
      {"lab small was never finished: its `up` was killed", "hint: `migralab down small` clears"}));
  EXPECT_NE(cli.run({"ls"}).output.find("unfinished"), std::string::npos);
  const Finished again = cli.run({"up", file}, Seconds(60));
  ASSERT_TRUE(succeeded(again));
  EXPECT_NE(again.errors.find("clearing what an earlier lab small left"), std::string::npos) << again.errors;
  expect_down_leaves_nothing(cli, before);
}

MIGRALAB_BOTH_MODES(Killed);

} // namespace

} // namespace migralab::test
