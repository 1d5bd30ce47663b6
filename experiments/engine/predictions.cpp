// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/predictions.hpp"

#include "metric_list.hpp"
#include "migralab/core/error.hpp"
#include "migralab/models/predictions.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

/// Only these fields of the job statistics: with all of them a large run would not fit into memory.
void keep_what_models_read(MigrationRecord& migration) {
  for (JobSample& sample : migration.samples) {
    std::erase_if(sample.values, [](const auto& field) { return !field.first.starts_with("memory_"); });
  }
  migration.events.clear();
}

/// What the migration's stream can get: the slower of the source's way up and the destination's way down, as measured.
std::optional<BitRate>
measured_goodput(const std::vector<LinkRate>& rates, const MigrationRecord& migration, const Topology& topology) {
  const auto address = attachment_for(topology, host_of(topology, migration.to).networks, Role::migration);
  std::optional<BitRate> slowest;
  for (const LinkRate& rate : rates) {
    const bool up = rate.node == migration.from && rate.direction == LinkRate::Direction::up;
    const bool down = rate.node == migration.to && rate.direction == LinkRate::Direction::down;
    if (address && rate.network == address->network && (up || down)) {
      slowest = slowest ? std::min(*slowest, rate.measured) : rate.measured;
    }
  }
  if (!slowest) {
    return std::nullopt;
  }
  return goodput_of(*slowest, network_of(topology, address->network).mtu);
}

/// What the hypervisor measured, as the models want it; nothing where its sample shows no writing.
std::vector<DirtyPoint> dirty_curve(const std::vector<DirtyRate>& rates) {
  std::vector<DirtyPoint> points;
  for (const DirtyRate& rate : rates) {
    const Bytes dirtied{rate.per_second.count * static_cast<std::uint64_t>(rate.period.count())};
    if (dirtied.count == 0 || (!points.empty() && dirtied < points.back().dirtied)) {
      return {};
    }
    points.push_back({rate.period, dirtied});
  }
  return points;
}

void add_row(MetricList& list, const std::string& of, const ModelRow& row) {
  const std::string name = fmt::format("{}model.{}.", of, row.name);
  const auto percent = [](const std::optional<double>& share) {
    return share ? std::optional(100 * *share) : std::nullopt;
  };
  const MigrationPrediction& predicted = row.predicted;
  list.add(
      name + "total_time", "s", predicted.total_time ? std::optional(in_seconds(*predicted.total_time)) : std::nullopt);
  list.add(name + "total_time_error", "%", percent(row.error.total_time));
  list.add(
      name + "downtime", "ms", predicted.downtime ? std::optional(in_milliseconds(*predicted.downtime)) : std::nullopt);
  list.add(name + "downtime_error", "%", percent(row.error.downtime));
  list.add(
      name + "moved", "B", predicted.sent ? std::optional(static_cast<double>(predicted.sent->count)) : std::nullopt);
  list.add(name + "moved_error", "%", percent(row.error.sent));
  list.add(name + "fitted_to", "", row.fitted_to == FittedTo::others ? static_cast<double>(row.trials) : 0.0);
}

} // namespace

void Predictions::add(const TrialOutcome& trial) {
  if (trial.plan.warm_up || !trial.succeeded()) {
    return;
  }
  for (const GuestOutcome& guest : trial.guests) {
    if (guest.migration && guest.migration->succeeded) {
      Known known{trial.plan.number, trial.guests.size() == 1, *guest.migration, trial.link_rates, guest.dirty_rates};
      keep_what_models_read(known.migration);
      by_cell_and_guest_[{trial.plan.cell, guest.guest}].push_back(std::move(known));
    }
  }
}

std::vector<Metric> Predictions::metrics_of(unsigned trial, const Cell& cell) const {
  MetricList list;
  for (const auto& [key, known] : by_cell_and_guest_) {
    const auto own = std::find_if(known.begin(), known.end(), [&](const Known& one) { return one.trial == trial; });
    if (key.first != cell.number || own == known.end()) {
      continue;
    }
    std::vector<const MigrationRecord*> all;
    for (const Known& one : known) {
      all.push_back(&one.migration);
    }
    const std::string of = own->only_guest ? "" : key.second + ":";
    const PredictionContext context{
        .options = cell.experiment.migration,
        .goodput = measured_goodput(own->rates, own->migration, cell.topology),
        .dirty_set = std::nullopt,
        .dirty_curve = dirty_curve(own->dirty_rates)};
    try {
      for (const ModelRow& row : predictions_of(own->migration, all, context)) {
        add_row(list, of, row);
      }
    } catch (const Error&) {
      // Statistics that no model can be fitted to (a migration that ended between two samples): no prediction.
    }
  }
  return list.take();
}

} // namespace migralab
