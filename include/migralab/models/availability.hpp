// SPDX-License-Identifier: Apache-2.0
// How much of the time a service is there when its host fails and is repaired and its guest migrates, with the
// downtimes that were measured. Pure.
#pragma once

#include "migralab/core/clock.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace migralab {

/// All times are means of exponential distributions; only the means matter for the long run of this chain.
struct AvailabilityInputs {
  Nanoseconds time_to_failure{};                        ///< of the host under the guest, which takes the guest down
  Nanoseconds time_to_repair{};                         ///< until the guest runs again, here or elsewhere
  std::optional<Nanoseconds> time_between_migrations{}; ///< from the end of one to the next request; none: it stays
  Nanoseconds migration_time{};                         ///< total, downtime included
  Nanoseconds migration_downtime{};                     ///< of the service: a client's number, not the hypervisor's
  double migration_failure = 0; ///< share of migrations that lose the guest, which is then repaired; from 0 to 1
};

enum class AvailabilityInput {
  time_to_failure,
  time_to_repair,
  time_between_migrations,
  migration_time,
  migration_downtime,
  migration_failure
};
/// "time to failure", ...
[[nodiscard]] std::string_view to_string(AvailabilityInput input);

/// What a change of an input does: the elasticity (x / U) dU/dx of the unavailability U. -1: an input 1 % larger makes
/// the unavailability 1 % smaller. It belongs to U, not to the availability, which is so near 1 that nothing moves it.
struct Sensitivity {
  AvailabilityInput input{};
  double elasticity = 0;
};

struct Availability {
  /// Shares of time: up and staying, up and migrating, down between source and destination, failed. They add up to 1.
  double up = 0;
  double migrating = 0;
  double switching = 0;
  double failed = 0;
  Nanoseconds downtime_per_year{};        ///< of 365.25 days
  std::vector<Sensitivity> sensitivities; ///< largest first; of the inputs that are above 0

  [[nodiscard]] double available() const { return up + migrating; }
  [[nodiscard]] double unavailable() const { return switching + failed; }
};

/// The chain: up -> migrating at 1/time_between_migrations; migrating -> switching at 1/(migration_time -
/// migration_downtime); switching -> up or, with the share migration_failure, failed at 1/migration_downtime; up,
/// migrating and switching -> failed at 1/time_to_failure; failed -> up at 1/time_to_repair.
/// Throws Error for times not above 0 (those of migrations only where there are migrations), for a downtime not below
/// migration_time, and a share outside 0..1.
[[nodiscard]] Availability availability(const AvailabilityInputs& inputs);

} // namespace migralab
