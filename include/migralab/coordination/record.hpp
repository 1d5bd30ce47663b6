// SPDX-License-Identifier: Apache-2.0
// What a coordinator did and why, for its log.
#pragma once

#include "migralab/balance/decision.hpp"
#include "migralab/coordination/report.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace migralab::coordination {

/// A host that a round decides without.
struct LeftOut {
  std::string host;
  std::string why; ///< "no INFO within 1 s"

  bool operator==(const LeftOut&) const = default;
};

/// A guest that nobody moves in this round, because it is not certain where it is.
struct Doubt {
  std::string guest;
  std::string why; ///< "is reported by h1 and h2"

  bool operator==(const Doubt&) const = default;
};

struct RoundDecided {
  std::uint64_t round = 0;
  std::vector<std::string> asked_by; ///< hosts; nobody: the coordinator began it, to empty a host
  Nanoseconds took{};                ///< from the first VM_INFO, or its own beginning
  std::vector<LeftOut> left_out;
  std::vector<Doubt> doubts;
  std::string held_back;      ///< why no order was given, whatever the decision; empty: orders were given
  balance::Cluster cluster;   ///< that was decided on
  balance::Decision decision; ///< its indices are those of `cluster`
};

/// A migration that an earlier life of the coordinator ordered, told by the agent that carries it out.
struct MoveLearned {
  OrderId order;
  balance::Move move;
};

struct MoveEnded {
  enum class End {
    succeeded,
    failed,  ///< the guest is where it was
    refused, ///< the agent did not begin it
    lost,    ///< nobody told, and nobody will: reports will show where the guest is
    dropped  ///< it was not ordered, because the one before it on its host did not succeed
  };
  std::uint64_t round = 0; ///< 0: of an earlier life
  OrderId order;
  balance::Move move;
  End end = End::succeeded;
  std::string why;
};
/// "succeeded", "failed", ...
[[nodiscard]] std::string_view to_string(MoveEnded::End end);

/// All moves of the round have ended, or there were none.
struct RoundEnded {
  std::uint64_t round = 0;
};

/// A host that was to be emptied is: its guests were seen elsewhere. Once in each life of the coordinator, and again
/// when guests had appeared there since.
struct HostEmptied {
  std::string host;

  bool operator==(const HostEmptied&) const = default;
};

using Record = std::variant<RoundDecided, MoveLearned, MoveEnded, RoundEnded, HostEmptied>;

} // namespace migralab::coordination
