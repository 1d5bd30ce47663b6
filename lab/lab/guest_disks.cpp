// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/guest_disks.hpp"

#include "migralab/core/error.hpp"
#include "migralab/hypervisor/host_storage.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/substrate/nodes.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr auto libvirtd_limit = std::chrono::seconds(10);
constexpr auto verify_limit = std::chrono::seconds(30);
constexpr auto confirmation_limit = std::chrono::seconds(30);
constexpr Bytes largest = Bytes::gib(1024);
constexpr std::uint64_t sector = 512;

std::unique_ptr<HostStorage> storage_of_host(const Topology& topology, const std::string& host) {
  return connect_host_storage(libvirt_of(topology, host), libvirtd_limit);
}

} // namespace

GuestDisks::GuestDisks(const Topology& topology, Interior& interior, CommandRunner& runner)
    : topology_(topology), interior_(interior), runner_(runner), folder_(topology.lab), disks_(disk_plans(topology)) {}

GuestDisks::Place GuestDisks::find(const std::string& guest) {
  static_cast<void>(guest_of(topology_, guest));
  const auto disk = disks_.find(guest);
  if (disk == disks_.end()) {
    throw Error(fmt::format("guest {} has no disk", guest), ExitStatus::bad_input)
        .with_hint("the topology gives it one: 'disk: {storage: NAME, size: 64MiB}'");
  }
  if (const std::string& image = guest_of(topology_, guest).image;
      folder_.read().value_or(LabState{}).layered.contains(image)) {
    throw Error(fmt::format("the system of guest {} is on its disk (image {})", guest, image), ExitStatus::bad_input)
        .with_hint("only disks of guests whose system is in memory (image micro) can be detached, attached or resized");
  }
  const std::string host = interior_.find(guest).host;
  if (is_machine(host_of(topology_, host))) {
    throw Error(
        fmt::format("guest {} is on {}, a machine of its own, whose kernel has the disk", guest, host),
        ExitStatus::bad_input)
        .with_hint("disks are detached, attached and resized on hosts that are namespaces only");
  }
  if (const StorageSpec& storage = storage_of(topology_, disk->second.storage); is_machine(storage)) {
    throw Error(
        fmt::format("the disk of guest {} is served by {}, a machine of its own", guest, storage.name),
        ExitStatus::bad_input)
        .with_hint("disks are detached, attached and resized on storage servers that are namespaces only");
  }
  return {
      .disk = disk->second,
      .host = host,
      .file = disk_file(folder_, topology_, disk->second, host),
      .server = storage_server(folder_, topology_, disk->second.storage)};
}

std::vector<DiskFinding> GuestDisks::verify() {
  std::vector<DiskFinding> findings;
  const Survey survey = interior_.survey();
  for (const GuestSpec& guest : topology_.guests) {
    const auto found = disks_.find(guest.name);
    if (found == disks_.end()) {
      continue;
    }
    DiskPlan disk = found->second;
    const auto place = survey.guests.find(guest.name);
    const bool runs = place != survey.guests.end();
    const bool may_write = runs || !survey.silent.empty();
    disk.host = runs ? place->second.host : disk.host; // a local disk is where its guest is
    const std::filesystem::path file = disk_file(folder_, topology_, disk, disk.host);
    const DiskSource source = disk_source(storage_server(folder_, topology_, disk.storage), disk, file);
    const bool attached = runs && storage_of_host(topology_, disk.host)->has_disk(guest.name);
    for (const std::string& host : hosts_reaching(topology_, disk)) {
      DiskFinding finding{guest.name, disk.storage, host, true, "detached"};
      if (!runs || attached) {
        try {
          // First what the host sees: it tells more of a file that is gone than the file's folder does.
          const std::string seen = verify_from(host, disk, source, may_write ? Depth::reachable : Depth::contents);
          finding.what = fmt::format(
              "{}; {}", to_string(Bytes{disk_file_size(folder_, topology_, disk, disk.host, runner_)}), seen);
        } catch (const Error& error) {
          finding.ok = false;
          finding.what = error.hint().empty() ? error.what() : fmt::format("{} ({})", error.what(), error.hint());
        }
      }
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

std::string
GuestDisks::verify_from(const std::string& host, const DiskPlan& disk, const DiskSource& source, Depth depth) {
  if (is_machine(host_of(topology_, host))) {
    const std::uint64_t seen = attach_to_machine(topology_, host, source, disk.guest, runner_);
    if (seen != disk_file_size(folder_, topology_, disk, disk.host, runner_)) {
      throw Error(fmt::format("{} sees {} B", host, seen));
    }
    return "a block device of that size";
  }
  const StorageServer server = storage_server(folder_, topology_, disk.storage);
  const DiskCopy copy(folder_, topology_, disk, disk.host, depth, runner_);
  in_network_of(host, [&] {
    make_storage_backend(server, disk.type, runner_)->verify(source, copy.file(), depth, verify_limit);
  });
  return depth == Depth::contents ? "every byte compared" : "both ends read, the guest may write";
}

bool GuestDisks::detach(const std::string& guest) {
  const Place place = find(guest);
  const auto host = storage_of_host(topology_, place.host);
  const bool attached = host->has_disk(guest);
  if (attached) {
    host->detach(guest, confirmation_limit);
  }
  // Also when the guest had let go before: an earlier call may have ended in between.
  make_storage_backend(place.server, place.disk.type, runner_)->release(place.server, place.disk);
  return attached;
}

bool GuestDisks::attach(const std::string& guest) {
  const Place place = find(guest);
  const auto host = storage_of_host(topology_, place.host);
  if (host->has_disk(guest)) {
    return false;
  }
  const auto backend = make_storage_backend(place.server, place.disk.type, runner_);
  DiskPlan disk = place.disk;
  disk.size = {size_of(place)}; // it may have grown
  backend->release(place.server, disk);
  GuestDefinition definition{};
  definition.name = guest;
  definition.limits = guest_of(topology_, guest).limits;
  definition.disk = backend->provision(place.server, disk, place.file);
  try {
    in_network_of(place.host, [&] { backend->verify(*definition.disk, place.file, Depth::contents, verify_limit); });
    host->attach(definition);
  } catch (const Error&) {
    backend->release(place.server, disk);
    throw;
  }
  return true;
}

std::uint64_t GuestDisks::size_of(const Place& place) {
  return disk_file_size(folder_, topology_, place.disk, place.host, runner_);
}

void GuestDisks::check_new_size(const Place& place, Bytes size) {
  const Bytes now{size_of(place)};
  if (size < now) {
    throw Error(
        fmt::format(
            "the disk of {} holds {}: making it smaller would cut off what the guest has written",
            place.disk.guest,
            to_string(now)),
        ExitStatus::bad_input)
        .with_hint(fmt::format("name a size above {}", to_string(now)));
  }
  if (size.count % sector != 0 || size > largest) {
    throw Error(fmt::format("{} is no size of a disk", to_string(size)), ExitStatus::bad_input)
        .with_hint(fmt::format("a multiple of {} B, at most {}", sector, to_string(largest)));
  }
  const Bytes room = disk_available(place.file.parent_path());
  if (size.count - now.count > room.count) {
    throw machine_lacks(
        fmt::format(
            "the disk of {} would grow by {}, in {} there is room for {}",
            place.disk.guest,
            human(Bytes{size.count - now.count}),
            place.file.parent_path().native(),
            human(room)),
        "make room there, or name a smaller size");
  }
}

void GuestDisks::resize(const std::string& guest, Bytes size) {
  const Place place = find(guest);
  check_new_size(place, size);
  const auto host = storage_of_host(topology_, place.host);
  if (!host->has_disk(guest)) {
    in_network_of(place.host, [&] {
      grow_disk(disk_source(place.server, place.disk, place.file), place.file, size, verify_limit);
    });
    return;
  }
  if (place.disk.type == StorageSpec::Type::iscsi) {
    throw Error(
        fmt::format(
            "the disk of {} is attached, and its iSCSI server (tgtd) gives a LUN the size that its file has when the "
            "LUN is made",
            guest),
        ExitStatus::bad_input)
        .with_hint(fmt::format(
            "`migralab storage detach {0}`, then `storage resize {0} {1}`, then `storage attach {0}`",
            guest,
            to_string(size)));
  }
  host->resize(guest, size);
  const std::uint64_t got = size_of(place);
  if (got != size.count) {
    throw Error(fmt::format("{} holds {} B after it was resized", place.file.native(), got));
  }
}

} // namespace migralab
