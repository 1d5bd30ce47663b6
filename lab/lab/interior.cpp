// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/interior.hpp"

#include "at_once.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/hypervisor/host_storage.hpp"
#include "migralab/image/image.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/network_rates.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/topology/load.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace migralab {

namespace {

constexpr auto answer_limit = std::chrono::seconds(4); // of a libvirtd that has been up

} // namespace

Topology deployed_topology(const LabFolder& folder, const LabState& state) {
  // From where it was first read, so that relative paths mean what they meant; whether those files are still there does
  // not matter to a lab that runs.
  const std::string text = read_file(folder.topology());
  Diagnostics diagnostics(folder.topology().native(), text);
  Topology topology = parse_topology(text, state.topology_file, state.lab, diagnostics);
  diagnostics.throw_if_errors();
  topology.instance = state.uuid;
  apply_changes(topology, read_network_record(folder));
  return topology;
}

Interior::Interior(const Topology& topology) : topology_(topology) {
  for (const HostSpec& host : topology.hosts) {
    connections_.try_emplace(host.name);
  }
}

Hypervisor& Interior::hypervisor(const std::string& host) {
  static_cast<void>(host_of(topology_, host)); // a wrong name is an error that lists the right ones
  Connection& known = connections_.at(host);
  const std::lock_guard lock(known.mutex);
  if (!known.hypervisor) {
    known.hypervisor = connect_libvirt(libvirt_of(topology_, host), answer_limit, [] {});
  }
  return *known.hypervisor;
}

Survey Interior::survey() {
  struct Answer {
    std::vector<GuestState> guests;
    std::string problem;
  };
  std::vector<Answer> answers(topology_.hosts.size());
  for_each_at_once(topology_.hosts.size(), [&](std::size_t i) {
    try {
      answers[i].guests = hypervisor(topology_.hosts[i].name).guests();
    } catch (const Error& error) {
      if (error.status() == ExitStatus::interrupted) {
        throw;
      }
      answers[i].problem = error.what();
    }
  });
  Survey survey;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const HostSpec& host = topology_.hosts[i];
    if (!answers[i].problem.empty()) {
      survey.silent[host.name] = answers[i].problem;
    }
    for (GuestState& guest : answers[i].guests) {
      if (!is_of_lab(topology_, guest)) {
        continue; // somebody else's, on a host that is not the lab's alone
      }
      const auto known = survey.guests.find(guest.name);
      if (known == survey.guests.end() || known->second.state.state != "running") {
        const std::string name = guest.name;
        survey.guests[name] = {host.name, std::move(guest)};
      }
    }
  }
  return survey;
}

GuestPlace Interior::find(const std::string& guest) {
  static_cast<void>(guest_of(topology_, guest));
  return place_of(topology_, survey(), guest);
}

GuestPlace place_of(const Topology& topology, const Survey& survey, const std::string& guest) {
  const auto place = survey.guests.find(guest);
  if (place != survey.guests.end()) {
    return place->second;
  }
  if (!survey.silent.empty()) {
    const auto& [host, problem] = *survey.silent.begin();
    throw Error(fmt::format("guest {} may be on {}, which does not answer: {}", guest, host, problem))
        .with_hint(
            fmt::format("its log is in the lab's folder, {}; `migralab down` ends the lab", log_of(topology, host)));
  }
  throw Error(fmt::format("guest {} runs on no host of lab {}", guest, topology.lab))
      .with_hint("it has ended; its console's log is in the lab's folder, which `migralab inspect` names");
}

} // namespace migralab
