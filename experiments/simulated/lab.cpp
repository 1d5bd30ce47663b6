// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulated/lab.hpp"

#include "balancing.hpp"
#include "flight.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/plan/plan.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr auto longest = std::chrono::hours(24); // no migration's time limit is longer

} // namespace

LabState bring_up_simulated(const Topology& topology) {
  const LabFolder folder(topology.lab);
  const LabLock lock(folder, "up", true, std::chrono::seconds(2));
  if (folder.read()) {
    throw Error(fmt::format("there is a lab {} already", topology.lab))
        .with_hint(fmt::format("`migralab down {0}` ends it; `--name OTHER` brings up a second one", topology.lab));
  }
  LabState state;
  state.lab = topology.lab;
  state.created = utc_timestamp();
  state.uuid = derived_uuid(topology.lab, state.created);
  state.phase = LabState::Phase::up;
  state.accelerator = simulated_accelerator;
  state.topology_file = std::filesystem::absolute(topology.file);
  state.simulated.emplace();
  for (const GuestSpec& guest : topology.guests) {
    (*state.simulated)[guest.name] = guest.host;
  }
  try {
    write_file(folder.topology(), topology.text);
    folder.write(state);
  } catch (const Error&) {
    std::error_code ignored;
    std::filesystem::remove_all(folder.path(), ignored);
    throw;
  }
  return state;
}

Survey survey_of(const LabState& state) {
  Survey survey;
  for (const auto& [guest, host] : state.simulated.value()) {
    survey.guests[guest] = {.host = host, .state = {.uuid = derived_uuid(state.uuid, guest), .state = "running"}};
  }
  return survey;
}

std::vector<MigrationRecord> migrate_simulated(
    const Topology& topology,
    LabState& state,
    const std::vector<Move>& moves,
    const MigrationOptions& options) {
  for (const Move& move : moves) {
    static_cast<void>(guest_of(topology, move.guest));
    static_cast<void>(host_of(topology, move.to));
  }
  const Instant now = std::chrono::steady_clock::now();
  simulated::World world(topology, {}, "", now, 1);
  for (const auto& [guest, host] : state.simulated.value()) {
    world.place(guest, host);
  }
  std::vector<MigrationRecord> records(moves.size());
  std::size_t open = moves.size();
  for (std::size_t i = 0; i < moves.size(); ++i) {
    simulated::begin_flight(world, moves[i].guest, moves[i].to, options, [&, i](MigrationRecord record) {
      records[i] = std::move(record);
      --open;
    });
  }
  world.timeline().run_while([&] { return open > 0; }, now + longest);
  state.simulated = world.places();
  return records;
}

balancer::BalanceTrace balance_simulated(
    const Topology& topology,
    LabState& state,
    const balancer::BalanceWish& wish,
    Nanoseconds lasts,
    Instant origin) {
  simulated::World world(topology, {}, "", origin, 1);
  for (const auto& [guest, host] : state.simulated.value()) {
    world.place(guest, host);
  }
  simulated::Balancing balancing(world, wish);
  world.timeline().run_until(origin + lasts);
  balancing.stop();
  world.timeline().run_while([&] { return balancing.flying() > 0; }, world.timeline().now() + longest);
  state.simulated = world.places();
  return balancing.trace();
}

} // namespace migralab
