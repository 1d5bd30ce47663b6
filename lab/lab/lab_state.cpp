// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/lab_state.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;
constexpr const char* record_schema = "migralab.lab/1";

Json to_json(const ControlGroups& groups) {
  Json folders = Json::object();
  for (const auto& [hierarchy, folder] : groups.folders) {
    folders[hierarchy] = folder.native();
  }
  return {{"version", static_cast<int>(groups.version)}, {"folders", folders}};
}

ControlGroups groups_from_json(const Json& json) {
  ControlGroups groups;
  const int version = json.at("version");
  groups.version = version == 1   ? ControlGroupVersion::v1
                   : version == 2 ? ControlGroupVersion::v2
                                  : ControlGroupVersion::none;
  for (const auto& [hierarchy, folder] : json.at("folders").items()) {
    groups.folders[hierarchy] = folder.get<std::string>();
  }
  return groups;
}

Json to_json(const LabState& state) {
  Json json{
      {"schema", record_schema},
      {"lab", state.lab},
      {"uuid", state.uuid},
      {"created", state.created},
      {"phase", state.phase == LabState::Phase::up ? "up" : "starting"},
      {"accelerator", state.accelerator},
      {"keeper",
       {{"pid", state.keeper.pid},
        {"start_time", state.keeper.start_time},
        {"boot_id", state.keeper.boot_id},
        {"rootless", state.keeper.rootless}}},
      {"image_digests", state.image_digests},
      {"layered", state.layered},
      {"topology_file", state.topology_file.native()},
      {"control_groups", to_json(state.groups)}};
  if (state.simulated) {
    json["simulated"] = *state.simulated;
  }
  return json;
}

LabState from_json(const Json& json) {
  const Json& keeper = json.at("keeper");
  return {
      .lab = json.at("lab"),
      .uuid = json.at("uuid"),
      .created = json.at("created"),
      .phase = json.at("phase") == "up" ? LabState::Phase::up : LabState::Phase::starting,
      .accelerator = json.at("accelerator"),
      .keeper =
          {.pid = keeper.at("pid"),
           .start_time = keeper.at("start_time"),
           .boot_id = keeper.at("boot_id"),
           .rootless = keeper.at("rootless")},
      .image_digests = json.at("image_digests").get<std::map<std::string, std::string>>(),
      .layered = json.at("layered").get<std::set<std::string>>(),
      .topology_file = json.at("topology_file").get<std::string>(),
      .groups = groups_from_json(json.at("control_groups")),
      .simulated = json.contains("simulated")
                       ? std::optional(json.at("simulated").get<std::map<std::string, std::string>>())
                       : std::nullopt};
}

/// True when the open file is still what its path names (and was not removed by a `down` while we waited).
bool is_still_there(const UniqueFd& file, const std::filesystem::path& path) {
  struct stat opened = {};
  struct stat named = {};
  return ::fstat(file.get(), &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
}

} // namespace

bool is_lab_name(const std::string& text) {
  constexpr std::size_t longest = 31;
  return !text.empty() && text.size() <= longest && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

LabFolder::LabFolder(const std::string& lab) : path_(state_home() / lab) {
  // The folder is removed with all that is in it: "..", or a path, must never become one.
  if (!is_lab_name(lab)) {
    throw Error(fmt::format("'{}' is not the name of a lab", lab), ExitStatus::bad_input)
        .with_hint("a name is a small letter, then small letters, digits and '-'; `migralab ls` lists the labs");
  }
}

std::optional<LabState> LabFolder::read() const {
  const std::filesystem::path file = path_ / "lab.json";
  if (!std::filesystem::exists(file)) {
    return std::nullopt;
  }
  try {
    return from_json(Json::parse(read_file(file)));
  } catch (const Json::exception&) {
    throw Error(fmt::format("the record {} is damaged: it is not what migralab wrote there", file.native()))
        .with_hint("`migralab down` with the lab's name clears it");
  }
}

void LabFolder::write(const LabState& state) const {
  write_file(path_ / "lab.json", to_json(state).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<std::string> lab_names() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(state_home(), none)) {
    if (entry.is_directory() && is_lab_name(entry.path().filename())) {
      names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string choose_lab(const std::string& name) {
  const std::vector<std::string> names = lab_names();
  if (!name.empty()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw Error(fmt::format("there is no lab '{}'", name), ExitStatus::bad_input)
          .with_hint(names.empty() ? "no lab is up; `migralab up FILE` brings one up" : suggest(name, names, "labs"));
    }
    return name;
  }
  if (names.empty()) {
    throw Error("no lab is up", ExitStatus::bad_input).with_hint("`migralab up FILE` brings one up");
  }
  if (names.size() > 1) {
    throw Error(fmt::format("there are {} labs: say which one", names.size()), ExitStatus::bad_input)
        .with_hint(fmt::format("labs: {}", fmt::join(names, ", ")));
  }
  return names.front();
}

LabLock::LabLock(const LabFolder& folder, const std::string& verb, bool create, Nanoseconds limit) {
  const std::filesystem::path path = folder.path() / "lock";
  const Deadline deadline(limit);
  while (true) {
    if (create) {
      std::error_code problem;
      std::filesystem::create_directories(folder.path(), problem);
      if (problem) {
        throw Error(fmt::format("cannot make {}: {}", folder.path().native(), problem.message()))
            .with_hint("labs are kept below XDG_STATE_HOME: point it to a folder that can be written");
      }
      ::chmod(folder.path().c_str(), 0700);
    }
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file && errno == ENOENT && !create) {
      return;
    }
    if (!file && errno == ENOENT) {
      continue; // removed at this moment: make it again
    }
    if (!file) {
      throw system_error(fmt::format("cannot lock {}", folder.path().native()));
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
      if (is_still_there(file, path)) {
        const std::string holder = fmt::format("process {} (migralab {})", ::getpid(), verb);
        static_cast<void>(::ftruncate(file.get(), 0) == 0 && ::write(file.get(), holder.data(), holder.size()) > 0);
        file_ = std::move(file);
        return;
      }
    } else if (deadline.passed()) {
      throw Error(fmt::format("lab {} is being worked on by {}", folder.path().filename().native(), read_file(path)))
          .with_hint("wait for it, or end that process");
    }
    ::usleep(20'000);
  }
}

bool is_being_made(const LabFolder& folder) {
  const UniqueFd file(::open((folder.path() / "lock").c_str(), O_RDONLY | O_CLOEXEC));
  return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0; // `up` holds it as long as it lives
}

std::string derived_uuid(const std::string& space, const std::string& name) {
  const std::string hex = sha256_of_text(space + "/" + name);
  return fmt::format(
      "{}-{}-5{}-a{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3), hex.substr(15, 3), hex.substr(18, 12));
}

std::string mac_address(const std::string& lab, const std::string& guest, const std::string& network) {
  const std::string hex = sha256_of_text(lab + "/" + guest + "/" + network);
  return fmt::format("52:54:00:{}:{}:{}", hex.substr(0, 2), hex.substr(2, 2), hex.substr(4, 2));
}

} // namespace migralab
