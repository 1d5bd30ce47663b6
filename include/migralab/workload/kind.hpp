// SPDX-License-Identifier: Apache-2.0
// What is known of a kind of workload: its options, what it measures, the programs that it needs. One description for
// the reader of experiment files, their schema, `migralab workload ls` and the tests.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/units.hpp"
#include "migralab/workload/workload.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace migralab {

/// What the text of an option may be. Bounds are included.
struct CountText {
  std::uint64_t least = 1;
  std::uint64_t most = 1;
};
struct AmountText { // "64MiB"
  Bytes least;
  Bytes most;
};
struct ByteRateText { // "8MiB/s", or 0 for no limit
  Bytes most;
};
struct BitRateText {}; // "10Mbit/s", or 0 for no limit
struct FrequencyText { // "20/s"
  double least = 0;
  double most = 0;
};
struct SpanText { // "2s"
  Nanoseconds least{};
  Nanoseconds most{};
  bool whole_seconds = false; // the program knows no others
};
struct PercentText {     // "10%": above 0, up to 100
  bool zero_too = false; // 0% as well
};
struct WordText {
  std::vector<std::string> words;
};
struct PathText {};    // begins with '/', one word
struct AddressText {}; // an IPv4 address, or "guest": the one that the experiment measures

using OptionText = std::variant<
    CountText,
    AmountText,
    ByteRateText,
    BitRateText,
    FrequencyText,
    SpanText,
    PercentText,
    WordText,
    PathText,
    AddressText>;

struct WorkloadOption {
  std::string name;
  std::string fallback; // the default, as it would be written
  OptionText text;
  std::string about;
};

struct WorkloadMetric {
  std::string name;
  std::string unit; // "" for a count
  std::string about;
};

struct ProgramNeed {
  std::string program;
  std::string package; // of Debian; empty: one of our own (topologies/images/guestbox)
};

struct WorkloadKind {
  std::string name;
  std::string about;
  /// Does the next request wait for the answer to the last (closed), or is it sent by plan (open)?
  enum class Loop { open, closed };
  Loop loop = Loop::closed;
  std::vector<WorkloadOption> options;
  std::vector<WorkloadMetric> metrics;
  std::vector<ProgramNeed> programs;
};

[[nodiscard]] std::string to_string(WorkloadKind::Loop loop);

/// Throws Error (exit code 2) that lists the kinds when there is none of this name.
[[nodiscard]] const WorkloadKind& workload_kind(const std::string& name);

/// What is wrong with an option's text, "CAUSE: REMEDY"; empty: nothing.
[[nodiscard]] std::string problem_with(const WorkloadOption& option, const std::string& text);

/// What is wrong with options that are right each by itself ("low is above high: ..."); empty: nothing.
[[nodiscard]] std::string problem_with_all(const WorkloadSpec& spec);

/// A workload from the command line: options as given, defaults filled in. Throws Error (exit code 2) with every
/// mistake at once.
[[nodiscard]] WorkloadSpec make_workload(
    const std::string& name,
    const std::string& kind,
    const std::string& node,
    const std::map<std::string, std::string>& options);

/// How long a guest stood still around a migration, by the trace of a gap-detector in it: the longest gap that the
/// guest's own clock saw between `from` and `to`, plus how far that clock fell behind ours meanwhile (a hypervisor may
/// stop a guest's clock with the guest; what the least delay of the beats after `to` is above that of those before
/// `from` is that, whatever the network did to single ones). Nothing without beats on both sides.
[[nodiscard]] std::optional<Nanoseconds> guest_downtime(const WorkloadTrace& gaps, Instant from, Instant to);

} // namespace migralab
