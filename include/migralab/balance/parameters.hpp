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
  double watch = 1;                             ///< hosts ask for a round above this, or above `overload` if it is less
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
  // Of policies that draw lots
  unsigned seed = 1;
  // Of `zhao-2009`
  double weight = 0.5; ///< of processors, against the network, in how busy a host is
  // Of `wood-2007`
  unsigned window = 12; ///< samples that a forecast is made from
  bool swaps = true;    ///< where a guest finds no room, it may be exchanged for another
  // Of `choi-2008`; some of them also of those that even hosts out
  double highest = 0.95;    ///< the threshold, at most
  double step = 0.05;       ///< by which it rises and falls
  unsigned memory = 3;      ///< migrations that it is judged by
  unsigned settle = 3;      ///< rounds without a migration before the last one is judged
  double least_gain = 0.01; ///< what a migration must lower the spread by to be worth it
  double spread = 0.1;      ///< of hosts, that is small enough
  unsigned priority = 3;    ///< of `drs`: 1 (most urgent only) to 5

  /// Above this share of any resource a host asks for a round.
  [[nodiscard]] double asks_above() const { return watch < overload ? watch : overload; }
};

/// A parameter as users see it.
struct ParameterInfo {
  std::string name;
  std::string value; ///< the default: "0.9", "6h", "false"
  std::string about;
};

/// Parameters with these names, in this order.
[[nodiscard]] std::vector<ParameterInfo>
describe(const std::vector<std::string>& names, const Parameters& defaults = {});

/// Sets "NAME=VALUE" of those in `names` and checks what belongs together. Shares are written 0.9 or 90%, times 15min.
/// Throws Error (exit code 2) with a line for every mistake: "OPTION NAME=VALUE: why".
[[nodiscard]] Parameters with_values(
    const std::vector<std::string>& settings,
    const std::vector<std::string>& names,
    const std::string& policy,
    const Parameters& defaults = {},
    const std::string& option = "--set");

} // namespace migralab::balance
