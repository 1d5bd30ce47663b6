// SPDX-License-Identifier: Apache-2.0
// What a lab does to hosts that outlive it: a line before each act and one after it, on the disk before the act begins.
// `down` goes to every host that was ever meant to be touched, however the one that did it ended.
#pragma once

#include "migralab/lab/lab_state.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace migralab {

struct LedgerLine {
  enum class Phase { intent, done, failed };
  std::string time; // UTC
  std::string host;
  std::string act; // the step's name, "guest web"; or "remove"
  Phase phase = Phase::intent;
  std::string detail = {}; // of a failure
};

/// The act of who takes a lab down.
inline constexpr const char* removal = "remove";

/// ledger.jsonl of the lab's folder.
[[nodiscard]] std::filesystem::path ledger_of(const LabFolder& folder);

/// Throws Error when the line is not on the disk. May be called by several threads and processes.
void record(const LabFolder& folder, const LedgerLine& line);

/// Records the intent, acts, records the result, and throws what the act threw.
void with_record(
    const LabFolder& folder,
    const std::string& host,
    const std::string& act,
    const std::function<void()>& work);

/// All lines that can be read; a torn last one is left out.
[[nodiscard]] std::vector<LedgerLine> read_ledger(const LabFolder& folder);

/// The hosts on which something was to be done, and from which not all has been removed since.
[[nodiscard]] std::set<std::string> touched_hosts(const std::vector<LedgerLine>& ledger);

} // namespace migralab
