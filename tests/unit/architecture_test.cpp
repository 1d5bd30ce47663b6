// SPDX-License-Identifier: Apache-2.0
// The shape of the source tree, read from the files themselves: which room may include which, where third parties may
// be seen, and what every file looks like.
#include "migralab/process/command_runner.hpp"

#include "support/golden.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace migralab {
namespace {

namespace fs = std::filesystem;
using Complaints = std::vector<std::string>;

constexpr std::size_t most_lines = 449;

/// A room may include itself and what stands before it.
constexpr std::array rooms{"core",       "yaml",      "process",    "topology",     "plan",     "hypervisor",
                           "substrate",  "storage",   "image",      "lab",          "measure",  "statistics",
                           "models",     "balance",   "simulation", "coordination", "balancer", "workload",
                           "experiment", "simulated", "report",     "cli"};

/// A third party and the rooms that may see it; the longest beginning that fits an include counts.
struct ThirdParty {
  std::string beginning;
  std::set<std::string> rooms;
};

const std::vector<ThirdParty>& third_parties() {
  static const std::vector<ThirdParty> all{
      {"yaml-cpp/", {"yaml"}},
      {"boost/process", {"process"}},
      {"boost/asio", {"measure"}},
      {"boost/beast", {"measure"}},
      {"boost/locale", {"yaml"}},
      {"boost/math", {"statistics"}},
      {"libvirt/", {"hypervisor"}},
      {"iscsi/", {"storage"}},
      {"nfsc/", {"storage"}},
      {"pugixml.hpp", {"hypervisor"}},
      {"CLI/", {"cli"}},
      {"openssl/", {"core"}},
      {"nlohmann/", {"yaml", "lab", "cli", "image", "balance", "balancer", "experiment", "report"}},
      {"fmt/", {rooms.begin(), rooms.end()}}};
  return all;
}

struct SourceFile {
  std::string path; // from the root of the source tree
  std::string text;
};

bool is_public(const std::string& path) {
  return path.starts_with("include/migralab/");
}

bool is_header(const std::string& path) {
  return path.ends_with(".hpp") || path.ends_with(".h");
}

/// The room that a file is in; nothing outside the rooms.
std::optional<std::string> room_of(const std::string& path) {
  if (path.starts_with("storage/")) {
    return "storage";
  }
  for (const std::string folder : {"include/migralab/", "lab/", "experiments/"}) {
    const std::size_t end = path.find('/', folder.size());
    if (path.starts_with(folder) && end != std::string::npos) {
      const std::string name = path.substr(folder.size(), end - folder.size());
      return folder == "experiments/" && name == "engine" ? "experiment" : name;
    }
  }
  return std::nullopt;
}

std::ptrdiff_t rank_of(const std::string& room) {
  return std::find(rooms.begin(), rooms.end(), room) - rooms.begin();
}

std::string list(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

/// The rule that room `from` breaks by including something of room `to`; empty when it breaks none.
std::string check_order(const std::string& from, const std::string& to) {
  if (rank_of(to) == std::ssize(rooms)) {
    return "there is no room '" + to + "'";
  }
  return rank_of(to) <= rank_of(from) ? ""
                                      : "room '" + from + "' comes before room '" + to + "' and may not include it";
}

bool is_of_the_system(const std::string& header) {
  const auto slash = header.find('/');
  if (slash == std::string::npos) {
    return header.find('.') == std::string::npos || header.ends_with(".h"); // C++, C and POSIX
  }
  const std::set<std::string> folders{"arpa", "linux", "net", "netinet", "sys"};
  return header.ends_with(".h") && folders.contains(header.substr(0, slash));
}

std::string check_angled(const SourceFile& file, const std::string& room, const std::string& header) {
  if (is_public(file.path)) {
    return header.find_first_of("./") == std::string::npos
               ? ""
               : "headers of include/migralab include only the standard library and each other";
  }
  const ThirdParty* found = nullptr;
  for (const ThirdParty& party : third_parties()) {
    if (header.starts_with(party.beginning)) {
      found = &party;
    }
  }
  if (found == nullptr) {
    return is_of_the_system(header) ? "" : "no room may see this third party";
  }
  return found->rooms.contains(room) ? "" : "only these rooms may see it: " + list(found->rooms);
}

/// `paths`: all files, to find the one that a private header is.
std::string check_quoted(
    const SourceFile& file,
    const std::string& room,
    const std::string& header,
    const std::set<std::string>& paths) {
  if (header.starts_with("migralab/")) {
    const std::string path = "include/" + header;
    if (!paths.contains(path)) {
      return "there is no such header";
    }
    return check_order(room, room_of(path).value_or("?"));
  }
  if (is_public(file.path)) {
    return "headers of include/migralab are included by their whole name";
  }
  if (paths.contains(file.path.substr(0, file.path.rfind('/') + 1) + header)) {
    return "";
  }
  if (file.path.starts_with("storage/") && paths.contains("storage/" + header)) { // a room of several folders
    return "";
  }
  if (paths.contains("lab/yaml/" + header)) { // the one room without public headers: it shows yaml-cpp
    return check_order(room, "yaml");
  }
  if (header == "read_workloads.hpp") { // as those of room yaml, which it includes
    return check_order(room, "workload");
  }
  return "a private header is in the folder of those who include it";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

Complaints check_includes(const SourceFile& file, const std::set<std::string>& paths) {
  const auto room = room_of(file.path);
  if (!room) {
    return {file.path + ": is in no room"};
  }
  if (rank_of(*room) == std::ssize(rooms)) {
    return {file.path + ": there is no room '" + *room + "'"};
  }
  Complaints complaints;
  const std::vector<std::string> lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::istringstream words(lines[i]);
    std::string directive;
    std::string name;
    if (!(words >> directive >> name) || directive != "#include" || name.size() < 3) {
      continue;
    }
    const std::string header = name.substr(1, name.size() - 2);
    const std::string broken =
        name.front() == '<' ? check_angled(file, *room, header) : check_quoted(file, *room, header, paths);
    if (!broken.empty()) {
      complaints.push_back(file.path + ":" + std::to_string(i + 1) + ": #include " + name + ": " + broken);
    }
  }
  return complaints;
}

Complaints check_shape(const SourceFile& file) {
  Complaints complaints;
  const std::vector<std::string> lines = lines_of(file.text);
  if (lines.empty() || lines.front() != "// SPDX-License-Identifier: Apache-2.0") {
    complaints.push_back(file.path + ":1: a file starts with its SPDX line");
  }
  if (is_header(file.path) && std::find(lines.begin(), lines.end(), "#pragma once") == lines.end()) {
    complaints.push_back(file.path + ": a header has #pragma once");
  }
  if (lines.size() > most_lines) {
    complaints.push_back(
        file.path + ": has " + std::to_string(lines.size()) + " lines; over " + std::to_string(most_lines) +
        " there is a second noun in it");
  }
  return complaints;
}

Complaints check_folders(const std::string& path) {
  for (const fs::path& part : fs::path(path).parent_path()) {
    if (part == "utils" || part == "common" || part == "manager") {
      return {path + ": a folder '" + part.string() + "' says nothing about what is in it"};
    }
  }
  return {};
}

Complaints check_top_level(const std::set<std::string>& names) {
  const std::set<std::string> wanted{
      "CMakeLists.txt",
      "CMakePresets.json",
      "LICENSE",
      "README.md",
      "docs",
      "experiments",
      "include",
      "lab",
      "storage",
      "tests",
      "topologies"};
  Complaints complaints;
  for (const std::string& name : names) {
    if (!name.starts_with('.') && !wanted.contains(name)) {
      complaints.push_back(name + ": does not belong at the top of the source tree");
    }
  }
  return complaints;
}

bool is_source(const fs::path& path) {
  const std::set<std::string> endings{".cpp", ".hpp", ".h", ".c"};
  return endings.contains(path.extension().string());
}

std::vector<SourceFile> read_sources(const std::vector<std::string>& folders) {
  std::vector<SourceFile> sources;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(test::source_path(folder))) {
      if (entry.is_regular_file() && is_source(entry.path())) {
        sources.push_back(
            {entry.path().lexically_relative(test::source_path("")).generic_string(), test::read_text(entry.path())});
      }
    }
  }
  return sources;
}

std::set<std::string> paths_of(const std::vector<SourceFile>& files) {
  std::set<std::string> paths;
  for (const SourceFile& file : files) {
    paths.insert(file.path);
  }
  return paths;
}

/// What git tracks at the top; in a plain copy, or where git refuses, what lies there beside what builds and runs make.
std::set<std::string> top_level() {
  std::set<std::string> names;
  SystemRunner runner;
  const CommandResult tracked = fs::exists(test::source_path(".git"))
                                    ? runner.run({.argv = {"git", "ls-files"}, .folder = test::source_path("")})
                                    : CommandResult{};
  if (tracked.ok()) {
    for (const std::string& path : lines_of(tracked.output)) {
      names.insert(path.substr(0, path.find('/')));
    }
    return names;
  }
  for (const auto& entry : fs::directory_iterator(test::source_path(""))) {
    names.insert(entry.path().filename().string());
  }
  names.erase("build");
  names.erase("runs");
  return names;
}

void expect_none(const Complaints& complaints) {
  for (const std::string& complaint : complaints) {
    ADD_FAILURE() << complaint;
  }
}

TEST(Architecture, IncludesKeepTheOrderOfTheRooms) {
  const std::vector<SourceFile> sources = read_sources({"include", "lab", "storage", "experiments"});
  EXPECT_GT(sources.size(), 50U);
  for (const SourceFile& file : sources) {
    expect_none(check_includes(file, paths_of(sources)));
  }
}

TEST(Architecture, FilesAreShortAndSayTheirLicence) {
  for (const SourceFile& file : read_sources({"include", "lab", "storage", "experiments", "topologies", "tests"})) {
    expect_none(check_shape(file));
  }
}

TEST(Architecture, FoldersHaveNamesThatSaySomething) {
  for (const SourceFile& file : read_sources({"include", "lab", "storage", "experiments", "topologies", "tests"})) {
    expect_none(check_folders(file.path));
  }
}

TEST(Architecture, TopLevelHoldsNothingElse) {
  const std::set<std::string> names = top_level();
  EXPECT_TRUE(names.contains("CMakeLists.txt"));
  expect_none(check_top_level(names));
}

// The checkers themselves: what they must find, and what they must leave alone.

const std::set<std::string>& some_paths() {
  static const std::set<std::string> paths{
      "include/migralab/core/error.hpp",
      "include/migralab/plan/plan.hpp",
      "include/migralab/lab/up.hpp",
      "lab/lab/executor.hpp",
      "lab/yaml/yaml_reader.hpp"};
  return paths;
}

Complaints includes_of(const std::string& path, const std::string& text) {
  return check_includes({path, text}, some_paths());
}

TEST(ArchitectureChecker, RefusesALaterRoom) {
  EXPECT_EQ(
      includes_of("lab/plan/plan.cpp", "// SPDX\n#include \"migralab/lab/up.hpp\"\n"),
      Complaints{"lab/plan/plan.cpp:2: #include \"migralab/lab/up.hpp\": "
                 "room 'plan' comes before room 'lab' and may not include it"});
  EXPECT_EQ(
      includes_of("include/migralab/core/error.hpp", "#include \"migralab/plan/plan.hpp\"\n"),
      Complaints{"include/migralab/core/error.hpp:1: #include \"migralab/plan/plan.hpp\": "
                 "room 'core' comes before room 'plan' and may not include it"});
  EXPECT_EQ(includes_of("storage/iscsi/tgt.cpp", "#include \"migralab/lab/up.hpp\"\n").size(), 1U);
  EXPECT_EQ(includes_of("lab/core/x.cpp", "#include \"yaml_reader.hpp\"\n").size(), 1U);
}

TEST(ArchitectureChecker, AllowsEarlierRoomsAndItsOwn) {
  EXPECT_EQ(
      includes_of(
          "lab/lab/up.cpp",
          "#include \"executor.hpp\"\n#include \"migralab/core/error.hpp\"\n#include \"migralab/lab/up.hpp\"\n"
          "#include \"yaml_reader.hpp\"\n#include <vector>\n#include <sys/stat.h>\n#include <fmt/format.h>\n"),
      Complaints{});
  EXPECT_EQ(includes_of("experiments/engine/runner.cpp", "#include \"migralab/lab/up.hpp\"\n"), Complaints{});
}

TEST(ArchitectureChecker, RefusesPrivateHeadersOfOthersAndUnknownOnes) {
  EXPECT_EQ(
      includes_of("lab/cli/up.cpp", "#include \"executor.hpp\"\n"),
      Complaints{"lab/cli/up.cpp:1: #include \"executor.hpp\": a private header is in the folder of those who include "
                 "it"});
  EXPECT_EQ(includes_of("lab/cli/up.cpp", "#include \"migralab/core/gone.hpp\"\n").size(), 1U);
  EXPECT_EQ(includes_of("include/migralab/lab/up.hpp", "#include \"executor.hpp\"\n").size(), 1U);
}

TEST(ArchitectureChecker, KeepsThirdPartiesInTheirRooms) {
  EXPECT_EQ(
      includes_of("lab/image/recipe.cpp", "#include <yaml-cpp/yaml.h>\n"),
      Complaints{"lab/image/recipe.cpp:1: #include <yaml-cpp/yaml.h>: only these rooms may see it: yaml"});
  EXPECT_EQ(includes_of("lab/yaml/yaml_reader.cpp", "#include <yaml-cpp/yaml.h>\n"), Complaints{});
  EXPECT_EQ(includes_of("experiments/measure/probe.cpp", "#include <boost/process.hpp>\n").size(), 1U);
  EXPECT_EQ(includes_of("experiments/measure/probe.cpp", "#include <boost/asio.hpp>\n"), Complaints{});
  EXPECT_EQ(
      includes_of("lab/lab/up.cpp", "#include <boost/any.hpp>\n"),
      Complaints{"lab/lab/up.cpp:1: #include <boost/any.hpp>: no room may see this third party"});
  EXPECT_EQ(
      includes_of("include/migralab/lab/up.hpp", "#include <fmt/format.h>\n"),
      Complaints{"include/migralab/lab/up.hpp:1: #include <fmt/format.h>: "
                 "headers of include/migralab include only the standard library and each other"});
}

TEST(ArchitectureChecker, WantsEveryFileInARoom) {
  EXPECT_EQ(includes_of("lab/attic/x.cpp", ""), Complaints{"lab/attic/x.cpp: there is no room 'attic'"});
  EXPECT_EQ(includes_of("lab/x.cpp", ""), Complaints{"lab/x.cpp: is in no room"});
}

TEST(ArchitectureChecker, LooksAtTheShapeOfAFile) {
  const std::string licence = "// SPDX-License-Identifier: Apache-2.0\n";
  EXPECT_EQ(check_shape({"a.hpp", licence + "#pragma once\n"}), Complaints{});
  EXPECT_EQ(check_shape({"a.hpp", licence}), Complaints{"a.hpp: a header has #pragma once"});
  EXPECT_EQ(check_shape({"a.cpp", "int x;\n"}), Complaints{"a.cpp:1: a file starts with its SPDX line"});
  EXPECT_EQ(check_shape({"a.c", ""}), Complaints{"a.c:1: a file starts with its SPDX line"});
  std::string longest = licence;
  for (int i = 0; i < 448; ++i) {
    longest += "\n";
  }
  EXPECT_EQ(check_shape({"a.cpp", longest}), Complaints{});
  EXPECT_EQ(
      check_shape({"a.cpp", longest + "\n"}),
      Complaints{"a.cpp: has 450 lines; over 449 there is a second noun in it"});
}

TEST(ArchitectureChecker, LooksAtFoldersAndAtTheTop) {
  EXPECT_EQ(
      check_folders("lab/utils/x.cpp"),
      Complaints{"lab/utils/x.cpp: a folder 'utils' says nothing about what is in it"});
  EXPECT_EQ(check_folders("lab/core/common/x.cpp").size(), 1U);
  EXPECT_EQ(check_folders("lab/manager/x.cpp").size(), 1U);
  EXPECT_EQ(check_folders("lab/core/manager.cpp"), Complaints{});
  EXPECT_EQ(
      check_top_level({".gitignore", "lab", "scripts"}),
      Complaints{"scripts: does not belong at the top of the source tree"});
}

} // namespace
} // namespace migralab
