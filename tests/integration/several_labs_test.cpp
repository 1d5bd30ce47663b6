// SPDX-License-Identifier: Apache-2.0
// Labs beside each other: of one user under two names, of two users under one name; and two commands on one lab.
#include "support/lab_test.hpp"

#include <csignal>

namespace migralab::test {

namespace {

class SeveralLabs : public LabTest {};

TEST_P(SeveralLabs, OneTopologyUnderTwoNames) {
  const Cli cli(GetParam());
  const Machine before = Machine::now(cli.state_home());
  const std::string file = cli.quickstart();
  Child first = cli.start({"up", file, "--name", "one"});
  Child second = cli.start({"up", file, "--name", "two"});
  ASSERT_TRUE(succeeded(first.wait(Seconds(180))));
  ASSERT_TRUE(succeeded(second.wait(Seconds(180))));
  EXPECT_TRUE(cli.answers("one"));
  EXPECT_TRUE(cli.answers("two"));
  EXPECT_NE(cli.inspect("one").at("guests").at(0).at("uuid"), cli.inspect("two").at("guests").at(0).at("uuid"));
  EXPECT_TRUE(refused(cli.run({"down"}), 2, {"there are 2 labs", "one, two"}));
  EXPECT_TRUE(succeeded(cli.run({"down", "one"})));
  EXPECT_TRUE(cli.answers("two"));
  EXPECT_TRUE(succeeded(cli.run({"down", "--all"})));
  std::filesystem::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(SeveralLabs, TwoCommandsOnOneLabWaitOrTell) {
  const Cli cli(GetParam());
  Child up = cli.start({"up", cli.small()});
  ASSERT_TRUE(up.wait_for_text("[ 1/", Seconds(60))) << up.errors();
  up.send(SIGSTOP);
  const Finished down = cli.run({"down", "small"}, Seconds(20));
  EXPECT_TRUE(refused(down, 1, {"lab small is being worked on by process " + std::to_string(up.pid()), "migralab up"}));
  up.send(SIGCONT);
  EXPECT_TRUE(succeeded(up.wait(Seconds(60))));
  EXPECT_TRUE(succeeded(cli.run({"down", "small"})));
}

MIGRALAB_BOTH_MODES(SeveralLabs);

class TwoUsers : public LabTest {};

TEST_P(TwoUsers, TheSameNameAtOnce) {
  MIGRALAB_SKIP_UNLESS(lacking(Mode::rootless));
  const Cli root(Mode::root);
  const Cli user(Mode::rootless);
  Child roots = root.start({"up", root.quickstart()});
  Child users = user.start({"up", user.quickstart()});
  ASSERT_TRUE(succeeded(roots.wait(Seconds(180))));
  ASSERT_TRUE(succeeded(users.wait(Seconds(180))));
  EXPECT_TRUE(root.answers("quickstart"));
  EXPECT_TRUE(user.answers("quickstart"));
  EXPECT_TRUE(succeeded(root.run({"down"})));
  EXPECT_TRUE(user.answers("quickstart"));
  EXPECT_TRUE(succeeded(user.run({"down"})));
}

INSTANTIATE_TEST_SUITE_P(Labs, TwoUsers, ::testing::Values(Mode::root), ::testing::PrintToStringParamName());

} // namespace

} // namespace migralab::test
