// SPDX-License-Identifier: Apache-2.0
// The end of a lab on hosts that outlive it.
#include "at_once.hpp"
#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/ledger.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/plan/plan.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <set>

namespace migralab {

std::string told_of_restarts(const Topology& topology, const LabFolder& folder, CommandRunner& runner) {
  std::map<std::string, std::string> before;
  try {
    before = read_underlay(folder).identities;
  } catch (const std::exception&) {
    return ""; // it was not connected yet
  }
  const std::vector<RemoteNode> nodes = remote_nodes(topology);
  std::vector<std::string> said(nodes.size());
  for_each_at_once(nodes.size(), [&](std::size_t i) {
    try {
      const auto known = before.find(nodes[i].name);
      const bool other = known != before.end() && ask_remote(nodes[i].ssh, runner).identity != known->second;
      said[i] = other ? fmt::format("; {} has restarted meanwhile", nodes[i].name) : "";
    } catch (const Error&) {
      // Whether it has nobody knows.
    }
  });
  return fmt::format("{}", fmt::join(said, ""));
}

namespace {

std::vector<Remnant> remove_lab_from(const RemoteNode& node, const RemoteTraces& lab, CommandRunner& runner) {
  std::vector<Remnant> left;
  const CommandResult result = runner.run(over_ssh(way_to_remote(node.ssh), remove_command(lab)));
  for (const RemoteObject& object : parse_objects(result.output)) {
    left.push_back({node.name, fmt::format("{} {}", object.kind, object.what)});
  }
  if (!result.ok() && left.empty()) {
    constexpr int of_ssh = 255; // itself
    const bool silent = result.end != CommandResult::End::exited || result.status == of_ssh;
    if (interrupted()) {
      left.push_back({node.name, "not known: interrupted"});
      return left;
    }
    left.push_back({node.name, fmt::format("not known, {}{}", silent ? "it does not answer: " : "", said_by(result))});
  }
  return left;
}

/// That something is to be removed need not be on record to be done; that it was removed spares a look.
void note_removal(const LabFolder& folder, const std::string& node, const std::vector<Remnant>& left) {
  try {
    record(
        folder,
        {.time = utc_timestamp(),
         .host = node,
         .act = removal,
         .phase = left.empty() ? LedgerLine::Phase::done : LedgerLine::Phase::failed,
         .detail = left.empty() ? "" : left.front().what});
  } catch (const Error&) {
    // The disk is full, say.
  }
}

} // namespace

RemoteTraces traces_of(const Topology& topology, const std::string& instance, const RemoteNode& node) {
  RemoteTraces traces{.instance = instance};
  for (const MakeLink& link : links_of(topology)) {
    if (link.node == node.name && !link.bridge.empty()) {
      traces.addresses.push_back(fmt::format("{}/{}@{}", to_string(link.address), link.subnet.prefix, link.bridge));
    }
  }
  if (node.host != nullptr) {
    traces.libvirt = node.host->hypervisor == HostSpec::Hypervisor::xen ? "xen:///system" : "qemu:///system";
    for (const GuestSpec& guest : topology.guests) { // wherever it has gone
      traces.guests.push_back(derived_uuid(instance, "guest " + guest.name));
    }
  }
  return traces;
}

std::vector<Remnant> remove_lab(
    const Topology& topology,
    const std::vector<RemoteNode>& nodes,
    const std::string& instance,
    CommandRunner& runner,
    const std::function<void(const RemoteNode&, const std::vector<Remnant>&)>& tell) {
  std::vector<Remnant> all;
  for (const bool serve : {false, true}) { // a server's disks are somebody's as long as guests run
    std::vector<RemoteNode> some;
    std::copy_if(nodes.begin(), nodes.end(), std::back_inserter(some), [serve](const RemoteNode& node) {
      return (node.host == nullptr) == serve;
    });
    std::vector<std::vector<Remnant>> left(some.size());
    for_each_at_once(some.size(), [&](std::size_t i) {
      left[i] = remove_lab_from(some[i], traces_of(topology, instance, some[i]), runner);
      tell(some[i], left[i]);
    });
    for (const std::vector<Remnant>& of_one : left) {
      all.insert(all.end(), of_one.begin(), of_one.end());
    }
  }
  return all;
}

std::vector<Remnant> clear_remote_hosts(const LabFolder& folder, const LabState& state, CommandRunner& runner) {
  const std::vector<LedgerLine> ledger = read_ledger(folder);
  const std::set<std::string> touched = touched_hosts(ledger);
  // Then all were, whatever became of the ledger.
  const bool stood = state.phase == LabState::Phase::up && !state.simulated;
  if (touched.empty() && !stood) {
    return {};
  }
  const Topology topology = deployed_topology(folder, state);
  std::vector<RemoteNode> nodes = remote_nodes(topology);
  std::erase_if(nodes, [&](const RemoteNode& node) {
    const bool done_with = std::any_of(ledger.begin(), ledger.end(), [&](const LedgerLine& line) {
      return line.host == node.name && line.act == removal && line.phase == LedgerLine::Phase::done;
    });
    return !touched.contains(node.name) && (!stood || done_with);
  });
  return remove_lab(topology, nodes, state.uuid, runner, [&](const RemoteNode& node, const std::vector<Remnant>& left) {
    note_removal(folder, node.name, left);
  });
}

} // namespace migralab
