// SPDX-License-Identifier: Apache-2.0
// What a lab could leave behind on the machine, taken down before and after and compared.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace migralab::test {

/// Named sets of lines. Others may use the machine meanwhile, so processes, and the namespaces that they are in, count
/// only if they descend from the test (see adopt_orphans); all else is the machine's own and must not change at all.
class Machine {
public:
  /// `state_home`: files below it count too.
  [[nodiscard]] static Machine now(const std::filesystem::path& state_home);

  /// Empty when both are the same; else a line "KIND: + WHAT" for what came and "KIND: - WHAT" for what went.
  [[nodiscard]] static std::string difference(const Machine& before, const Machine& after);

private:
  std::map<std::string, std::set<std::string>> facts_;
};

/// Waits a moment for processes that are ending, then compares.
[[nodiscard]] std::string what_changed_since(const Machine& before, const std::filesystem::path& state_home);

} // namespace migralab::test
