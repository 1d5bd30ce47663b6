// SPDX-License-Identifier: Apache-2.0
#include "observers.hpp"

#include "migralab/core/error.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/substrate/nodes.hpp"
#include "network_bytes.hpp"
#include "reachable_address.hpp"

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

Observers::Observers(const Cell& cell, Interior& /*lab*/, const LabState& /*state*/) : cell_(cell) {
  counters_ = start_counter_sampler(sampling_interval, [] { join_network_of(switch_node); });
  start_probes(cell.experiment, cell.topology);
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
    if (experiment.http) {
      target.port = http_port;
      target.rate = experiment.http->rate;
      target.path = experiment.http->path;
      probes_.push_back({route.guest, start_http_probe(target)});
    }
  }
}

void Observers::look_at_bridges(const std::string& when) {
  static_cast<void>(when);
}

void Observers::stop_into(TrialOutcome& trial) {
  for (const GuestProbe& probe : probes_) {
    for (GuestOutcome& guest : trial.guests) {
      if (guest.guest == probe.guest) {
        stop_one(trial, [&] { guest.traces.push_back(probe.probe->stop()); });
      }
    }
  }
  for (const auto& workload : workloads_) {
    trial.workloads.push_back(workload->stop());
  }
  stop_one(trial, [&] { trial.counters = counters_->stop(); });
  name_ports(trial.counters, port_names(cell_.topology));
  trial.bridges = std::move(bridges_);
}

} // namespace migralab
