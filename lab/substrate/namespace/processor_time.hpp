// SPDX-License-Identifier: Apache-2.0
// The two ways to read a host's processor time; see migralab/substrate/processor_time.hpp.
#pragma once

#include "migralab/substrate/processor_time.hpp"

#include <filesystem>
#include <optional>

namespace migralab {

/// From the files of control groups: host -> file. Nothing when the groups do not count.
[[nodiscard]] std::optional<std::map<std::string, std::filesystem::path>>
processor_accounts(const ControlGroups& groups, const std::vector<std::string>& hosts);
[[nodiscard]] ProcessorTimeReader read_accounts(const std::map<std::string, std::filesystem::path>& accounts);

/// By process: host -> its network namespace, a file of nsfs.
[[nodiscard]] ProcessorTimeReader read_processes(const std::map<std::string, std::filesystem::path>& networks);

} // namespace migralab
