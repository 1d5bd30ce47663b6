// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/trace_files.hpp"

#include "migralab/core/error.hpp"
#include "trace_folder.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>

namespace migralab::simulation {

namespace {

namespace fs = std::filesystem;

/// PlanetLab's lines are numbers; a first line of names is that of a table.
bool begins_with_names(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return false; // whoever reads it says what it is
  }
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  std::getline(stream, line);
  return line.find(';') != std::string::npos || line.find("Timestamp") != std::string::npos;
}

bool is_archive(const fs::path& file) {
  constexpr std::array endings{".tar", ".gz", ".xz", ".tgz", ".zip", ".bz2"};
  const std::string name = file.filename().string();
  return std::any_of(endings.begin(), endings.end(), [&](const char* end) { return name.ends_with(end); });
}

Trace read_single(const fs::path& file) {
  if (is_archive(file)) {
    throw Error(fmt::format("{} is an archive, not a trace", file.string()), ExitStatus::bad_input)
        .with_hint("unpack it into a folder, and give that: mkdir trace; tar -xf ARCHIVE -C trace");
  }
  if (!begins_with_names(file)) {
    throw Error(
        fmt::format("{} is a single file, and its first line does not name the columns of Bitbrains", file.string()),
        ExitStatus::bad_input)
        .with_hint("give the folder of a PlanetLab day, which has a file for each guest, or a CSV file of GWA-T-12");
  }
  return read_bitbrains(std::vector{file});
}

} // namespace

KnownTrace read_trace(const fs::path& path) {
  constexpr const char* of_a_lab = "balance_samples.csv";
  std::error_code error;
  if (path.filename() == of_a_lab || fs::exists(path / of_a_lab, error)) {
    return {"lab", read_lab_samples(path.filename() == of_a_lab ? path : path / of_a_lab)};
  }
  if (fs::is_regular_file(path, error)) {
    return {"Bitbrains", read_single(path)};
  }
  const std::vector<fs::path> files = files_of(path);
  if (begins_with_names(files.front())) {
    return {"Bitbrains", read_bitbrains(files)};
  }
  return {"PlanetLab", read_planetlab(files)};
}

} // namespace migralab::simulation
