// SPDX-License-Identifier: Apache-2.0
// Predicted beside measured. Pure.
#pragma once

#include "migralab/hypervisor/migration.hpp"
#include "migralab/models/model.hpp"
#include "migralab/statistics/interval.hpp"

#include <span>

namespace migralab {

/// What a migration really took.
struct Measured {
  Nanoseconds total_time{};
  std::optional<Nanoseconds> downtime; ///< the hypervisor's: models know nothing of networks and clients
  std::optional<Bytes> sent;           ///< memory_processed of the final statistics
};
/// Throws Error for a migration that failed: it took no time to compare with.
[[nodiscard]] Measured measured(const MigrationRecord& record);

/// (predicted - measured) / measured: 0.1 is 10 % too much. Absent where one of them is, or the measured is 0.
struct ModelError {
  std::optional<double> total_time;
  std::optional<double> downtime;
  std::optional<double> sent;
};
[[nodiscard]] ModelError error_of(const MigrationPrediction& predicted, const Measured& measured);

/// Over trials: the mean of the errors' absolute values with its interval (Student's), and their mean with signs.
struct Accuracy {
  std::size_t n = 0;
  double mean_absolute = 0;
  IntervalOrRefusal interval;
  double bias = 0; ///< above 0: the model predicts too much
};
/// Throws Error when there are no errors.
[[nodiscard]] Accuracy accuracy_of(std::span<const double> errors, double confidence = 0.95);

} // namespace migralab
