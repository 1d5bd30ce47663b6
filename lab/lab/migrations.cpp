// SPDX-License-Identifier: Apache-2.0
// Interior's migrations: what has to be done around each, and several at once.
#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/hypervisor/host_storage.hpp"
#include "migralab/image/image.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/ledger.hpp"
#include "migralab/lab/preflight.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <thread>

namespace migralab {

namespace {

constexpr auto answer_limit = std::chrono::seconds(4); // of a libvirtd that has been up
/// Instead of the usual one: libxl sends all of a guest's memory, up to five times. 2 GiB at 100 Mbit/s take 15
/// minutes.
constexpr auto usual_timeout_of_xen = std::chrono::minutes(45);

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

/// Everything that one migration takes, found out before any has begun.
struct Prepared {
  Move move;
  std::string from;
  std::string address; // of the destination on the migration network
  std::optional<DiskPlan> local_disk = {};
  bool attached = false; // the local disk
  bool layered = false;  // what the local disk lies over is on every host
};

Prepared prepare(const Topology& topology, const LabState& state, const Move& move, const std::string& from) {
  const GuestSpec& guest = guest_of(topology, move.guest);
  Prepared prepared{
      .move = move,
      .from = from,
      .address = to_string(attachment_for(topology, host_of(topology, move.to).networks, Role::migration)->address),
      .layered = state.layered.contains(guest.image)};
  if (guest.disk && storage_of(topology, guest.disk->storage).type == StorageSpec::Type::local) {
    prepared.local_disk = disk_plans(topology).at(move.guest);
    prepared.attached = connect_host_storage(libvirt_of(topology, from), answer_limit)->has_disk(move.guest);
  }
  return prepared;
}

/// The intent comes first, as with all that is done to hosts that outlive the lab; a result that cannot be written any
/// more changes nothing about it.
MigrationRecord
on_record(const Prepared& prepared, const LabFolder& folder, const std::function<MigrationRecord()>& move) {
  LedgerLine line{
      .time = utc_timestamp(),
      .host = prepared.move.to,
      .act = fmt::format("migrate {} from {}", prepared.move.guest, prepared.from)};
  record(folder, line);
  const auto conclude = [&](LedgerLine::Phase phase, const std::string& detail) {
    line.time = utc_timestamp();
    line.phase = phase;
    line.detail = detail;
    try {
      record(folder, line);
    } catch (const Error&) {
      // The disk is full, say.
    }
  };
  try {
    MigrationRecord made = move();
    conclude(made.succeeded ? LedgerLine::Phase::done : LedgerLine::Phase::failed, made.error);
    return made;
  } catch (const std::exception& error) {
    conclude(LedgerLine::Phase::failed, error.what());
    throw;
  }
}

/// The guest's memory is sent by a process of libxl's own, whose end libxl takes for a failure: the guest goes on where
/// it was (libxl_save_callout.c). False when there is no such process, or it could not be ended.
bool end_xen_migration(const Topology& topology, const std::string& host, int domain) {
  constexpr auto limit = std::chrono::seconds(15);
  Command end = on_host(
      topology,
      host,
      {.argv = {"pkill", "-f", fmt::format("libxl-save-helper --save-domain [0-9-]+ [0-9-]+ {} ", domain)}});
  end.log = LabFolder(topology.lab).logs(host) / "give-up.log";
  // Not run(): an interrupt, which may be why the migration is given up, would end it.
  SystemRunner runner;
  const int process = runner.start(end);
  const Deadline deadline(limit);
  std::optional<CommandResult> result = runner.ended(process);
  while (!result && !deadline.passed()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    result = runner.ended(process);
  }
  return result && result->ok();
}

/// What libvirt says of a migration that failed is that it failed; libxl's log has why. Empty: it has nothing.
std::string last_words_of_libxl(const Topology& topology, const std::string& host) {
  constexpr auto limit = std::chrono::seconds(20);
  SystemRunner runner;
  const CommandResult log = runner.run(on_host(
      topology, host, {.argv = {"tail", "-n", "3", "/var/log/libvirt/libxl/libxl-driver.log"}, .timeout = limit}));
  std::string words = log.ok() ? log.output : "";
  while (words.ends_with('\n')) {
    words.pop_back();
  }
  return words.empty() ? words : fmt::format("\nlibxl's log on {} ends with:\n{}", host, words);
}

/// Over connections of its own: libvirt takes one listener of a kind on each, and its limit of requests is a
/// connection's.
MigrationRecord carry_out(const Topology& topology, const Prepared& prepared, const MigrationOptions& options) {
  MigrationOptions all_options = options;
  all_options.only_layer = prepared.layered;
  if (host_of(topology, prepared.from).hypervisor == HostSpec::Hypervisor::xen) {
    all_options.give_up = [&](int domain) { return end_xen_migration(topology, prepared.from, domain); };
    if (options.timeout == MigrationOptions{}.timeout) {
      all_options.timeout = usual_timeout_of_xen;
    }
  }
  const auto connect = [&](const std::string& host) {
    return connect_libvirt(libvirt_of(topology, host), answer_limit, [] {});
  };
  const auto from = connect(prepared.from);
  const auto to = connect(prepared.move.to);
  const auto migrate = [&] {
    MigrationRecord record = from->migrate(prepared.move.guest, *to, prepared.address, all_options);
    if (all_options.give_up && !record.succeeded && !interrupted()) {
      record.error += last_words_of_libxl(topology, prepared.from) + last_words_of_libxl(topology, prepared.move.to);
    }
    return record;
  };
  const auto move = [&] {
    return is_remote(topology, prepared.move.to) ? on_record(prepared, LabFolder(topology.lab), migrate) : migrate();
  };
  if (!prepared.local_disk) {
    return move();
  }
  return move_with_disk(
      LabFolder(topology.lab),
      topology,
      *prepared.local_disk,
      prepared.from,
      prepared.move.to,
      prepared.attached,
      prepared.layered,
      move);
}

/// One that could not be begun: the others have.
MigrationRecord never_began(const Prepared& prepared, const std::string& reason) {
  MigrationRecord record;
  record.guest = prepared.move.guest;
  record.from = prepared.from;
  record.to = prepared.move.to;
  record.began = record.ended = std::chrono::steady_clock::now();
  record.error = reason;
  return record;
}

} // namespace

std::vector<MigrationRecord> Interior::migrate(const std::vector<Move>& moves, const MigrationOptions& options) {
  const std::vector<PreflightFinding> findings = preflight(topology_, *this, moves, options);
  expect_ready(findings);
  const LabState state = LabFolder(topology_.lab).read().value_or(LabState{});
  std::vector<Prepared> prepared;
  for (const Move& move : moves) {
    for (const PreflightFinding& finding : findings) {
      if (finding.guest == move.guest) {
        prepared.push_back(prepare(topology_, state, move, finding.from));
        break;
      }
    }
  }
  std::vector<MigrationRecord> records(prepared.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        records[i] = carry_out(topology_, prepared[i], options);
      } catch (const std::exception& error) {
        records[i] = never_began(prepared[i], error.what());
      }
    });
  }
  threads.clear(); // each is joined
  return records;
}

MigrationRecord Interior::migrate(const std::string& guest, const std::string& to, const MigrationOptions& options) {
  return migrate({Move{guest, to}}, options).front();
}

} // namespace migralab
