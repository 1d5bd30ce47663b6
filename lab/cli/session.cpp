// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/printable.hpp"
#include "migralab/topology/load.hpp"

#include <cstdio>
#include <fmt/format.h>

namespace migralab {

namespace {

/// The talk is a service: that it cannot be written (a closed terminal, `2>&1 | head`) stops no work. It quotes files
/// and programs, which may hold anything.
void say(const std::string& text) {
  static_cast<void>(std::fputs(printable(text).c_str(), stderr));
}

} // namespace

namespace {

/// An installed program finds its data beside it (PREFIX/bin, PREFIX/share/migralab), a built one where it was built.
std::filesystem::path data_folder(const char* name, const char* built) {
  std::error_code not_installed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", not_installed);
  const std::filesystem::path installed = program.parent_path().parent_path() / "share" / "migralab" / name;
  return std::filesystem::is_directory(installed, not_installed) ? installed : built;
}

} // namespace

OpenLab open_lab(const std::string& name) {
  OpenLab lab = open_any_lab(name);
  if (lab.state.simulated) {
    throw Error(
        fmt::format("lab {} is simulated: there is nothing to enter, to measure or to change", lab.state.lab),
        ExitStatus::bad_input)
        .with_hint("simulated labs know inspect, migrate, balance run and down; without 'substrate: simulated' the "
                   "same topology is a real one");
  }
  return lab;
}

void expect_real(const Topology& topology, const std::string& option) {
  if (topology.is_simulated) {
    throw Error(fmt::format("{} means nothing in a simulated lab", option), ExitStatus::bad_input)
        .with_hint("leave it out, or take a real lab");
  }
}

LabLock lock_lab(const std::string& lab, const std::string& verb) {
  LabLock lock(LabFolder(lab), verb, false, std::chrono::seconds(2));
  if (!lock.held()) {
    throw Error(fmt::format("lab {} has just been taken down", lab));
  }
  return lock;
}

OpenLab open_any_lab(const std::string& name) {
  const std::string lab = choose_lab(name);
  const LabFolder folder(lab);
  const auto state = folder.read();
  if (state && state->simulated) {
    return {.state = *state, .topology = deployed_topology(folder, *state), .folder = folder.path()};
  }
  if (!state || !keeper_runs(state->keeper)) {
    throw Error(fmt::format("lab {} does not run any more", lab))
        .with_hint(fmt::format("`migralab down {}` clears what it left", lab));
  }
  if (state->phase != LabState::Phase::up && !is_being_made(folder)) {
    throw Error(fmt::format("lab {} was never finished: its `up` was killed", lab))
        .with_hint(fmt::format("`migralab down {}` clears what there is of it", lab));
  }
  if (state->phase != LabState::Phase::up) {
    throw Error(fmt::format("lab {} is not up yet", lab)).with_hint("`migralab ls` shows when it is");
  }
  return {.state = *state, .topology = deployed_topology(folder, *state), .folder = folder.path()};
}

void expect_topology_file(const std::string& file) {
  if (file.ends_with(".exp.yaml")) {
    throw Error(fmt::format("{} is an experiment, a topology is wanted here", file), ExitStatus::bad_input)
        .with_hint(fmt::format("`migralab run {}` runs it; `up` takes a *.lab.yaml", file));
  }
}

void expect_experiment_file(const std::string& file) {
  if (file.ends_with(".lab.yaml")) {
    throw Error(fmt::format("{} is a topology, an experiment is wanted here", file), ExitStatus::bad_input)
        .with_hint(fmt::format("`migralab up {}` brings it up; `run` takes a *.exp.yaml", file));
  }
}

std::filesystem::path guest_programs() {
  return data_folder("guest", MIGRALAB_GUEST_PROGRAMS);
}

ImageStore image_store(CommandRunner& runner) {
  return {runner, data_folder("images", MIGRALAB_IMAGE_RECIPES), guest_programs(), cache_home() / "images"};
}

ImageCache image_cache() {
  return {data_folder("images", MIGRALAB_IMAGE_RECIPES), guest_programs(), cache_home() / "images"};
}

Topology load_topology_with_warnings(const std::filesystem::path& file, const TopologyChanges& changes) {
  std::string warnings;
  Topology topology = load_topology(file, changes, &warnings);
  say(warnings);
  return topology;
}

void talk(const std::string& line) {
  say(line + "\n");
}

void tell(const std::string& result) {
  static_cast<void>(std::fwrite(result.data(), 1, result.size(), stdout));
  static_cast<void>(std::fflush(stdout)); // both leave a mark on the stream
}

int complain(const Error& error) {
  const std::string text = error.what();
  const bool diagnostics = dynamic_cast<const InputError*>(&error) != nullptr; // these are whole lines already
  say((diagnostics ? "" : "migralab: ") + text + (text.ends_with('\n') ? "" : "\n"));
  if (!error.hint().empty()) {
    say("hint: " + error.hint() + "\n");
  }
  return static_cast<int>(error.status());
}

} // namespace migralab
