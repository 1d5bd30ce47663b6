// SPDX-License-Identifier: Apache-2.0
// What trials come to: the numbers that the table, the JSON, trials.csv and the page share. Points into the RunOutcome.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// How long a guest was away, as one observer says.
struct Downtime {
  enum class Kind { // in the order of their rank
    unknown,  // this observer says nothing
    none,     // no outage seen
    measured, // `length`
    never,    // the guest did not come back
  };
  Kind kind = Kind::unknown;
  Nanoseconds length{};

  bool operator==(const Downtime&) const = default;
};

/// "45.2 ms", "none", "never", "-".
[[nodiscard]] std::string to_string(const Downtime& downtime);

/// One probe in one trial.
struct ProbeFacts {
  std::string probe;
  Downtime downtime;
  std::optional<Outage> outage;
  TraceSummary summary;
  std::size_t failed = 0; // requests without a good answer, also none in time and none sent
};

struct TrialFacts {
  const TrialOutcome* outcome = nullptr;
  Downtime hypervisor;
  std::vector<ProbeFacts> probes;                     // in the order of probe_names()
  std::optional<std::uint64_t> iterations;            // "memory_iteration" of the final statistics
  std::optional<Bytes> moved;                         // "data_processed", or else "memory_processed"
  std::vector<std::optional<std::uint64_t>> networks; // bytes, in the order of network_names()
};

/// Of the trials whose migration succeeded; no value where none of them has one. A downtime of "none" ranks below
/// every measured one, "never" above; where the middle falls between two kinds, the worse stands.
struct Medians {
  std::size_t trials = 0;
  std::optional<Nanoseconds> total;
  Downtime hypervisor;
  std::vector<Downtime> probes;
  std::vector<std::optional<double>> failed; // per probe
  std::optional<double> iterations;
  std::optional<Bytes> moved;
  std::vector<std::optional<Bytes>> networks;
};

[[nodiscard]] std::vector<std::string> probe_names(const RunOutcome& run);
[[nodiscard]] std::vector<std::string> network_names(const RunOutcome& run);
[[nodiscard]] std::vector<TrialFacts> facts_of(const RunOutcome& run);
[[nodiscard]] Medians medians_of(const RunOutcome& run);

/// "accelerator: kvm"; for TCG with the warning that no figure of it is a performance figure.
[[nodiscard]] bool is_emulated(const RunOutcome& run);
[[nodiscard]] std::string accelerator_note(const RunOutcome& run);

} // namespace migralab
