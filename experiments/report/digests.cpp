// SPDX-License-Identifier: Apache-2.0
#include "digests.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <sstream>

namespace migralab {

namespace {

/// Made from the run, not part of it.
bool is_made(const std::filesystem::path& relative) {
  const std::string first = relative.begin()->native();
  return first == "report" || first == "SHA256SUMS" || first == "BUNDLE.md";
}

/// Of a trial that was being written when its writer was killed, or a lock.
bool is_unfinished(const std::filesystem::path& relative) {
  return std::any_of(relative.begin(), relative.end(), [](const auto& part) { return part.native().starts_with("."); });
}

} // namespace

std::vector<std::filesystem::path> run_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  try {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::filesystem::path relative = entry.path().lexically_relative(folder);
      if (entry.is_regular_file() && !is_made(relative) && !is_unfinished(relative)) {
        files.push_back(relative);
      }
    }
  } catch (const std::filesystem::filesystem_error& problem) {
    throw Error(fmt::format("cannot list {}: {}", folder.native(), problem.code().message()));
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return files;
}

std::string digest_lines(const std::filesystem::path& folder) {
  std::string lines;
  for (const std::filesystem::path& file : run_files(folder)) {
    lines += fmt::format("{}  {}\n", sha256_of_file(folder / file), file.native());
  }
  return lines;
}

std::vector<std::string> differing_files(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  std::error_code problem;
  if (!std::filesystem::exists(folder / "SHA256SUMS", problem)) {
    return found;
  }
  std::istringstream lines(read_file(folder / "SHA256SUMS"));
  std::set<std::string> listed;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t gap = line.find("  ");
    if (gap == std::string::npos) {
      found.push_back("SHA256SUMS: a line that is none of sha256sum's: " + line);
      continue;
    }
    const std::string name = line.substr(gap + 2);
    listed.insert(name);
    if (!std::filesystem::is_regular_file(folder / name, problem)) {
      found.push_back(name + " is missing, says SHA256SUMS");
    } else if (sha256_of_file(folder / name) != line.substr(0, gap)) {
      found.push_back(name + " is not what it was when it was packed, says SHA256SUMS");
    }
  }
  for (const std::filesystem::path& file : run_files(folder)) {
    if (!listed.contains(file.native())) {
      found.push_back(file.native() + " came after it was packed: SHA256SUMS does not list it");
    }
  }
  return found;
}

} // namespace migralab
