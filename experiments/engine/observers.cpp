// SPDX-License-Identifier: Apache-2.0
#include "observers.hpp"

#include "metric_list.hpp"
#include "migralab/core/error.hpp"
#include "migralab/experiment/runner.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/processor_time.hpp"
#include "migralab/workload/kind.hpp"
#include "migralab/workload/place.hpp"
#include "network_bytes.hpp"
#include "reachable_address.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr auto sampling_interval = std::chrono::milliseconds(50); // of counters and processors: 20/s
constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t echo_port = 7;

/// Of what several observers have to complain about, the first is told.
template <typename Stop> void stop_one(TrialOutcome& trial, Stop stop) {
  try {
    stop();
  } catch (const Error& error) {
    trial.error = trial.error.empty() ? error.what() : trial.error;
  }
}

} // namespace

std::vector<WorkloadSpec> workloads_of(const Experiment& experiment) {
  std::vector<WorkloadSpec> workloads = experiment.workloads;
  for (const GuestRoute& route : experiment.routes) {
    if (experiment.gaps) {
      workloads.push_back(make_workload(gaps_of(route.guest), "gap-detector", route.guest, {}));
    }
  }
  return workloads;
}

Observers::Observers(const Cell& cell, const LabState& state, const std::filesystem::path& guest_programs)
    : cell_(cell), names_(port_names(cell.topology)) {
  std::vector<std::string> hosts;
  for (const HostSpec& host : cell.topology.hosts) {
    if (!is_remote(host)) { // whose processes are not this machine's
      hosts.push_back(host.name);
    }
  }
  packets_ = start_packet_watch([] { join_network_of(switch_node); });
  counters_ = start_counter_sampler(sampling_interval, [] { join_network_of(switch_node); });
  processors_ = start_processor_sampler(sampling_interval, processor_time_of_hosts(state.groups, hosts));
  start_probes(cell.experiment, cell.topology);
  start_workloads(guest_programs);
}

void Observers::start_workloads(const std::filesystem::path& guest_programs) {
  const Experiment& experiment = cell_.experiment;
  const Ipv4Address target =
      experiment.routes.empty()
          ? Ipv4Address{}
          : *reachable_address(cell_.topology, experiment.client, experiment.routes.front().guest);
  for (const WorkloadSpec& spec : workloads_of(experiment)) {
    workloads_.push_back(
        {fmt::format("{} ({} on {})", spec.name, spec.kind, spec.node),
         start_workload(spec, make_place(cell_.topology, spec.node, experiment.client, target, guest_programs))});
  }
}

void Observers::await_workloads(Nanoseconds limit) {
  for (const Workload& workload : workloads_) { // they come at the same time
    wait_until(fmt::format("begin of workload {}", workload.name), limit, std::chrono::milliseconds(20), [&] {
      return workload.running->ready();
    });
  }
  for (const Workload& workload : workloads_) {
    workload.running->go();
  }
}

void Observers::start_probes(const Experiment& experiment, const Topology& topology) {
  for (const GuestRoute& route : experiment.routes) {
    ProbeTarget target;
    target.address =
        reachable_address(topology, experiment.client, route.guest).value(); // check_experiment has seen to it
    target.enter = [client = experiment.client] { join_network_of(client); };
    if (experiment.udp_rate) {
      target.port = echo_port;
      target.rate = *experiment.udp_rate;
      probes_.push_back({route.guest, start_udp_echo_probe(target)});
    }
    if (experiment.push_rate) {
      target.port = echo_port;
      target.rate = *experiment.push_rate;
      probes_.push_back({route.guest, start_udp_push_probe(target)});
    }
    if (experiment.http) {
      target.port = http_port;
      target.rate = experiment.http->rate;
      target.path = experiment.http->path;
      probes_.push_back({route.guest, start_http_probe(target)});
    }
  }
}

std::string Observers::named(const std::string& port) const {
  const auto name = names_.find(port);
  return name == names_.end() ? port : name->second;
}

void Observers::look_at_bridges(const std::string& when) {
  BridgeSnapshot snapshot;
  snapshot.when = when;
  in_network_of(switch_node, [&] {
    snapshot.at = std::chrono::steady_clock::now();
    snapshot.entries = bridge_entries();
  });
  for (BridgeEntry& entry : snapshot.entries) {
    entry.port = named(entry.port);
  }
  bridges_.push_back(std::move(snapshot));
}

void Observers::stop_into(TrialOutcome& trial) {
  for (const GuestProbe& probe : probes_) {
    for (GuestOutcome& guest : trial.guests) {
      if (guest.guest == probe.guest) {
        stop_one(trial, [&] { guest.traces.push_back(probe.probe->stop()); });
      }
    }
  }
  for (const Workload& workload : workloads_) {
    WorkloadTrace trace = workload.running->stop();
    if (!trace.error.empty() && trial.error.empty()) { // what it should have done to the guest, it did not
      trial.error = fmt::format("workload {}: {}", workload.name, trace.error);
    }
    trial.workloads.push_back(std::move(trace));
  }
  stop_one(trial, [&] { trial.counters = counters_->stop(); });
  name_ports(trial.counters, names_);
  stop_one(trial, [&] { trial.processors = processors_->stop(); });
  stop_one(trial, [&] { trial.packets = packets_->stop(); });
  for (PacketSighting& packet : trial.packets) {
    packet.interface = named(packet.interface);
  }
  trial.bridges = std::move(bridges_);
}

} // namespace migralab
