// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/guest_command.hpp"

#include "migralab/core/error.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

const std::vector<Attachment>* networks_of(const Topology& topology, const std::string& node) {
  const std::vector<Attachment>* found = nullptr;
  const auto look = [&](const auto& specs) {
    for (const auto& spec : specs) {
      if (spec.name == node) {
        found = &spec.networks;
      }
    }
  };
  look(topology.storage);
  look(topology.hosts);
  look(topology.clients);
  return found;
}

/// s. A guest of a machine may be emulated twice, and answers late when it is busy.
int answer_limit(const Topology& topology) {
  const bool some_on_machines =
      std::any_of(topology.hosts.begin(), topology.hosts.end(), [](const HostSpec& host) { return is_machine(host); });
  return some_on_machines ? 60 : 10;
}

} // namespace

std::string guest_login(const Topology& topology, const std::string& guest, const std::string& from) {
  const GuestSpec& spec = guest_of(topology, guest);
  if (spec.networks.empty()) {
    throw Error(fmt::format("guest {} is on no network", guest), ExitStatus::bad_input)
        .with_hint(fmt::format("`migralab console {}` reaches it without one", guest));
  }
  const std::vector<Attachment>* theirs = networks_of(topology, from);
  for (const Attachment& own : spec.networks) {
    if (theirs != nullptr && std::any_of(theirs->begin(), theirs->end(), [&](const Attachment& other) {
          return other.network == own.network;
        })) {
      return "root@" + to_string(own.address);
    }
  }
  throw Error(fmt::format("{} is on no network of guest {}", from, guest), ExitStatus::bad_input)
      .with_hint("put both on one network in the topology");
}

Command guest_command(
    const Topology& topology,
    const std::string& from,
    const std::string& program,
    const std::vector<std::string>& arguments) {
  const LabFolder folder(topology.lab);
  Command command{
      .argv =
          {program,
           "-F",
           "/dev/null", // the user's own configuration is for other machines
           "-i",
           folder.key().native(),
           "-o",
           "IdentitiesOnly=yes",
           "-o",
           "BatchMode=yes",
           "-o",
           "StrictHostKeyChecking=accept-new",
           "-o",
           "UserKnownHostsFile=" + folder.known_hosts().native(),
           "-o",
           "GlobalKnownHostsFile=/dev/null",
           "-o",
           fmt::format("ConnectTimeout={}", answer_limit(topology)),
           "-o",
           "LogLevel=ERROR"},
      .inside = {.net = is_remote(topology, from) ? "" : namespaces_of(from).net}};
  if (is_machine(topology, from)) { // it is the machine that is on the guest's networks
    command.argv.insert(command.argv.end(), {"-o", "ProxyCommand=" + proxy_command(way_into(topology, from))});
  }
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return command;
}

} // namespace migralab
