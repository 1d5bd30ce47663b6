// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/scenario.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace migralab::simulation {

namespace {

/// Half of the memory of the types of Amazon EC2 that they are named after, so that hosts can be filled.
struct GuestType {
  double mips;
  double memory_mb;
};
constexpr std::array guest_types{
    GuestType{2500, 870},
    GuestType{2000, 1740},
    GuestType{1000, 1740},
    GuestType{500, 613}};

constexpr double guest_mbit = 100;
constexpr double host_mbit = 1000;
constexpr double host_memory_mb = 4096;
constexpr double g4_core_mips = 1860;
constexpr double g5_core_mips = 2660;
constexpr double fast_host_mbit = 10'000;

[[noreturn]] void refuse(const std::string& what) {
  throw Error("scenario: " + what, ExitStatus::bad_input);
}

} // namespace

Model as_cloudsim() {
  Model model;
  model.first_step_s = 0.1; // guests are acknowledged then, and their work begins
  model.first_sample = 1;
  model.interpolate = true;
  model.nothing_is_off = true;
  model.sizes_bind = false;
  model.whole_mips = true;
  model.whole_span = false;
  model.last_bit_counts = true;
  return model;
}

Scenario published_scenario(Trace trace, std::size_t hosts, const Model& model) {
  Scenario scenario{{}, {}, std::move(trace), model};
  for (std::size_t i = 0; i < hosts; ++i) {
    const bool g4 = i % 2 == 0;
    scenario.hosts.push_back(
        {fmt::format("h{}", i + 1),
         2,
         g4 ? g4_core_mips : g5_core_mips,
         host_memory_mb,
         host_mbit,
         g4 ? hp_proliant_ml110_g4 : hp_proliant_ml110_g5});
  }
  const std::size_t guests = scenario.trace.guests.size();
  const std::size_t of_a_type = (guests + guest_types.size() - 1) / guest_types.size();
  for (std::size_t i = 0; i < guests; ++i) {
    const GuestType& type = guest_types[i / of_a_type];
    scenario.guests.push_back({scenario.trace.guests[i].name, 1, type.mips, type.memory_mb, guest_mbit, std::nullopt});
  }
  return scenario;
}

Scenario provisioned_scenario(Trace trace, std::size_t hosts, const Model& model) {
  Scenario scenario{{}, {}, std::move(trace), model};
  HostSpec host{"", 0, 0, 0, fast_host_mbit, {}};
  for (const TraceGuest& guest : scenario.trace.guests) {
    if (guest.cores == 0 || !(guest.mhz > 0) || !(guest.memory_mb > 0)) {
      refuse(fmt::format(
          "guest '{}' of the trace was given {} cores, {} MHz and {} MB; leave it out, or give it some of each",
          guest.name,
          guest.cores,
          guest.mhz,
          guest.memory_mb));
    }
    const double core_mips = guest.mhz / guest.cores;
    scenario.guests.push_back({guest.name, guest.cores, core_mips, guest.memory_mb, 0, std::nullopt});
    host.cores = std::max(host.cores, 2 * guest.cores);
    host.core_mips = std::max(host.core_mips, core_mips);
    host.memory_mb = std::max(host.memory_mb, 2 * guest.memory_mb);
  }
  host.power = hp_proliant_ml110_g5;
  for (double& watts : host.power.watts) {
    watts *= host.mips() / (2 * g5_core_mips);
  }
  for (std::size_t i = 0; i < hosts; ++i) {
    host.name = fmt::format("h{}", i + 1);
    scenario.hosts.push_back(host);
  }
  return scenario;
}

Scenario lab_scenario(Trace trace, const Model& model) {
  constexpr double mips_of_a_host = 1000; // of which the trace's shares are
  Scenario scenario{{}, {}, std::move(trace), model};
  for (const TraceHost& host : scenario.trace.hosts) {
    scenario.hosts.push_back({host.name, 1, mips_of_a_host, host.memory_mb, host.net_mbit, hp_proliant_ml110_g5});
  }
  for (const TraceGuest& guest : scenario.trace.guests) {
    std::optional<HostIndex> host;
    if (guest.host) {
      host = static_cast<HostIndex>(*guest.host);
    }
    scenario.guests.push_back({guest.name, 1, mips_of_a_host, guest.memory_mb, 0, host});
  }
  return scenario;
}

Scenario scenario_for(Trace trace, std::size_t hosts, const Model& model) {
  if (!trace.hosts.empty()) {
    return lab_scenario(std::move(trace), model);
  }
  const bool sized =
      std::any_of(trace.guests.begin(), trace.guests.end(), [](const TraceGuest& guest) { return guest.cores > 0; });
  return sized ? provisioned_scenario(std::move(trace), hosts, model)
               : published_scenario(std::move(trace), hosts, model);
}

void check(const Scenario& scenario) {
  const Trace& trace = scenario.trace;
  if (scenario.hosts.empty() || scenario.guests.empty()) {
    refuse("it has no hosts or no guests; give at least one of each");
  }
  if (scenario.guests.size() != trace.guests.size()) {
    refuse(fmt::format(
        "it has {} guests, but its trace tells of {}; give every guest of the trace its size",
        scenario.guests.size(),
        trace.guests.size()));
  }
  if (trace.interval.count() <= 0 || trace.cpu.size() != trace.guests.size() * trace.steps) {
    refuse(fmt::format(
        "its trace has {} samples for {} guests and {} steps of {} ns; samples are guests times steps, a step is above "
        "0",
        trace.cpu.size(),
        trace.guests.size(),
        trace.steps,
        trace.interval.count()));
  }
  if (trace.steps <= scenario.model.first_sample) {
    refuse(fmt::format(
        "its trace has {} steps, and the model begins with number {}; take a longer trace",
        trace.steps,
        scenario.model.first_sample));
  }
  const double lost = scenario.model.lost_while_migrating;
  if (!(lost > 0 && lost < 1)) {
    refuse(fmt::format("a migrating guest loses {} of what it gets; take a share above 0 and below 1", lost));
  }
  for (const HostSpec& host : scenario.hosts) {
    if (!(host.mips() > 0 && host.net_mbit > 0)) {
      refuse(fmt::format("host '{}' has no processors or no network; give it some MIPS and Mbit/s", host.name));
    }
  }
  for (const GuestSpec& guest : scenario.guests) {
    if (!(guest.mips() > 0)) {
      refuse(fmt::format("guest '{}' has no processors; give it some MIPS", guest.name));
    }
    if (guest.host && *guest.host >= scenario.hosts.size()) {
      refuse(fmt::format(
          "guest '{}' begins on host number {}, but there are {}", guest.name, *guest.host, scenario.hosts.size()));
    }
  }
}

} // namespace migralab::simulation
