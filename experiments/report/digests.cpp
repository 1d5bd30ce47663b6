// SPDX-License-Identifier: Apache-2.0
#include "digests.hpp"

#include "migralab/core/digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <set>

namespace migralab {

namespace {

bool is_there(const std::filesystem::path& path) {
  std::error_code unreadable; // who reads it tells it better
  return std::filesystem::symlink_status(path, unreadable).type() != std::filesystem::file_type::not_found;
}

/// What is wrong with a file that was packed; empty: nothing.
std::string difference(const std::filesystem::path& file, const std::string& digest) {
  if (!is_there(file)) {
    return "is missing, says SHA256SUMS";
  }
  try {
    const bool same = sha256_of_text(read_plain_file(file)) == digest;
    return same ? "" : "is not what it was when it was packed, says SHA256SUMS";
  } catch (const Error&) {
    return "cannot be read as the plain file that it was when it was packed";
  }
}

} // namespace

std::string digests_of_run(const RunFolder& run) {
  Digests digests;
  for (const std::filesystem::path& file : run.files()) {
    digests[file.native()] = sha256_of_text(read_plain_file(run.path() / file));
  }
  return digest_lines(digests);
}

std::vector<std::string> differing_files(const RunFolder& run) {
  std::vector<std::string> found;
  if (!is_there(run.path() / digest_list)) {
    return found;
  }
  Digests digests;
  try {
    digests = parse_digest_lines(read_plain_file(run.path() / digest_list));
  } catch (const Error& error) {
    return {error.what()};
  }
  std::set<std::filesystem::path> gone; // whole trials, each named once
  for (const auto& [name, digest] : digests) {
    const std::filesystem::path folder = std::filesystem::path(name).parent_path();
    if (!folder.empty() && !is_there(run.path() / folder)) {
      if (gone.insert(folder).second) {
        found.push_back(folder.native() + " is missing, says SHA256SUMS");
      }
      continue;
    }
    if (const std::string problem = difference(run.path() / name, digest); !problem.empty()) {
      found.push_back(name + " " + problem);
    }
  }
  for (const std::filesystem::path& file : run.files()) {
    if (!digests.contains(file.native())) {
      found.push_back(file.native() + " came after it was packed: SHA256SUMS does not list it");
    }
  }
  return found;
}

bool lacks_digests(const std::filesystem::path& folder) {
  return is_there(folder / bundle_readme) && !is_there(folder / digest_list);
}

} // namespace migralab
