// SPDX-License-Identifier: Apache-2.0
// What a policy decided and why: a record for every host that had to be relieved.
#pragma once

#include "migralab/balance/cluster.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace migralab::balance {

/// By names, so that it outlives the cluster it was decided on.
struct Move {
  std::string guest;
  std::string from;
  std::string to;
  Load demand; ///< in the unit of the hosts' capacities
};

/// What became of a destination for a guest. In the order in which rules are looked at: the first that speaks counts.
enum class Rule {
  source,     ///< the guest is there
  evacuating, ///< it is to be emptied
  inbound,    ///< as many guests as it may take at once are coming
  apart,      ///< a guest is there that this one keeps away from
  together,   ///< guests that this one stays with are elsewhere
  cpu,        ///< it would exceed the ceiling
  mem,
  net,
  no_gain,   ///< its largest share would not be below the source's, by the minimum improvement
  unneeded,  ///< it would do, but was not the first choice: less full, for the published policy
  contended, ///< it would do, another guest of the combination goes there
  taken
};
inline constexpr std::size_t rules = static_cast<std::size_t>(Rule::taken) + 1;
/// "source", "evacuating", ..., "no-gain", ...
[[nodiscard]] std::string_view to_string(Rule rule);

struct DestinationRecord {
  HostIndex host = 0;
  Load after; ///< with the guest, shares
  Rule rule = Rule::taken;
};

enum class Verdict {
  moves,
  unneeded,       ///< it was enough to move others
  too_little,     ///< without it the source would still be above its target
  no_destination, ///< every host was rejected
  paced           ///< `why` says what holds it back
};
/// "moves", "unneeded", "too-little", "no-destination", "paced".
[[nodiscard]] std::string_view to_string(Verdict verdict);

struct GuestRecord {
  GuestIndex guest = 0;
  double volume = 0; ///< may be infinite, as may the cost
  double cost = 0;
  Load source_after; ///< what the source would fall to without it, shares
  Verdict verdict = Verdict::unneeded;
  std::string why;                             ///< of verdict `paced`
  std::vector<DestinationRecord> destinations; ///< the first choices, `listed_destinations` of them, and the taken one
  std::array<std::size_t, rules> others{};     ///< of the next ones, how many each rule rejected
  std::size_t not_looked_at = 0;               ///< hosts beyond `counted_destinations`
};

/// How many destinations a record names, and looks at to count which rule rejected them; one beyond is taken all the
/// same where it is the first that will do.
inline constexpr std::size_t listed_destinations = 16;
inline constexpr std::size_t counted_destinations = 1000;

/// A host before and after the planned moves, shares.
struct Prediction {
  HostIndex host = 0;
  Load before;
  Load after;
};

struct HostRecord {
  enum class Trigger {
    overloaded,
    uneven, ///< hosts differ too much, and this one is above their mean
    evacuating
  };
  enum class Outcome {
    relieved, ///< it will be at or below the target; an evacuating one will be empty
    partly,   ///< some guests leave, and others that would have to cannot; `why` says more
    paced,    ///< `why` says what the host waits for
    no_way    ///< `why` says what is missing
  };
  HostIndex host = 0;
  Trigger trigger = Trigger::overloaded;
  Load load;                  ///< smoothed
  std::vector<Resource> over; ///< those above the limit
  double limit = 1;           ///< that it was over: the policy's, or what the policy has learnt
  double target = 1;          ///< what it must fall to: the policy's, or less for the sake of `min_improvement`
  Outcome outcome = Outcome::no_way;
  std::string why;                 ///< of `relieved`: only where there is more to say
  std::vector<GuestRecord> guests; ///< cheapest first
  std::size_t steps = 0;           ///< of the search for a combination; 0: one guest was enough
  bool searched_all = true;        ///< false: the search came to its limit, what it found need not be the cheapest
  std::vector<Prediction> predictions;
};
[[nodiscard]] std::string_view to_string(HostRecord::Trigger trigger);
[[nodiscard]] std::string_view to_string(HostRecord::Outcome outcome);

struct Decision {
  std::vector<Move> moves;         ///< to be carried out; those of different hosts at the same time
  std::vector<Move> advice;        ///< with parameter `advise`: what would have been moved
  std::vector<HostRecord> records; ///< hottest host first; empty where all is well
};

} // namespace migralab::balance
