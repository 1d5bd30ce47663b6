// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/experiment/experiment.hpp"
#include "reachable_address.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

template <typename Specs> std::vector<std::string> names_of(const Specs& specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs) {
    names.push_back(spec.name);
  }
  return names;
}

/// Appends a line when `name` is not among `known`; false then.
bool expect_name(
    std::string& problems,
    const std::string& name,
    const std::vector<std::string>& known,
    const std::string& kind) {
  if (std::find(known.begin(), known.end(), name) != known.end()) {
    return true;
  }
  const std::string which = known.empty() ? fmt::format("it has no {}s", kind) : suggest(name, known, kind + "s");
  problems += fmt::format("\n  the topology has no {} '{}'; {}", kind, name, which);
  return false;
}

void check_disk(std::string& problems, const Experiment& experiment, const GuestSpec& guest, const Topology& topology) {
  const bool local = guest.disk && storage_of(topology, guest.disk->storage).type == StorageSpec::Type::local;
  if (local && !experiment.copy_storage) {
    problems += fmt::format(
        "\n  the disk of guest '{}' is a file on its host (storage '{}' is of type local), so it moves only together "
        "with it: add 'copy_storage: true', or use storage of type iscsi or nfs",
        guest.name,
        guest.disk->storage);
  }
  if (!local && experiment.copy_storage) {
    problems += fmt::format(
        "\n  guest '{}' has no disk to copy: 'copy_storage' is for disks on storage of type local", guest.name);
  }
}

} // namespace

std::optional<Ipv4Address> reachable_address(const Experiment& experiment, const Topology& topology) {
  const GuestSpec& guest = guest_of(topology, experiment.guest);
  for (const ClientSpec& client : topology.clients) {
    for (const Attachment& theirs : client.networks) {
      for (const Attachment& own : guest.networks) {
        if (client.name == experiment.client && own.network == theirs.network) {
          return own.address;
        }
      }
    }
  }
  return std::nullopt;
}

void check_experiment(const Experiment& experiment, const Topology& topology) {
  std::string problems;
  const std::vector<std::string> hosts = names_of(topology.hosts);
  const bool client = expect_name(problems, experiment.client, names_of(topology.clients), "client");
  for (const std::string& host : experiment.route) {
    expect_name(problems, host, hosts, "host");
  }
  if (expect_name(problems, experiment.guest, names_of(topology.guests), "guest")) {
    const GuestSpec& guest = guest_of(topology, experiment.guest);
    if (!experiment.route.empty() && experiment.route.front() == guest.host) {
      problems += fmt::format(
          "\n  the route begins at '{0}', where guest '{1}' starts: leave that stop out", guest.host, guest.name);
    }
    if (experiment.repetitions > 1 && experiment.route.size() > 1 &&
        experiment.route.back() == experiment.route.front()) {
      problems += "\n  with several repetitions the route may not end where it begins";
    }
    if (experiment.repetitions > 1 && experiment.route.size() == 1) {
      problems += "\n  with several repetitions the route must lead away again: name at least two hosts";
    }
    check_disk(problems, experiment, guest, topology);
    if (client && !reachable_address(experiment, topology)) {
      problems += fmt::format(
          "\n  client '{}' shares no network with guest '{}': it could not measure it", experiment.client, guest.name);
    }
    if (experiment.http && !guest.services.contains(Service::http)) {
      problems += fmt::format("\n  guest '{}' has no http service to load: add 'services: [http]'", guest.name);
    }
  }
  if (!problems.empty()) {
    throw Error(
        fmt::format("{} does not fit {}:{}", experiment.file.native(), experiment.topology.native(), problems),
        ExitStatus::bad_input);
  }
}

} // namespace migralab
