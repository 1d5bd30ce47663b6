// SPDX-License-Identifier: Apache-2.0
#include "migralab/models/accuracy.hpp"

#include "migralab/core/error.hpp"
#include "migralab/statistics/summary.hpp"

#include <cmath>

namespace migralab {
namespace {

std::optional<double> relative(std::optional<double> predicted, std::optional<double> measured) {
  if (!predicted || !measured || *measured == 0) {
    return std::nullopt;
  }
  return (*predicted - *measured) / *measured;
}

std::optional<double> number(std::optional<Nanoseconds> span) {
  return span ? std::optional(static_cast<double>(span->count())) : std::nullopt;
}

std::optional<double> number(std::optional<Bytes> amount) {
  return amount ? std::optional(static_cast<double>(amount->count)) : std::nullopt;
}

} // namespace

Measured measured(const MigrationRecord& record) {
  if (!record.succeeded) {
    throw Error("the migration of " + record.guest + " failed: no model predicts it");
  }
  Measured result{.total_time = record.total_time(), .downtime = record.hypervisor_downtime(), .sent = {}};
  const auto sent = record.completed.find("memory_processed");
  if (sent != record.completed.end()) {
    result.sent = Bytes{static_cast<std::uint64_t>(sent->second)};
  }
  return result;
}

ModelError error_of(const MigrationPrediction& predicted, const Measured& measured) {
  return {
      .total_time = relative(number(predicted.total_time), number(std::optional(measured.total_time))),
      .downtime = relative(number(predicted.downtime), number(measured.downtime)),
      .sent = relative(number(predicted.sent), number(measured.sent))};
}

Accuracy accuracy_of(std::span<const double> errors, double confidence) {
  std::vector<double> sizes;
  for (const double error : errors) {
    sizes.push_back(std::abs(error));
  }
  return {
      .n = errors.size(),
      .mean_absolute = mean(sizes),
      .interval = mean_interval(sizes, confidence),
      .bias = mean(errors)};
}

} // namespace migralab
