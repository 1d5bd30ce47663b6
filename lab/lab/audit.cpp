// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/audit.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/storage/initiator.hpp"
#include "migralab/substrate/remote.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <sstream>

namespace migralab {

namespace {

namespace fs = std::filesystem;
using Verdict = AuditItem::Verdict;

constexpr const char* here = "this machine";

std::optional<LabState> state_of(const std::string& lab) {
  try {
    return LabFolder(lab).read();
  } catch (const Error&) {
    return std::nullopt; // a damaged record names no keeper
  }
}

/// It runs, or is on its way up or down.
bool is_alive(const std::string& lab) {
  const auto state = state_of(lab);
  return (state && (state->simulated || keeper_runs(state->keeper))) || is_being_made(LabFolder(lab));
}

/// A lab's folder on its way out is called .gone-LAB-PROCESS.
bool is_being_removed(const fs::path& folder) {
  const std::string name = folder.filename();
  return fs::exists(fs::path("/proc") / name.substr(name.rfind('-') + 1));
}

void add_keepers(std::vector<AuditItem>& items) {
  for (const FoundKeeper& keeper : running_keepers()) {
    AuditItem item{
        .verdict = Verdict::foreign,
        .lab = keeper.lab,
        .place = here,
        .kind = "keeper",
        .what = fmt::format("process {} of {}", keeper.pid, keeper.folder.native())};
    const std::string lab = keeper.folder.filename();
    if (keeper.folder.parent_path() == state_home() && is_lab_name(lab)) {
      const auto state = state_of(lab);
      const bool known = (state && state->keeper.pid == keeper.pid) || is_being_made(LabFolder(lab));
      item.verdict = known ? Verdict::ours : Verdict::left_over;
    }
    items.push_back(std::move(item));
  }
}

void add_groups(std::vector<AuditItem>& items, const std::vector<std::string>& labs) {
  for (const fs::path& group : lab_control_groups()) {
    const auto lab = std::find_if(labs.begin(), labs.end(), [&](const std::string& name) {
      return control_group_name(LabFolder(name).path()) == group.filename();
    });
    AuditItem item{
        .verdict = Verdict::foreign, .lab = {}, .place = here, .kind = "control group", .what = group.native()};
    if (lab != labs.end()) {
      item.lab = *lab;
      item.verdict = is_alive(*lab) ? Verdict::ours : Verdict::left_over;
    } else if (is_left_over_group(group, state_home())) {
      item.verdict = Verdict::left_over;
    }
    items.push_back(std::move(item));
  }
}

void add_folders(std::vector<AuditItem>& items, const std::vector<std::string>& labs) {
  for (const std::string& lab : labs) {
    const LabFolder folder(lab);
    const Verdict verdict = is_alive(lab) ? Verdict::ours : Verdict::left_over;
    items.push_back({verdict, lab, here, "folder", folder.path().native()});
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder.path() / "elsewhere", none)) {
      items.push_back({verdict, lab, here, "folder", fs::read_symlink(entry.path(), none).native()});
    }
  }
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(state_home(), none)) {
    if (entry.path().filename().native().starts_with(".gone-")) {
      const Verdict verdict = is_being_removed(entry.path()) ? Verdict::ours : Verdict::left_over;
      items.push_back({verdict, {}, here, "folder", entry.path().native()});
    }
  }
}

void add_guests(
    std::vector<AuditItem>& items,
    const Topology& topology,
    const LabState& state,
    const std::string& host,
    Interior& interior) {
  for (const GuestState& guest : interior.hypervisor(host).guests()) {
    // By UUID: a name can be anybody's, and a guest may be anywhere.
    const bool ours = std::any_of(topology.guests.begin(), topology.guests.end(), [&](const GuestSpec& spec) {
      return derived_uuid(state.uuid, "guest " + spec.name) == guest.uuid;
    });
    items.push_back(
        {.verdict = ours ? Verdict::ours : Verdict::foreign,
         .lab = ours ? topology.lab : "",
         .place = host,
         .kind = "guest",
         .what = fmt::format("{} ({}, {})", guest.name, guest.state, guest.uuid)});
  }
}

void add_disks(std::vector<AuditItem>& items, const Topology& topology, const HostSpec& host, CommandRunner& runner) {
  const fs::path folder = attached_disk("x").parent_path();
  const CommandResult listed = runner.run(on_host(topology, host.name, {.argv = {"ls", folder.native()}}));
  std::istringstream names(listed.ok() ? listed.output : ""); // no folder: nothing was ever attached
  for (std::string name; names >> name;) {
    const bool ours = std::any_of(topology.guests.begin(), topology.guests.end(), [&](const GuestSpec& guest) {
      return guest.name == name && guest.disk;
    });
    items.push_back(
        {ours ? Verdict::ours : Verdict::foreign,
         ours ? topology.lab : "",
         host.name,
         "disk",
         (folder / name).native()});
  }
}

} // namespace

std::string_view to_string(AuditItem::Verdict verdict) {
  switch (verdict) {
  case Verdict::ours:
    return "in use";
  case Verdict::left_over:
    return "left over";
  case Verdict::foreign:
    return "not ours";
  }
  return {};
}

std::vector<AuditItem> audit_machine() {
  const std::vector<std::string> labs = lab_names();
  std::vector<AuditItem> items;
  add_keepers(items);
  add_groups(items, labs);
  add_folders(items, labs);
  return items;
}

std::vector<AuditItem> audit_hosts(const Topology& topology, const LabState& state, CommandRunner& runner) {
  std::vector<AuditItem> items;
  Interior interior(topology);
  for (const HostSpec& host : topology.hosts) {
    if (is_remote(host)) {
      continue; // audit_remote_hosts()
    }
    try {
      add_guests(items, topology, state, host.name, interior);
      if (is_machine(host)) {
        add_disks(items, topology, host, runner);
      }
    } catch (const Error& error) {
      if (error.status() == ExitStatus::interrupted) {
        throw;
      }
      items.push_back({Verdict::left_over, topology.lab, host.name, "host", error.what()});
    }
  }
  return items;
}

std::vector<AuditItem> audit_remote_hosts(const Topology& topology, const LabState& state, CommandRunner& runner) {
  std::vector<AuditItem> items;
  const bool alive = is_alive(topology.lab);
  for (const RemoteNode& host : remote_nodes(topology)) {
    const CommandResult result = runner.run(over_ssh(way_to_remote(host.ssh), list_command()));
    if (!result.ok()) {
      items.push_back({Verdict::left_over, topology.lab, host.name, "host", said_by(result)});
      continue;
    }
    std::vector<RemoteObject> objects = parse_objects(result.output);
    const bool knows = std::any_of(
        objects.begin(), objects.end(), [&](const RemoteObject& one) { return one.instance == state.uuid; });
    if (!knows) { // unless it has lost its record of the lab
      const RemoteTraces traces = traces_of(topology, state.uuid, host);
      const CommandResult by_name = runner.run(over_ssh(way_to_remote(host.ssh), list_command(traces)));
      const std::vector<RemoteObject> more = parse_objects(by_name.output);
      objects.insert(objects.end(), more.begin(), more.end());
    }
    for (const RemoteObject& object : objects) {
      const Verdict own = alive ? Verdict::ours : Verdict::left_over;
      items.push_back(
          {.verdict = object.instance == state.uuid ? own : Verdict::foreign,
           .lab = object.instance == state.uuid ? topology.lab : object.lab,
           .place = host.name,
           .kind = object.kind,
           .what = object.what});
    }
  }
  return items;
}

std::vector<AuditItem> audit_machine_at(const std::string& destination, CommandRunner& runner) {
  const CommandResult result = runner.run(over_ssh(way_to_remote(destination), list_command()));
  if (!result.ok()) {
    throw not_reached(destination, result);
  }
  std::vector<AuditItem> items;
  for (const RemoteObject& object : parse_objects(result.output)) {
    items.push_back({Verdict::foreign, object.lab, destination, object.kind, object.what});
  }
  return items;
}

} // namespace migralab
