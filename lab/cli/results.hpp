// SPDX-License-Identifier: Apache-2.0
// Results as the command line names them: a run's folder, or a bundle of one.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <filesystem>

namespace migralab {

/// A bundle is unpacked into a folder that goes with this value.
class Results {
public:
  /// Throws Error (exit code 2) when there is nothing of that name.
  Results(const std::filesystem::path& what, CommandRunner& runner);
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;
  ~Results();

  /// The run's folder.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] bool unpacked() const { return !temporary_.empty(); }

private:
  std::filesystem::path temporary_;
  std::filesystem::path folder_;
};

/// "DIR/NAME" of "DIR/NAME.tar.xz".
[[nodiscard]] std::filesystem::path archive_stem(const std::filesystem::path& archive);

} // namespace migralab
