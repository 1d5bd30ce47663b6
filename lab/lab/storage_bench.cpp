// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/storage_bench.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/storage/kernel_server.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <random>
#include <unistd.h>

namespace migralab {

namespace {

constexpr unsigned scratch_lun = 250;          // far from those of guests' disks
constexpr const char* scratch_name = "_bench"; // no guest can have it

DiskPlan scratch_disk(const Topology& topology, const StorageBench& bench) {
  const StorageSpec& storage = storage_of(topology, bench.storage);
  DiskPlan disk{.guest = scratch_name, .storage = storage.name, .type = storage.type};
  disk.lun = scratch_lun;
  disk.size = bench.size;
  if (const auto attachment = attachment_for(topology, storage.networks, Role::storage)) {
    disk.portal = attachment->address;
  }
  return disk;
}

/// No holes and no zeroes: a server must not be quicker for want of data.
void fill(const std::filesystem::path& file, Bytes size) {
  const UniqueFd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!out) {
    throw system_error(fmt::format("cannot make {}", file.native()));
  }
  std::mt19937_64 generator(1);
  std::vector<std::uint64_t> piece(std::size_t{1} << 17U); // 1 MiB
  for (std::uint64_t at = 0; at < size.count;) {
    throw_if_interrupted();
    std::generate(piece.begin(), piece.end(), std::ref(generator));
    const std::uint64_t count = std::min<std::uint64_t>(piece.size() * sizeof piece[0], size.count - at);
    const ssize_t wrote = ::write(out.get(), piece.data(), count);
    if (wrote <= 0) {
      throw system_error(fmt::format("cannot fill {}", file.native()));
    }
    at += static_cast<std::uint64_t>(wrote);
  }
}

} // namespace

namespace {

/// A load that is too much for a slow link says nothing against the next one.
BenchResult result_or_error(const DiskSource& source, Bytes size, const BenchLoad& load) {
  try {
    return bench_disk(source, size, load);
  } catch (const Error& error) {
    if (error.status() == ExitStatus::interrupted) {
      throw;
    }
    BenchResult result;
    result.load = load;
    result.error = error.what();
    return result;
  }
}

} // namespace

std::vector<std::string> served_storages(const Topology& topology) {
  std::vector<std::string> names;
  for (const StorageSpec& storage : topology.storage) {
    if (storage.type == StorageSpec::Type::iscsi || storage.type == StorageSpec::Type::nfs) {
      names.push_back(storage.name);
    }
  }
  if (names.empty()) {
    throw Error(fmt::format("lab {} has no storage server to measure", topology.lab), ExitStatus::bad_input)
        .with_hint("storage of type iscsi or nfs has one; local disks are files of this machine, aoe needs a machine's "
                   "kernel");
  }
  return names;
}

std::string bench_host(const Topology& topology, const std::string& storage, const std::string& wished) {
  DiskPlan disk;
  disk.storage = storage;
  std::vector<std::string> hosts = hosts_reaching(topology, disk);
  std::erase_if(hosts, [&](const std::string& host) { return is_machine(host_of(topology, host)); });
  if (wished.empty() && !hosts.empty()) {
    return hosts.front();
  }
  if (std::find(hosts.begin(), hosts.end(), wished) == hosts.end()) {
    throw Error(
        wished.empty() ? fmt::format("no host that is a namespace is on the network of storage {}", storage)
                       : fmt::format("'{}' is no host on the network of storage {}", wished, storage),
        ExitStatus::bad_input)
        .with_hint(suggest(wished, hosts, "hosts on it"));
  }
  return wished;
}

void run_storage_bench(
    const Topology& topology,
    const StorageBench& bench,
    CommandRunner& runner,
    const std::function<void(const BenchResult&)>& report) {
  const LabFolder folder(topology.lab);
  const DiskPlan disk = scratch_disk(topology, bench);
  const std::filesystem::path file = disk_file(folder, topology, disk, bench.host);
  const StorageServer server = storage_server(folder, topology, bench.storage);
  const auto backend = make_storage_backend(server, disk.type, runner);
  if (const Bytes room = server.machine ? bench.size : disk_available(file.parent_path()); bench.size > room) {
    throw machine_lacks(
        fmt::format(
            "the bench writes a scratch disk of {}, in {} there is room for {}",
            to_string(bench.size),
            file.parent_path().native(),
            human(room)),
        "--size makes it smaller");
  }
  const auto clear = [&] {
    backend->release(server, disk);
    if (server.machine) {
      run_checked(runner, over_ssh(*server.machine, remove_disk_command(file)));
    } else {
      std::filesystem::remove(file);
    }
  };
  clear(); // what a bench left that was killed
  try {
    if (server.machine) {
      run_checked(runner, over_ssh(*server.machine, fill_disk_command(server, file, bench.size)));
    } else {
      fill(file, bench.size);
    }
    const DiskSource source = backend->provision(server, disk, file);
    for (const BenchLoad& load : bench.loads) {
      in_network_of(bench.host, [&] { report(result_or_error(source, bench.size, load)); });
    }
  } catch (...) {
    try {
      clear();
    } catch (const Error&) {
      // The first error tells more, and `down` removes everything.
    }
    throw;
  }
  clear();
}

} // namespace migralab
