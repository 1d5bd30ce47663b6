// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/up.hpp"

#include "counting_runner.hpp"
#include "executor.hpp"
#include "gateway.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/lab/ledger.hpp"
#include "migralab/lab/remote.hpp"
#include "performer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace migralab {

namespace {

constexpr std::size_t parallel_steps = 4; // most steps wait for a daemon more than they compute

constexpr auto up_limit = std::chrono::minutes(15);     // far beyond the sum of what the steps allow themselves
constexpr auto machine_limit = std::chrono::minutes(8); // for each node that boots

/// "n1: guest 7f...; n2: not known, it does not answer: ..."
std::string describe(const std::vector<Remnant>& left) {
  std::string text;
  for (const Remnant& remnant : left) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n  ", remnant.host, remnant.what);
  }
  return text;
}

/// What hosts that outlive the lab still have of it.
std::vector<Remnant> clear_elsewhere(const LabFolder& folder, const std::optional<LabState>& state) {
  std::string problem = "the lab's record is damaged";
  try {
    if (state) {
      SystemRunner runner;
      return clear_remote_hosts(folder, *state, runner);
    }
  } catch (const Error& error) {
    if (error.status() == ExitStatus::interrupted) {
      throw;
    }
    problem = error.what();
  }
  std::vector<Remnant> left;
  for (const std::string& host : touched_hosts(read_ledger(folder))) {
    left.push_back(
        {host,
         fmt::format(
             "not known, {}; `migralab down {} --host ADDRESS` removes it",
             problem,
             folder.path().filename().native())});
  }
  return left;
}

/// Removes what there is of the lab on this machine once its processes have ended.
void forget(const LabFolder& folder) {
  remove_disks_elsewhere(folder);
  remove_control_groups(control_group_name(folder.path()));
  // Out of the way at once, lock and all: who waits for the lock finds no lab, not half of one.
  const std::filesystem::path gone =
      folder.path().parent_path() / fmt::format(".gone-{}-{}", folder.path().filename().native(), ::getpid());
  std::error_code problem;
  std::filesystem::rename(folder.path(), gone, problem);
  std::filesystem::remove_all(problem ? folder.path() : gone, problem);
  if (problem) {
    throw Error(fmt::format("cannot remove {}: {}", folder.path().native(), problem.message()));
  }
}

/// Ends whatever runs of the lab and removes its folder. The caller holds the lock. As long as remote hosts have
/// something of it, the folder stays, unless they are to be abandoned: it is how that is found again.
void clear(const LabFolder& folder, bool abandon = false) {
  const CleaningUp despite_interrupts;
  std::optional<LabState> state;
  try {
    state = folder.read();
  } catch (const Error&) {
    // A damaged record names no keeper; it is found otherwise.
  }
  const std::vector<Remnant> left = clear_elsewhere(folder, state);
  if (state) {
    end_keeper(state->keeper);
  }
  end_keepers_of(folder.path());
  if (!left.empty() && !abandon) {
    throw Error(fmt::format("not all of the lab could be removed:\n  {}", describe(left)))
        .with_hint("`migralab down` tries again, as often as you like; with --abandon it forgets what is there");
  }
  forget(folder);
}

/// What a `down` that was killed had put out of the way, .gone-LAB-PROCESS.
void sweep_removed_folders() {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(state_home(), problem)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(".gone-") &&
        !std::filesystem::exists(std::filesystem::path("/proc") / name.substr(name.rfind('-') + 1))) {
      std::filesystem::remove_all(entry.path(), problem); // what stays is told by audit
    }
  }
}

/// The one key of a lab: whoever may read the lab's folder may log in to its guests.
void make_key(const LabFolder& folder, CommandRunner& runner) {
  std::filesystem::create_directories(folder.key().parent_path());
  run_checked(
      runner, {.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "migralab", "-f", folder.key().native()}});
}

/// For the owner's eyes.
void write_private(const std::filesystem::path& file, const std::string& content) {
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::permissions(file.parent_path(), std::filesystem::perms::owner_all);
  write_file(file, content);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// What guests and storage servers of an adopted lab know already.
void write_keys(const LabFolder& folder, const Adoption& adoption) {
  write_private(folder.key(), adoption.key);
  write_file(folder.key().native() + ".pub", adoption.public_key);
  for (const auto& [storage, secret] : adoption.secrets) {
    write_private(made_secret(folder, storage), secret);
  }
}

/// Before anything of the lab runs.
ControlGroups make_groups(const Topology& topology, const LabFolder& folder) {
  ControlGroups groups = make_control_groups(
      find_control_groups(::geteuid() == 0), control_group_name(folder.path()), topology.hosts.size());
  std::map<std::string, PartitionLimits> partitions;
  for (const GuestSpec& guest : topology.guests) {
    if (guest.limits.memory) {
      partitions[guest_partition(guest.name)] = {.memory = *guest.limits.memory, .cpu_shares = guest.limits.cpu_shares};
    }
  }
  for (const HostSpec& host : topology.hosts) {
    if (is_remote(host)) {
      continue; // what it has is its own
    }
    make_host_group(
        groups, host.name, {.cpus = host.cpus, .memory = memory_limit_of(topology, host), .partitions = partitions});
  }
  return groups;
}

/// The error, once nothing is left of what it interrupted; or with what could not be undone.
Error undone(const LabFolder& folder, const Error& error, bool adopted) {
  try {
    if (adopted) {
      std::filesystem::remove(ledger_of(folder)); // nothing on the hosts is touched
    }
    clear(folder);
    return error;
  } catch (const Error& left) {
    return Error(fmt::format("{}\n{}", error.what(), left.what()), error.status()).with_hint(left.hint());
  }
}

/// What is left of a step where the guest runs already: it is not started, but has to answer.
std::optional<Step> not_yet_done(Step step, const Adoption& adoption) {
  if (const auto* start = std::get_if<StartGuest>(&step.action)) {
    return adoption.running.contains(start->guest.name) ? std::nullopt : std::optional(step);
  }
  if (std::holds_alternative<MakeDisk>(step.action)) {
    return std::nullopt; // it is there, and has what the guest wrote
  }
  if (auto* await = std::get_if<AwaitGuest>(&step.action)) {
    await->boots = !adoption.running.contains(await->guest);
  }
  return step;
}

std::string new_uuid() {
  const std::string uuid = read_file("/proc/sys/kernel/random/uuid");
  return uuid.substr(0, uuid.find('\n'));
}

} // namespace

LabState bring_up(
    const Topology& wished,
    const Plan& plan,
    const std::map<std::string, GuestImage>& images,
    CommandRunner& runner,
    const Talk& talk,
    const Adoption* adoption) {
  expect_nothing_missing(look_at_machine(runner));
  for (const std::string& warning : check_disk_places(wished)) {
    talk(warning);
  }
  Topology topology = wished;
  const LabFolder folder(topology.lab);
  const LabLock lock(folder, "up", true, std::chrono::seconds(2));
  if (const auto known = folder.read()) {
    if (adoption != nullptr) {
      if (known->uuid != adoption->instance || keeper_runs(known->keeper)) {
        throw Error(fmt::format("lab {} is on record here already", topology.lab))
            .with_hint("`migralab ls` shows it; `migralab down` ends it, and removes what is on its hosts");
      }
      talk(fmt::format("taking up lab {}, which ended here and not on its hosts", topology.lab));
      end_keepers_of(folder.path());
      forget(folder);
      return bring_up(wished, plan, images, runner, talk, adoption); // the lock went with the folder
    }
    // We hold the lock, so a lab that is still starting is one whose `up` was killed.
    if (known->phase == LabState::Phase::up && (known->simulated || keeper_runs(known->keeper))) {
      throw Error(fmt::format("lab {} is already up", topology.lab))
          .with_hint(fmt::format("`migralab down {0}` ends it; `--name OTHER` brings up a second one", topology.lab));
    }
    talk(fmt::format("clearing what an earlier lab {} left", topology.lab));
    clear(folder);
    return bring_up(wished, plan, images, runner, talk, adoption); // the lock went with the folder
  }

  LabState state;
  state.lab = topology.lab;
  state.uuid = adoption == nullptr ? new_uuid() : adoption->instance;
  topology.instance = state.uuid;
  state.created = adoption == nullptr ? utc_timestamp() : adoption->created;
  state.accelerator = accelerator_name(plan.kvm);
  state.topology_file = std::filesystem::absolute(topology.file);
  for (const auto& [name, image] : images) {
    state.image_digests[name] = image.digest;
    if (image.disk) {
      state.layered.insert(name);
    }
  }
  try {
    write_file(folder.topology(), topology.text);
    if (adoption == nullptr) {
      make_key(folder, runner);
    } else {
      write_keys(folder, *adoption);
      for (const RemoteNode& node : remote_nodes(topology)) { // all of them have something, whatever comes of this
        record(folder, {.time = utc_timestamp(), .host = node.name, .act = "adopt"});
      }
    }
    make_disk_places(folder, topology);
    std::filesystem::create_directories(cache_home() / "libvirt");
    sweep_control_groups(state_home());
    if (!plan.unenforced.empty()) {
      talk("warning: " + plan.unenforced);
    }
    state.groups = make_groups(topology, folder);
    start_keeper(topology.lab, folder.path(), runner, [&](const KeeperRecord& keeper) {
      state.keeper = keeper;
      folder.write(state);
    });
    if (!plan.remotes.empty()) {
      connect_remote_hosts(topology, state.keeper, folder, runner);
      talk(fmt::format("connected to {}", fmt::join(plan.remotes, ", ")));
    }
    const int code = inside(
        state.keeper,
        [&] {
          CountingRunner counting(runner);
          Performer performer(topology, state, images, counting);
          execute(
              plan,
              parallel_steps,
              [&](const Step& step) {
                if (const auto still_to_do =
                        adoption == nullptr ? std::optional(step) : not_yet_done(step, *adoption)) {
                  performer.perform(*still_to_do);
                }
              },
              [&](const StepReport& report) {
                talk(fmt::format(
                    "[{:2}/{}] {} ({})", report.done, plan.steps.size(), report.step.name, human(report.took)));
              });
          if (!plan.remotes.empty()) {
            talk(fmt::format("{} commands over ssh", counting.over_ssh()));
          }
          return 0;
        },
        up_limit + machine_limit * static_cast<int>(count_machines(topology)));
    if (code != 0) {
      throw Error(fmt::format("the process that performed the plan ended with exit code {}", code));
    }
    for (const Gateway& gateway : plan.gateways) {
      start_gateway(state.keeper, gateway, folder, runner);
      talk("outbound " + gateway.network.network);
    }
    state.phase = LabState::Phase::up;
    folder.write(state);
  } catch (const Error& error) {
    const bool asked = error.status() != ExitStatus::interrupted && !plan.remotes.empty();
    Error whole(error.what() + std::string(asked ? told_of_restarts(topology, folder, runner) : ""), error.status());
    throw undone(folder, whole.with_hint(error.hint()).in("up " + topology.lab), adoption != nullptr);
  } catch (const std::exception& error) { // std::filesystem's, mostly
    throw undone(folder, Error(error.what()).in("up " + topology.lab), adoption != nullptr);
  }
  return state;
}

bool tear_down(const std::string& lab, bool abandon) {
  const LabFolder folder(lab);
  sweep_control_groups(state_home());
  sweep_removed_folders();
  if (!std::filesystem::exists(folder.path())) {
    end_keepers_of(folder.path()); // of a lab whose folder somebody has removed
    return false;
  }
  const LabLock lock(folder, "down", false, std::chrono::seconds(3));
  if (!lock.held()) {
    return false; // another `down` was faster
  }
  clear(folder, abandon);
  return true;
}

} // namespace migralab
