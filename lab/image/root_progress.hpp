// SPDX-License-Identifier: Apache-2.0
// How far an mmdebstrap is, by what it and apt say. Private to this room.
#pragma once

#include <optional>
#include <string>

namespace migralab {

/// Fed with each line of `mmdebstrap --verbose`. It installs twice: the packages that every system has, then ours; each
/// time apt says how many, and then one line for each package that it fetches, unpacks and sets up.
class RootProgress {
public:
  /// True when the line was about a package: detail() and done() are new.
  bool feed(const std::string& line);

  [[nodiscard]] const std::string& detail() const { return detail_; } // "unpacking gcc-12"
  [[nodiscard]] double done() const;                                  // 0 to 1

private:
  unsigned round_ = 0;    // 0: before the first, then 1 and 2
  unsigned packages_ = 0; // of this round
  unsigned events_ = 0;   // of this round
  std::string detail_;
};

} // namespace migralab
