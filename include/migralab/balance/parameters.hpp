// SPDX-License-Identifier: Apache-2.0
// Every constant of a policy, by name. The defaults are the published ones (Ferreira and Martins 2013); the switches
// that the publication does not have are off.
#pragma once

#include "migralab/core/clock.hpp"

#include <string>
#include <vector>

namespace migralab::balance {

struct Parameters {
  // Detect (5.1)
  Nanoseconds period = std::chrono::seconds(5); ///< between samples, for whoever takes them
  double mu = 0.6;                              ///< weight of the newest sample
  bool adaptive_mu = false;                     ///< mu follows the errors of the average (Smoother)
  double overload = 0.9;                        ///< a host is overloaded when a resource exceeds this
  // Select (5.2, 6)
  double target = 0.85; ///< what the source must fall to, in every resource
  double alpha = 0.4;   ///< of the volume, in the cost
  double beta = 0.6;    ///< of the image; alpha + beta = 1
  unsigned largest_combination = 20;
  unsigned search_limit = 1U << 21U; ///< steps of the search for a combination, for each host: enough for 20 guests
  // Place (5.3)
  double ceiling = 0.85; ///< what a destination may come to, in every resource
  // Pace
  unsigned inbound = 1; ///< guests that may come to a host at once (6)
  unsigned k = 1;       ///< overloaded in k of the last n rounds
  unsigned n = 1;       ///< at most 64
  unsigned hold = 1;    ///< overloaded in so many rounds running; at most 64
  double min_improvement = 0;
  Nanoseconds cooldown{0}; ///< that a guest stays after a move
  bool adaptive = false;   ///< the cooldown doubles with each move within a day
  Nanoseconds cooldown_limit = std::chrono::hours(6);
  bool advise = false; ///< decide, and only say so
  // Of policy `random`
  unsigned seed = 1;
};

/// A parameter as users see it.
struct ParameterInfo {
  std::string name;
  std::string value; ///< the default: "0.9", "6h", "false"
  std::string about;
};

/// Parameters with these names, in this order.
[[nodiscard]] std::vector<ParameterInfo> describe(const std::vector<std::string>& names);

/// Sets "NAME=VALUE" of those in `names` and checks what belongs together. Shares are written 0.9 or 90%, times 15min.
/// Throws Error (exit code 2) with a line for every mistake: "OPTION NAME=VALUE: why".
[[nodiscard]] Parameters with_values(
    const std::vector<std::string>& settings,
    const std::vector<std::string>& names,
    const std::string& policy,
    const std::string& option = "--set");

} // namespace migralab::balance
