// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/disks.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/storage/kernel_server.hpp"
#include "migralab/storage/secret.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/remote.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

bool is_local(const StorageSpec& storage) {
  return storage.type == StorageSpec::Type::local;
}

/// A link for each storage whose disks are elsewhere: so `down` finds them without a topology or record that it can
/// read.
fs::path record_of(const LabFolder& folder) {
  return folder.path() / "elsewhere";
}

/// Of the lab's own, unless the user names one.
fs::path secret_file(const LabFolder& folder, const StorageSpec& storage) {
  return storage.chap->secret_file.empty() ? made_secret(folder, storage.name) : storage.chap->secret_file;
}

void check_folder(const Topology& topology, const StorageSpec& storage) {
  std::error_code problem;
  if (!fs::is_directory(storage.folder, problem)) {
    throw Error(
        fmt::format(
            "storage {}: {} for its disks: {}",
            storage.name,
            fs::exists(storage.folder, problem) ? "no folder" : "there is no folder",
            storage.folder.native()),
        ExitStatus::bad_input)
        .with_hint("make it, or leave 'folder' out: then the disks are in the lab's own folder");
  }
  if (::access(storage.folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    throw Error(
        fmt::format(
            "storage {}: cannot write to the folder for its disks, {}: {}",
            storage.name,
            storage.folder.native(),
            std::strerror(errno)),
        ExitStatus::bad_input)
        .with_hint("give it to the user who runs the lab, or name another folder");
  }
  Bytes wanted;
  for (const GuestSpec& guest : topology.guests) {
    if (guest.disk && guest.disk->storage == storage.name) {
      wanted += guest.disk->size;
    }
  }
  if (const Bytes room = disk_available(storage.folder); wanted > room) {
    throw machine_lacks(
        fmt::format(
            "the disks on storage {} hold {}, in {} there is room for {}",
            storage.name,
            human(wanted),
            storage.folder.native(),
            human(room)),
        "make the disks smaller, or name a folder on a larger disk");
  }
}

/// tgtd takes its parameters apart at commas.
void check_user(const StorageSpec& storage) {
  const std::string& user = storage.chap->user;
  const bool plain =
      std::all_of(user.begin(), user.end(), [](unsigned char c) { return c > ' ' && c < 0x7f && c != ','; });
  if (user.empty() || user.size() > 100 || !plain) {
    throw Error(
        fmt::format("storage {}: '{}' cannot be the name of a CHAP user", storage.name, user), ExitStatus::bad_input)
        .with_hint("1 to 100 printable ASCII characters, no blank and no comma");
  }
}

} // namespace

fs::path folder_elsewhere(const std::string& lab, const StorageSpec& storage) {
  return storage.folder / (lab + "-" + storage.name);
}

namespace {

/// Of a remote server that speaks AoE: the places in the file are taken by the lab's others.
unsigned shelf_of(const std::string& instance, const std::string& server) {
  constexpr unsigned first = 1024;
  constexpr unsigned count = 60'000; // below 65535, which is everybody
  const std::string digest = sha256_of_text(instance + "/" + server);
  return first + static_cast<unsigned>(std::stoul(digest.substr(0, 7), nullptr, 16)) % count;
}

/// Of a server that is a machine: where the disks' files are in it.
fs::path folder_there(const Topology& topology, const StorageSpec& storage) {
  return is_remote(storage) ? remote_folder(topology.instance) / "served" : fs::path(machine_disks);
}

} // namespace

fs::path disk_file(const LabFolder& folder, const Topology& topology, const DiskPlan& disk, const std::string& host) {
  const StorageSpec& storage = storage_of(topology, disk.storage);
  const std::string name = disk.guest + ".img";
  if (is_machine(storage)) {
    return folder_there(topology, storage) / name;
  }
  if (storage.folder.empty()) {
    return (is_local(storage) ? folder.local_disks_of(host) : folder.disks_of(storage.name)) / name;
  }
  return folder_elsewhere(topology.lab, storage) / name;
}

StorageServer storage_server(const LabFolder& folder, const Topology& topology, const std::string& name) {
  const StorageSpec& storage = storage_of(topology, name);
  StorageServer server{
      .lab = topology.lab,
      .name = name,
      .portal = {},
      .inside = namespaces_of(name),
      .folder = node_folder(name),
      .disks = storage.folder.empty() ? folder.disks_of(name) : folder_elsewhere(topology.lab, storage),
      .logs = folder.logs(name)};
  if (const auto attachment = attachment_for(topology, storage.networks, Role::storage)) {
    server.portal = attachment->address;
    server.interface = bridge_of_node(topology, name, attachment->network);
  }
  for (const StorageSpec& other : topology.storage) { // one number each: they may be on one Ethernet
    if (other.name == name) {
      break;
    }
    ++server.shelf;
  }
  if (is_remote(storage)) {
    server.prefix = remote_prefix(topology.instance);
    server.record = remote_folder(topology.instance) / "disks";
    server.shelf = shelf_of(topology.instance, name); // other labs may be on the same Ethernet
    const auto served = attachment_for(topology, storage.networks, Role::storage);
    server.clients = served ? to_string(network_of(topology, served->network).subnet) : "";
  }
  if (is_machine(storage)) {
    server.machine = way_into(topology, name);
    server.disks = folder_there(topology, storage);
    server.exported = server.disks;
  }
  if (storage.chap) {
    server.chap = ChapLogin{.user = storage.chap->user, .secret_file = secret_file(folder, storage)};
    if (is_remote(storage) && storage.chap->secret_file.empty()) { // tgtd has one secret for each name
      server.chap->user += "." + server.prefix;
    }
  }
  return server;
}

fs::path made_secret(const LabFolder& folder, const std::string& storage) {
  return folder.path() / "secrets" / storage;
}

std::vector<std::string> check_disk_places(const Topology& topology) {
  std::vector<std::string> warnings;
  for (const StorageSpec& storage : topology.storage) {
    if (!storage.folder.empty()) {
      check_folder(topology, storage);
    }
    if (storage.chap) {
      check_user(storage);
    }
    if (storage.chap && !storage.chap->secret_file.empty()) {
      with_context("storage " + storage.name, [&] { static_cast<void>(read_secret(storage.chap->secret_file)); });
      if (std::string warning = secret_warning(storage.chap->secret_file); !warning.empty()) {
        warnings.push_back(std::move(warning));
      }
    }
  }
  return warnings;
}

void make_disk_places(const LabFolder& folder, const Topology& topology) {
  for (const StorageSpec& storage : topology.storage) {
    if (storage.chap && storage.chap->secret_file.empty() && !fs::exists(made_secret(folder, storage.name))) {
      make_secret(made_secret(folder, storage.name));
    }
    if (storage.folder.empty()) {
      continue;
    }
    const fs::path elsewhere = folder_elsewhere(topology.lab, storage);
    if (::mkdir(elsewhere.c_str(), 0700) != 0) {
      const int problem = errno;
      throw Error(
          fmt::format("storage {}: cannot make {}: {}", storage.name, elsewhere.native(), std::strerror(problem)))
          .with_hint(
              problem == EEXIST ? "it is not of this lab: remove it if nobody needs it, or name another folder"
                                : "name a folder that can be written to");
    }
    fs::create_directories(record_of(folder));
    fs::create_directory_symlink(elsewhere, record_of(folder) / storage.name);
  }
}

void remove_disks_elsewhere(const LabFolder& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(record_of(folder), none)) {
    const fs::path elsewhere = fs::read_symlink(entry.path(), none);
    // Only what make_disk_places() can have made.
    const std::string name = folder.path().filename().native() + "-" + entry.path().filename().native();
    if (none || elsewhere.is_relative() || elsewhere.filename() != name) {
      continue;
    }
    std::error_code problem;
    fs::remove_all(elsewhere, problem);
    if (problem) {
      throw Error(fmt::format("cannot remove {}: {}", elsewhere.native(), problem.message()));
    }
  }
}

} // namespace migralab
