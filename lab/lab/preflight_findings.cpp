// SPDX-License-Identifier: Apache-2.0
// What a preflight has found, in words.
#include "migralab/core/error.hpp"
#include "migralab/lab/preflight.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace migralab {

std::string_view to_string(Prerequisite prerequisite) {
  switch (prerequisite) {
  case Prerequisite::hypervisor:
    return "hypervisor";
  case Prerequisite::technique:
    return "technique";
  case Prerequisite::processor:
    return "processor";
  case Prerequisite::memory:
    return "memory";
  case Prerequisite::networks:
    return "networks";
  case Prerequisite::migration_network:
    return "migration network";
  case Prerequisite::storage:
    return "storage";
  }
  return {};
}

void expect_ready(const std::vector<PreflightFinding>& findings) {
  std::vector<PreflightFinding> failed;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(failed), [](const PreflightFinding& finding) {
    return finding.failed();
  });
  if (failed.empty()) {
    return;
  }
  const PreflightFinding& first = failed.front();
  if (failed.size() == 1) {
    throw Error(first.what, first.status).with_hint(first.fix);
  }
  const bool alike = std::all_of(
      failed.begin(), failed.end(), [&](const PreflightFinding& finding) { return finding.status == first.status; });
  std::string text = fmt::format("{} prerequisites are missing, nothing was moved:", failed.size());
  for (const PreflightFinding& finding : failed) {
    text += fmt::format(
        "\n  {} to {}, {}: {}{}",
        finding.guest,
        finding.to,
        to_string(finding.prerequisite),
        finding.what,
        finding.fix.empty() ? "" : fmt::format(" ({})", finding.fix));
  }
  throw Error(text, alike ? first.status : ExitStatus::failed)
      .with_hint("`migralab migrate GUEST HOST --check` shows every prerequisite");
}

} // namespace migralab
