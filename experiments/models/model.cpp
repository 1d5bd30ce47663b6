// SPDX-License-Identifier: Apache-2.0
#include "migralab/models/model.hpp"

#include "migralab/core/error.hpp"
#include "rounds.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace migralab {
namespace {

using models::seconds;
using models::span_of;

MigrationPrediction run(MigrationModel model, const ModelInputs& inputs) {
  switch (model) {
  case MigrationModel::stop_and_copy:
    return models::stop_and_copy(inputs);
  case MigrationModel::geometric:
    return models::geometric(inputs);
  case MigrationModel::sweep:
    return models::saturating(inputs, true);
  case MigrationModel::uniform_writes:
    return models::saturating(inputs, false);
  case MigrationModel::average:
    return models::average(inputs);
  case MigrationModel::history:
    return models::history(inputs);
  case MigrationModel::curve:
    return models::curve(inputs);
  case MigrationModel::post_copy:
    return models::post_copy(inputs);
  case MigrationModel::hybrid:
    return models::hybrid(inputs);
  }
  throw Error("there is no such model");
}

void check(const ModelInputs& inputs) {
  if (inputs.memory.count == 0) {
    throw Error("there is no memory to move");
  }
  if (inputs.link.bits_per_second == 0) {
    throw Error("the link's rate is 0");
  }
  if (inputs.page_size.count == 0) {
    throw Error("the page size is 0");
  }
  if (inputs.stop.downtime_limit && inputs.stop.threshold) {
    throw Error("the stop rule has a downtime limit and a threshold; it takes one of them");
  }
  const Nanoseconds none(0);
  if (inputs.stop.downtime_limit.value_or(none) < none || inputs.setup < none || inputs.resume < none ||
      inputs.finish < none || inputs.round_trip < none || inputs.fault_handling < none) {
    throw Error("a time is below 0");
  }
}

} // namespace

std::string_view to_string(MigrationModel model) {
  switch (model) {
  case MigrationModel::stop_and_copy:
    return "stop-and-copy";
  case MigrationModel::geometric:
    return "geometric";
  case MigrationModel::sweep:
    return "sweep";
  case MigrationModel::uniform_writes:
    return "uniform-writes";
  case MigrationModel::average:
    return "average";
  case MigrationModel::history:
    return "history";
  case MigrationModel::curve:
    return "curve";
  case MigrationModel::post_copy:
    return "post-copy";
  case MigrationModel::hybrid:
    return "hybrid";
  }
  return "?";
}

std::string_view to_string(Ending ending) {
  switch (ending) {
  case Ending::converged:
    return "converged";
  case Ending::max_rounds:
    return "max rounds";
  case Ending::sent_enough:
    return "sent enough";
  case Ending::does_not_converge:
    return "does not converge";
  }
  return "?";
}

StopRule qemu_stop_rule(Nanoseconds downtime_limit) {
  return {.downtime_limit = downtime_limit, .threshold = {}, .max_rounds = {}, .max_sent = {}};
}

StopRule qemu_stop_rule_within_rounds(Nanoseconds downtime_limit) {
  StopRule rule = qemu_stop_rule(downtime_limit);
  rule.within_rounds = true;
  return rule;
}

StopRule xen_stop_rule(Bytes page_size) {
  return {.downtime_limit = {}, .threshold = Bytes{50 * page_size.count - 1}, .max_rounds = 5, .max_sent = {}};
}

StopRule old_xen_stop_rule(Bytes page_size) {
  return {.downtime_limit = {}, .threshold = Bytes{50 * page_size.count - 1}, .max_rounds = 29, .max_sent = 3.0};
}

MigrationPrediction predict(MigrationModel model, const ModelInputs& inputs) {
  return with_context("model " + std::string(to_string(model)), [&] {
    check(inputs);
    return run(model, inputs);
  });
}

MigrationBounds bounds(const ModelInputs& inputs) {
  return with_context("bounds of a migration", [&] {
    check(inputs);
    const double memory = models::first_round(inputs);
    const double rate = bytes_per_second(inputs.link);
    const double fixed = seconds(inputs.setup) + seconds(inputs.resume) + seconds(inputs.finish);
    std::optional<double> most;
    if (inputs.stop.max_rounds) {
      most = (*inputs.stop.max_rounds + 1.0) * memory;
    }
    if (inputs.stop.max_sent) {
      const double sent = (*inputs.stop.max_sent + 2) * memory;
      most = std::min(most.value_or(sent), sent);
    }
    return MigrationBounds{
        .least_total = span_of(fixed + memory / rate),
        .most_total = most ? std::optional(span_of(fixed + *most / rate)) : std::nullopt,
        .least_downtime = inputs.resume,
        .most_downtime = span_of(seconds(inputs.resume) + memory / rate)};
  });
}

double bytes_per_second(BitRate rate) {
  return static_cast<double>(rate.bits_per_second) / 8;
}

BitRate rate_of_bytes(double bytes_per_second) {
  if (!(bytes_per_second >= 0 && bytes_per_second < 1e18)) {
    throw Error("a rate is " + std::to_string(bytes_per_second) + " bytes per second");
  }
  return {static_cast<std::uint64_t>(std::llround(bytes_per_second * 8))};
}

} // namespace migralab
