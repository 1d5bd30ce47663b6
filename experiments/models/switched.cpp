// SPDX-License-Identifier: Apache-2.0
// Migrations that switch the guest over by plan, not when little is left: at once, before, or after some rounds.
#include "rounds.hpp"

#include <algorithm>

namespace migralab::models {
namespace {

/// Post-copy of what `rounds` left.
MigrationPrediction post_copy_of(const ModelInputs& inputs, const Rounds& rounds) {
  const double rate = bytes_per_second(inputs.link);
  const double state = static_cast<double>(inputs.device_state.count);
  const double page = static_cast<double>(inputs.page_size.count);
  const double downtime = state / rate + seconds(inputs.resume);
  const double fault = seconds(inputs.round_trip) + page / rate + seconds(inputs.fault_handling);
  return {
      .ending = rounds.ending,
      .rounds = rounds.rounds,
      .sent = whole_bytes(rounds.sent + state + rounds.left),
      .total_time =
          span_of(seconds(inputs.setup) + rounds.sent / rate + downtime + rounds.left / rate + seconds(inputs.finish)),
      .downtime = span_of(downtime),
      .stall = span_of(static_cast<double>(inputs.network_faults) * fault)};
}

} // namespace

MigrationPrediction stop_and_copy(const ModelInputs& inputs) {
  return pre_copy(inputs, {.left = first_round(inputs)});
}

MigrationPrediction post_copy(const ModelInputs& inputs) {
  return post_copy_of(inputs, {.left = first_round(inputs)});
}

MigrationPrediction hybrid(const ModelInputs& inputs) {
  ModelInputs limited = inputs;
  limited.stop = {.downtime_limit = {}, .threshold = {}, .max_rounds = inputs.pre_copy_rounds, .max_sent = {}};
  const double rate = bytes_per_second(inputs.dirty_rate);
  const double memory = static_cast<double>(inputs.memory.count);
  const Dirtying dirtying{[=](double, double length) { return std::min(memory, rate * length); }};
  return post_copy_of(inputs, follow(limited, first_round(inputs), dirtying));
}

} // namespace migralab::models
