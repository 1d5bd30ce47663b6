// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/interior.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/hypervisor/host_storage.hpp"
#include "migralab/image/image.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/network_rates.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/topology/load.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace migralab {

namespace {

constexpr auto disk_limit = std::chrono::seconds(10);
constexpr auto answer_limit = std::chrono::seconds(4); // of a libvirtd that has been up

/// libvirt fills a file that exists on the destination; afterwards one of the two is a copy that nobody needs.
MigrationRecord move_with_disk(
    const LabFolder& folder,
    const Topology& topology,
    const DiskPlan& disk,
    const std::string& from,
    const std::string& to,
    bool attached,
    bool layered,
    const std::function<MigrationRecord()>& move) {
  const std::filesystem::path old_file = disk_file(folder, topology, disk, from);
  const std::filesystem::path new_file = disk_file(folder, topology, disk, to);
  if (!attached) {
    MigrationRecord record = move();
    if (record.succeeded) {
      std::filesystem::rename(old_file, new_file); // the guest has nothing of it to lose
    }
    return record;
  }
  if (layered) {
    SystemRunner runner;
    make_layer(runner, new_file, disk.size, true);
  } else {
    write_file(new_file, "");
    std::filesystem::resize_file(new_file, std::filesystem::file_size(old_file)); // sparse; as large as it has grown
  }
  MigrationRecord record;
  try {
    record = move();
  } catch (const Error&) {
    std::filesystem::remove(new_file);
    throw;
  }
  std::filesystem::remove(record.succeeded ? old_file : new_file);
  return record;
}

/// Several at a time: connecting to a daemon is mostly waiting for it. Throws what was thrown first.
void for_each_at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  constexpr std::size_t at_once = 8;
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = failure ? failure : std::current_exception();
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(at_once, count); ++i) {
    threads.emplace_back(take);
  }
  take();
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

/// A host's memory is a promise of the topology, whether the machine can enforce it or not.
void expect_room(
    const Topology& topology,
    const std::map<std::string, GuestPlace>& places,
    const std::string& guest,
    const HostSpec& host) {
  Bytes taken;
  for (const GuestSpec& other : topology.guests) {
    const auto place = places.find(other.name);
    if (other.name != guest && place != places.end() && place->second.host == host.name) {
      taken += other.memory;
    }
  }
  const Bytes wanted = guest_of(topology, guest).memory;
  if (taken + wanted > host.memory) {
    const std::string others = taken == Bytes{} ? "" : fmt::format(", of which guests there have {}", to_string(taken));
    throw Error(
        fmt::format(
            "guest {} needs {}: {} has {}{}", guest, to_string(wanted), host.name, to_string(host.memory), others),
        ExitStatus::bad_input)
        .with_hint(
            others.empty() ? "give the host more memory in the topology, or choose another"
                           : "move another guest away first, or choose another host");
  }
}

/// Not when it has been detached.
bool has_disk(const std::string& host, const std::string& guest) {
  return connect_host_storage({.name = host, .socket = libvirt_socket(host)}, answer_limit)->has_disk(guest);
}

/// A migration to a host that cannot open the disk would hang there, or end with a guest without its disk.
void expect_disk_seen(
    const LabFolder& folder,
    const Topology& topology,
    const DiskPlan& disk,
    const std::string& host) {
  const std::filesystem::path file = disk_file(folder, topology, disk, host);
  const DiskSource source = disk_source(storage_server(folder, topology, disk.storage), disk, file);
  SystemRunner runner;
  try {
    in_network_of(
        host, [&] { make_storage_backend(disk.type, runner)->verify(source, file, Depth::reachable, disk_limit); });
  } catch (const Error& error) {
    if (error.status() == ExitStatus::interrupted) {
      throw;
    }
    throw Error(fmt::format("{} cannot open the disk of guest {}: {}", host, disk.guest, error.what()))
        .with_hint("nothing was moved; `migralab storage verify` tries every disk from every host");
  }
}

} // namespace

std::filesystem::path libvirt_socket(const std::string& host) {
  return node_folder(host) / "run" / "libvirt" / "libvirt-sock";
}

Topology deployed_topology(const LabFolder& folder, const LabState& state) {
  // From where it was first read, so that relative paths mean what they meant; whether those files are still there does
  // not matter to a lab that runs.
  const std::string text = read_file(folder.topology());
  Diagnostics diagnostics(folder.topology().native(), text);
  Topology topology = parse_topology(text, state.topology_file, state.lab, diagnostics);
  diagnostics.throw_if_errors();
  apply_changes(topology, read_network_record(folder));
  return topology;
}

Hypervisor& Interior::hypervisor(const std::string& host) {
  std::unique_ptr<Hypervisor>& known = hypervisors_[host];
  if (!known) {
    static_cast<void>(host_of(topology_, host)); // a wrong name is an error that lists the right ones
    known = connect_libvirt({.name = host, .socket = libvirt_socket(host)}, answer_limit, [] {});
  }
  return *known;
}

Survey Interior::survey() {
  struct Answer {
    std::vector<GuestState> guests;
    std::string problem;
  };
  std::vector<Answer> answers(topology_.hosts.size());
  for (const HostSpec& host : topology_.hosts) {
    hypervisors_.try_emplace(host.name); // or the threads below would change the map's shape
  }
  for_each_at_once(topology_.hosts.size(), [&](std::size_t i) {
    try {
      answers[i].guests = hypervisor(topology_.hosts[i].name).guests();
    } catch (const Error& error) {
      if (error.status() == ExitStatus::interrupted) {
        throw;
      }
      answers[i].problem = error.what();
    }
  });
  Survey survey;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const HostSpec& host = topology_.hosts[i];
    if (!answers[i].problem.empty()) {
      survey.silent[host.name] = answers[i].problem;
    }
    for (GuestState& guest : answers[i].guests) {
      const auto known = survey.guests.find(guest.name);
      if (known == survey.guests.end() || known->second.state.state != "running") {
        const std::string name = guest.name;
        survey.guests[name] = {host.name, std::move(guest)};
      }
    }
  }
  return survey;
}

GuestPlace Interior::find(const std::string& guest) {
  static_cast<void>(guest_of(topology_, guest));
  return find(guest, survey());
}

GuestPlace Interior::find(const std::string& guest, const Survey& survey) const {
  const auto place = survey.guests.find(guest);
  if (place != survey.guests.end()) {
    return place->second;
  }
  if (!survey.silent.empty()) {
    const auto& [host, problem] = *survey.silent.begin();
    throw Error(fmt::format("guest {} may be on {}, which does not answer: {}", guest, host, problem))
        .with_hint(
            fmt::format("its log is in the lab's folder, logs/{}/libvirtd.log; `migralab down` ends the lab", host));
  }
  throw Error(fmt::format("guest {} runs on no host of lab {}", guest, topology_.lab))
      .with_hint("it has ended; its console's log is in the lab's folder, which `migralab inspect` names");
}

MigrationRecord Interior::migrate(const std::string& guest, const std::string& to, const MigrationOptions& options) {
  const HostSpec& destination = host_of(topology_, to);
  static_cast<void>(guest_of(topology_, guest));
  const Survey seen = survey();
  const GuestPlace place = find(guest, seen);
  if (place.host == to) {
    throw Error(fmt::format("guest {} is already on {}", guest, to), ExitStatus::bad_input);
  }
  expect_room(topology_, seen.guests, guest, destination);
  const auto address = attachment_for(topology_, destination.networks, Role::migration);
  if (!address) {
    throw Error(fmt::format("host {} is on no network with role migration", to), ExitStatus::bad_input);
  }
  const GuestSpec& spec = guest_of(topology_, guest);
  const LabFolder folder(topology_.lab);
  const bool layered = folder.read().value_or(LabState{}).layered.contains(spec.image);
  MigrationOptions all_options = options;
  all_options.only_layer = layered; // what it lies over is on every host
  const auto move = [&] {
    return hypervisor(place.host).migrate(guest, hypervisor(to), to_string(address->address), all_options);
  };
  if (!spec.disk || storage_of(topology_, spec.disk->storage).type != StorageSpec::Type::local) {
    if (options.copy_storage) { // both hosts would write to the one disk
      throw Error(
          fmt::format("guest {} has no disk that only its host sees: there is nothing to copy", guest),
          ExitStatus::bad_input)
          .with_hint("leave --copy-storage out");
    }
    if (spec.disk && has_disk(place.host, guest)) {
      expect_disk_seen(folder, topology_, disk_plans(topology_).at(guest), to);
    }
    return move();
  }
  if (!options.copy_storage) {
    throw Error(
        fmt::format(
            "the disk of guest {} is a file on {} (storage {} is of type local): {} does not see it",
            guest,
            place.host,
            spec.disk->storage,
            to),
        ExitStatus::bad_input)
        .with_hint("--copy-storage copies the disk along; or use storage of type iscsi or nfs");
  }
  const bool attached = has_disk(place.host, guest);
  return move_with_disk(folder, topology_, disk_plans(topology_).at(guest), place.host, to, attached, layered, move);
}

} // namespace migralab
