// SPDX-License-Identifier: Apache-2.0
#include "guest_shell.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/substrate/nodes.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

namespace migralab {

namespace {

struct Options {
  std::string node;
  std::vector<std::string> command;
  std::string lab;
};

void expect_node(const Topology& topology, const std::string& name) {
  std::vector<std::string> nodes{switch_node};
  const auto add = [&nodes](const auto& specs) {
    for (const auto& spec : specs) {
      nodes.push_back(spec.name);
    }
  };
  add(topology.storage);
  add(topology.hosts);
  add(topology.clients);
  add(topology.guests);
  if (std::find(nodes.begin(), nodes.end(), name) == nodes.end()) {
    throw Error(fmt::format("lab {} has no node '{}'", topology.lab, name), ExitStatus::bad_input)
        .with_hint(suggest(name, nodes, "nodes"));
  }
}

/// What runs on a host is kept to the host's limits. Not in a delegated group: the kernel lets an ordinary user move no
/// process into it from outside, and this one may come from anywhere.
std::vector<std::filesystem::path> groups_of(const OpenLab& lab, const std::string& node) {
  const auto& hosts = lab.topology.hosts;
  const bool is_host = std::any_of(hosts.begin(), hosts.end(), [&](const HostSpec& host) { return host.name == node; });
  const bool delegated = lab.state.keeper.rootless && lab.state.groups.version == ControlGroupVersion::v2;
  return is_host && !delegated ? groups_of_host(lab.state.groups, node) : std::vector<std::filesystem::path>();
}

int exec(const Options& options) {
  const OpenLab lab = open_lab(options.lab);
  if (is_guest(lab.topology, options.node)) {
    return run_in_guest(lab, options.node, options.command);
  }
  expect_node(lab.topology, options.node);
  ::signal(SIGINT, SIG_IGN); // Ctrl-C belongs to the command
  return inside(lab.state.keeper, [&] {
    SystemRunner runner;
    Command command{.argv = options.command, .terminal = true};
    command.pseudo_terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
    if (is_machine(lab.topology, options.node)) {
      command = on_host(lab.topology, options.node, command);
    } else {
      command.folder = std::filesystem::current_path();
      command.inside = namespaces_of(options.node);
      command.groups = groups_of(lab, options.node);
    }
    const CommandResult result = runner.run(command);
    if (result.end == CommandResult::End::not_started) {
      throw Error(result.errors, ExitStatus::bad_input);
    }
    // As a shell reports it.
    return result.end == CommandResult::End::signalled ? 128 + result.status : result.status;
  });
}

} // namespace

void add_exec(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "exec",
      "run a command as a host, storage server or client (with this machine's programs), or in a guest or a machine "
      "of the lab");
  verb->add_option("NODE", options->node, "where")->required();
  verb->add_option("COMMAND", options->command, "after --: the command and its arguments")->required();
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->callback([options, &outcome] { outcome.code = exec(*options); });
}

} // namespace migralab
