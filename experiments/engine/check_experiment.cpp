// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/experiment/experiment.hpp"
#include "misfits.hpp"
#include "reachable_address.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

using Misfits = std::vector<std::string>;

template <typename Specs> std::vector<std::string> names_of(const Specs& specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs) {
    names.push_back(spec.name);
  }
  return names;
}

/// Appends a sentence when `name` is not among `known`, once; false then.
bool expect_name(
    Misfits& misfits,
    const std::string& name,
    const std::vector<std::string>& known,
    const std::string& kind) {
  if (std::find(known.begin(), known.end(), name) != known.end()) {
    return true;
  }
  const std::string which = known.empty() ? fmt::format("it has no {}s", kind) : suggest(name, known, kind + "s");
  std::string misfit = fmt::format("the topology has no {} '{}'; {}", kind, name, which);
  if (std::find(misfits.begin(), misfits.end(), misfit) == misfits.end()) {
    misfits.push_back(std::move(misfit));
  }
  return false;
}

bool has_local_disk(const GuestSpec& guest, const Topology& topology) {
  return guest.disk && storage_of(topology, guest.disk->storage).type == StorageSpec::Type::local;
}

void check_guest(Misfits& misfits, const Experiment& experiment, const GuestRoute& route, const Topology& topology) {
  const GuestSpec& guest = guest_of(topology, route.guest);
  if (experiment.moves && !route.hosts.empty() && route.hosts.front() == guest.host) {
    misfits.push_back(fmt::format(
        "the route begins at '{0}', where guest '{1}' starts: leave that stop out", guest.host, guest.name));
  }
  if (experiment.moves && has_local_disk(guest, topology) && !experiment.migration.copy_storage) {
    misfits.push_back(fmt::format(
        "the disk of guest '{}' is a file on its host (storage '{}' is of type local), so it moves only together "
        "with it: add 'migration: {{copy_storage: true}}', or use storage of type iscsi or nfs",
        guest.name,
        guest.disk->storage));
  }
  if (experiment.http && !guest.services.contains(Service::http)) {
    misfits.push_back(fmt::format("guest '{}' has no http service to load: add 'services: [http]'", guest.name));
  }
}

/// Of all guests together: with several, some may have disks that move and others not.
void check_copying(Misfits& misfits, const Experiment& experiment, const Topology& topology) {
  std::vector<std::string> without;
  for (const GuestRoute& route : experiment.routes) {
    if (has_local_disk(guest_of(topology, route.guest), topology)) {
      return;
    }
    without.push_back("'" + route.guest + "'");
  }
  misfits.push_back(fmt::format(
      "guest {} has no disk to copy: 'copy_storage' is for disks on storage of type local",
      fmt::join(without, " and ")));
}

} // namespace

std::vector<std::string> misfits_of(const Experiment& experiment, const Topology& topology) {
  Misfits misfits;
  const std::vector<std::string> hosts = names_of(topology.hosts);
  const std::vector<std::string> guests = names_of(topology.guests);
  const bool client = expect_name(misfits, experiment.client, names_of(topology.clients), "client");
  bool all_known = true;
  for (const GuestRoute& route : experiment.routes) {
    for (const std::string& host : route.hosts) {
      expect_name(misfits, host, hosts, "host");
    }
    if (!expect_name(misfits, route.guest, guests, "guest")) {
      all_known = false;
      continue;
    }
    check_guest(misfits, experiment, route, topology);
    if (client && !reachable_address(topology, experiment.client, route.guest)) {
      misfits.push_back(fmt::format(
          "client '{}' shares no network with guest '{}': it could not measure it", experiment.client, route.guest));
    }
  }
  if (all_known && experiment.migration.copy_storage) {
    check_copying(misfits, experiment, topology);
  }
  std::vector<std::string> nodes = guests;
  for (const ClientSpec& spec : topology.clients) {
    nodes.push_back(spec.name);
  }
  for (const WorkloadSpec& workload : experiment.workloads) {
    if (std::find(nodes.begin(), nodes.end(), workload.node) == nodes.end()) {
      misfits.push_back(fmt::format(
          "workload '{}' is to run on '{}', which is no guest or client of the topology; {}",
          workload.name,
          workload.node,
          suggest(workload.node, nodes, "guests and clients")));
    }
  }
  return misfits;
}

Error misfit_error(const Experiment& experiment, const std::vector<std::string>& misfits) {
  return Error(
      fmt::format(
          "{} does not fit {}:\n  {}",
          experiment.file.native(),
          experiment.topology.native(),
          fmt::join(misfits, "\n  ")),
      ExitStatus::bad_input);
}

void check_experiment(const Experiment& experiment, const Topology& topology) {
  const std::vector<std::string> misfits = misfits_of(experiment, topology);
  if (!misfits.empty()) {
    throw misfit_error(experiment, misfits);
  }
}

} // namespace migralab
