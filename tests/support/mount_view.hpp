// SPDX-License-Identifier: Apache-2.0
// A mount namespace in which the machine looks otherwise: a program is missing or broken, a disk is full. Programs join
// it (Launch::mount_namespace); the machine's own mounts stay as they are. Needs root.
#pragma once

#include "support/child.hpp"

namespace migralab::test {

class MountView {
public:
  struct Mount {
    std::string source;
    std::string target;
    std::string type;    // empty: bind `source`
    std::string options; // of the file system
    bool read_only = false;
  };

  /// Throws std::runtime_error when it cannot be made.
  explicit MountView(const std::vector<Mount>& mounts);
  MountView(const MountView&) = delete;
  MountView& operator=(const MountView&) = delete;
  ~MountView();

  [[nodiscard]] std::filesystem::path mount_namespace() const;

  /// Where a path of the view can be seen from outside.
  [[nodiscard]] std::filesystem::path seen_from_outside(const std::filesystem::path& path) const;

private:
  pid_t holder_ = -1;
};

/// The program cannot be found: wherever PATH and sbin folders lead, the file is not executable.
[[nodiscard]] MountView::Mount without(const std::string& program);

/// The program ends at once with exit code 1.
[[nodiscard]] MountView::Mount broken(const std::string& program);

/// The path of a program, looked for as a root shell does; empty: not there.
[[nodiscard]] std::string program_path(const std::string& name);

} // namespace migralab::test
