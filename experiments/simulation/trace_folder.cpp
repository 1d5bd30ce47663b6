// SPDX-License-Identifier: Apache-2.0
#include "trace_folder.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab::simulation {

namespace fs = std::filesystem;

void refuse(const fs::path& file, std::size_t line, const std::string& what) {
  throw Error(fmt::format("{}:{}: {}", file.string(), line, what), ExitStatus::bad_input);
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  if (error) {
    throw Error(
        fmt::format("cannot read folder {}: {}; give one with a file for each guest", folder.string(), error.message()),
        ExitStatus::bad_input);
  }
  std::vector<fs::path> files;
  std::vector<std::string> folders;
  for (const fs::directory_entry& entry : entries) {
    if (entry.path().filename().string().starts_with('.')) {
      continue;
    }
    if (entry.is_directory()) {
      folders.push_back(entry.path().filename().string());
    } else {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty() && !folders.empty()) {
    std::sort(folders.begin(), folders.end());
    throw Error(
        fmt::format(
            "there is no file in {}, but folders; a trace has a file for each guest: give one of them, for example {}",
            folder.string(),
            (folder / folders.front()).string()),
        ExitStatus::bad_input);
  }
  if (files.empty()) {
    throw Error(
        fmt::format("there is no file in {}; a trace has one for each guest", folder.string()), ExitStatus::bad_input);
  }
  return files;
}

std::size_t for_each_line(const fs::path& file, const std::function<void(std::string_view, std::size_t)>& each) {
  const std::string text = read_plain_file(file);
  std::string_view rest = text;
  std::size_t number = 0;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    each(line, ++number);
  }
  return number;
}

} // namespace migralab::simulation
