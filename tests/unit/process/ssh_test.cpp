// SPDX-License-Identifier: Apache-2.0
#include "migralab/process/ssh.hpp"

#include "migralab/process/command_runner.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

namespace migralab {
namespace {

SshTarget target() {
  return {
      .destination = "root@169.254.77.2",
      .control = "/run/migralab/x1/ssh.sock",
      .options = own_machine_options("/lab/ssh/key", "/lab/ssh/known_hosts.x1"),
      .inside = {.net = "/run/migralab/x1/ns/net"}};
}

bool has(const Command& command, const std::string& word) {
  return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
}

TEST(OverSsh, RunsTheCommandThereAndKeepsWhatBelongsToItHere) {
  const Command command{
      .argv = {"ip", "-batch", "-"},
      .input = "link set lo up\n",
      .inside = {.net = "/another"},
      .groups = {"/sys/fs/cgroup/h1"},
      .timeout = std::chrono::seconds(7)};
  const Command there = over_ssh(target(), command);
  EXPECT_EQ(there.argv.front(), "ssh");
  EXPECT_EQ(there.argv.back(), "ip -batch -");
  EXPECT_EQ(there.argv.at(there.argv.size() - 2), "root@169.254.77.2");
  EXPECT_TRUE(has(there, "-T")) << "no terminal where none is asked for";
  EXPECT_EQ(there.input, command.input);
  EXPECT_EQ(there.timeout, command.timeout);
  EXPECT_EQ(there.inside, target().inside) << "where the way begins";
  EXPECT_TRUE(there.groups.empty()) << "ssh itself is not what the host's limits are for";
}

TEST(OverSsh, PassesFolderAndEnvironment) {
  const Command there =
      over_ssh(target(), {.argv = {"make", "all"}, .environment = {{"CC", "gcc 12"}}, .folder = "/srv/a b"});
  EXPECT_EQ(there.argv.back(), "env '--chdir=/srv/a b' 'CC=gcc 12' make all");
  EXPECT_TRUE(there.environment.empty());
  EXPECT_TRUE(there.folder.empty());
}

/// What sshd does with the last word: a shell reads it.
TEST(OverSsh, WordsArriveAsTheyAre) {
  const std::vector<std::string> words{"printf", "%s\n", "a b", "it's", "$HOME", "`id`", "x;y", "", "\"", "*"};
  const Command there = over_ssh(target(), {.argv = words});
  SystemRunner runner;
  const CommandResult result = runner.run({.argv = {"sh", "-c", there.argv.back()}});
  ASSERT_TRUE(result.ok()) << result.errors;
  EXPECT_EQ(result.output, "a b\nit's\n$HOME\n`id`\nx;y\n\n\"\n*\n");
}

TEST(OverSsh, OfAMachineOfOursNothingOfTheUsersConfigurationCounts) {
  const Command there = over_ssh(target(), {.argv = {"true"}});
  EXPECT_TRUE(has(there, "/dev/null"));
  EXPECT_TRUE(has(there, "StrictHostKeyChecking=yes"));
  EXPECT_TRUE(has(there, "UserKnownHostsFile=/lab/ssh/known_hosts.x1"));
  EXPECT_TRUE(has(there, "IdentitiesOnly=yes"));
}

TEST(SshConnection, IsTheMasterAndForwardsSockets) {
  const Command connection = ssh_connection(target(), {{"/here.sock", "/run/libvirt/libvirt-sock"}});
  EXPECT_EQ(connection.argv.front(), "autossh"); // a connection that breaks is opened again
  EXPECT_TRUE(has(connection, "ControlMaster=auto"));
  EXPECT_TRUE(has(connection, "ControlPath=/run/migralab/x1/ssh.sock"));
  EXPECT_TRUE(has(connection, "/here.sock:/run/libvirt/libvirt-sock"));
  EXPECT_TRUE(has(connection, "-N"));
  EXPECT_EQ(connection.argv.back(), "root@169.254.77.2");
}

TEST(ProxyCommand, LeavesSshsOwnWordsToSsh) {
  const std::string command = proxy_command(target());
  EXPECT_TRUE(command.ends_with(" root@169.254.77.2 -W %h:%p")) << command;
  EXPECT_NE(command.find("ControlPath=/run/migralab/x1/ssh.sock"), std::string::npos);
}

TEST(PutOverSsh, ContentGoesByStandardInput) {
  const Command put = put_over_ssh(target(), "secret", "/etc/a file");
  EXPECT_EQ(put.input, "secret");
  EXPECT_EQ(put.argv.back(), "install -D -m 644 /dev/stdin '/etc/a file'");
}

TEST(OverSsh, ByAnotherUserCommandsRunAsRoot) {
  SshTarget way = target();
  way.by_sudo = true;
  const Command there = over_ssh(way, {.argv = {"echo", "a b"}, .environment = {{"KEY", "v w"}}});
  EXPECT_EQ(there.argv.back().find("sh -c"), 0U) << there.argv.back();
  EXPECT_NE(there.argv.back().find("sudo -n --"), std::string::npos);
  EXPECT_NE(there.argv.back().find("env 'KEY=v w' echo 'a b'"), std::string::npos);
}

TEST(OverSsh, ByRootThereIsNoSudo) {
  SshTarget way = target();
  way.by_sudo = true;
  SystemRunner runner;
  if (runner.run({.argv = {"id", "-u"}}).output != "0\n") {
    GTEST_SKIP() << "only root is root";
  }
  const Command there = over_ssh(way, {.argv = {"printf", "%s", "a b"}});
  const CommandResult result = runner.run({.argv = {"sh", "-c", there.argv.back()}});
  EXPECT_TRUE(result.ok()) << result.errors;
  EXPECT_EQ(result.output, "a b");
}

TEST(OverSsh, WhereNoWayLeadsButTheSharedOneItSaysThatItIsDown) {
  SshTarget way = target();
  way.shared_only = true;
  way.inside = {};
  way.control = "/nonexistent/ssh.sock";
  SystemRunner runner;
  const CommandResult result = runner.run(over_ssh(way, {.argv = {"true"}}));
  EXPECT_EQ(result.status, 255);
  EXPECT_NE(result.errors.find("the ssh connection is down"), std::string::npos) << result.errors;
}

TEST(InOne, EndsWithTheFirstThatFails) {
  SystemRunner runner;
  const CommandResult result =
      runner.run(in_one({{.argv = {"echo", "it's"}}, {.argv = {"false"}}, {.argv = {"echo", "never"}}}));
  EXPECT_EQ(result.output, "it's\n");
  EXPECT_EQ(result.status, 1);
}

TEST(UserMachineOptions, KeepTheUsersConfigurationAndStrictHostKeys) {
  ::unsetenv("MIGRALAB_SSH_CONFIG");
  std::vector<std::string> options = user_machine_options();
  EXPECT_EQ(std::count(options.begin(), options.end(), "-F"), 0);
  EXPECT_EQ(std::count(options.begin(), options.end(), "StrictHostKeyChecking=yes"), 1);
  ::setenv("MIGRALAB_SSH_CONFIG", "/srv/ssh.config", 1);
  options = user_machine_options();
  ::unsetenv("MIGRALAB_SSH_CONFIG");
  EXPECT_EQ(options.at(0), "-F");
  EXPECT_EQ(options.at(1), "/srv/ssh.config");
}

} // namespace
} // namespace migralab
