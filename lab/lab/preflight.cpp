// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/preflight.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interfaces.hpp"
#include "migralab/hypervisor/host_storage.hpp"
#include "migralab/hypervisor/inspection.hpp"
#include "migralab/hypervisor/xen_features.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/host_facts.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"
#include "tcp_reach.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <set>
#include <sstream>

namespace migralab {

namespace {

constexpr auto disk_limit = std::chrono::seconds(10);
constexpr auto answer_limit = std::chrono::seconds(4);  // of a libvirtd that has been up
constexpr auto connect_limit = std::chrono::seconds(5); // over a network that may add delay and lose frames

using Verdict = PreflightFinding::Verdict;

/// What a check throws. Anything else that goes wrong in a check is an Error, too, and as good a reason to refuse.
Error refusal(const std::string& what, const std::string& fix, ExitStatus status = ExitStatus::failed) {
  return Error(what, status).with_hint(fix);
}

class Preflight {
public:
  Preflight(
      const Topology& topology,
      const Survey& survey,
      const std::vector<Move>& moves,
      const MigrationOptions& options)
      : topology_(topology), survey_(survey), moves_(moves), options_(options), folder_(topology.lab),
        state_(folder_.read().value_or(LabState{})) {}

  [[nodiscard]] std::vector<PreflightFinding> of(const Move& move) const {
    const Case one{
        guest_of(topology_, move.guest),
        host_of(topology_, move.to),
        host_of(topology_, place_of(topology_, survey_, move.guest).host)};
    const std::string other_kind =
        one.from.hypervisor == one.to.hypervisor ? "" : "the hosts are of different hypervisors";
    const std::string silence =
        survey_.silent.contains(move.to) ? fmt::format("{} does not answer", move.to) : other_kind;
    std::vector<PreflightFinding> findings;
    const auto check =
        [&](Prerequisite prerequisite, const std::string& obstacle, const std::function<std::string()>& look) {
          PreflightFinding finding{
              .guest = move.guest,
              .from = one.from.name,
              .to = move.to,
              .prerequisite = prerequisite,
              .what = {},
              .fix = {}};
          if (!obstacle.empty()) {
            finding.verdict = Verdict::unknown;
            finding.what = "not looked at: " + obstacle;
          } else {
            try {
              finding.what = look();
            } catch (const Error& error) {
              if (error.status() == ExitStatus::interrupted) {
                throw;
              }
              finding.verdict = Verdict::failed;
              finding.what = error.what();
              finding.fix = error.hint();
              finding.status = error.status();
            }
          }
          findings.push_back(std::move(finding));
        };
    check(Prerequisite::hypervisor, "", [&] { return hypervisor(one); });
    check(Prerequisite::technique, "", [&] { return technique(one); });
    check(Prerequisite::processor, silence, [&] { return processor(one); });
    check(Prerequisite::memory, silence, [&] { return memory(one); });
    check(Prerequisite::networks, other_kind, [&] { return networks(one); });
    check(Prerequisite::migration_network, other_kind, [&] { return migration_network(one); });
    check(Prerequisite::storage, other_kind, [&] { return storage(one); });
    return findings;
  }

private:
  struct Case {
    const GuestSpec& guest;
    const HostSpec& to;
    const HostSpec& from;
  };

  [[nodiscard]] std::string hypervisor(const Case& one) const {
    const auto silent = survey_.silent.find(one.to.name);
    if (silent != survey_.silent.end()) {
      throw refusal(
          fmt::format("the hypervisor of {} does not answer: {}", one.to.name, silent->second),
          fmt::format(
              "its log is in the lab's folder, {}; choose another host, or `migralab down` and `up`",
              log_of(topology_, one.to.name)));
    }
    return fmt::format("libvirtd of {} answers", one.to.name);
  }

  [[nodiscard]] std::string technique(const Case& one) const {
    const bool xen = one.from.hypervisor == HostSpec::Hypervisor::xen;
    if (one.from.hypervisor != one.to.hypervisor) {
      throw refusal(
          fmt::format(
              "{} is a {} host and {} a {} host: a guest runs on one kind only",
              one.from.name,
              to_string(one.from.hypervisor),
              one.to.name,
              to_string(one.to.hypervisor)),
          "choose a host with the same hypervisor",
          ExitStatus::bad_input);
    }
    if (!same_kind(one.from, one.to)) {
      throw refusal(
          fmt::format(
              "{} is a {} and {} a {}: a guest moves among machines or among namespaces, which have its disk in "
              "different ways",
              one.from.name,
              to_string(one.from.substrate),
              one.to.name,
              to_string(one.to.substrate)),
          "choose a host with the same substrate",
          ExitStatus::bad_input);
    }
    const std::string problem = xen ? problem_of_mode(one.guest.mode, options_.technique) : "";
    SystemRunner runner;
    if (!problem.empty() && !(is_remote(one.from) && has_shadow_paging(topology_, one.from.name, runner))) {
      throw refusal(
          fmt::format("guest {}: {}", one.guest.name, problem),
          "--technique stop-and-copy moves it; a guest of mode pvh goes live",
          ExitStatus::bad_input);
    }
    const std::vector<Feature> missing = unavailable_of(options_, features_of(one.from.hypervisor));
    if (missing.empty()) {
      return fmt::format("{} is available", to_string(options_.technique));
    }
    std::string what;
    std::string fix;
    for (const Feature& feature : missing) {
      what += fmt::format("{}{} is not available here: {}", what.empty() ? "" : "; ", feature.name, feature.reason);
      fix = fix.empty() ? feature.fix : fix;
    }
    throw machine_lacks(what, fix.empty() ? "`migralab capabilities` shows what is" : fix);
  }

  [[nodiscard]] std::string processor(const Case& one) const {
    if (is_machine(one.from) && !is_remote(one.from)) {
      return "both hosts are machines that the lab boots with the same processor";
    }
    if (one.from.hypervisor == HostSpec::Hypervisor::xen) { // whose libvirt compares nothing
      SystemRunner runner;
      const std::vector<std::string> lacking = lacking_features(topology_, one.from.name, one.to.name, runner);
      if (!lacking.empty()) {
        throw refusal(
            fmt::format(
                "the processor of {} lacks what that of {} has, and the guest may use it: {}",
                one.to.name,
                one.from.name,
                fmt::join(lacking, ", ")),
            "choose a host with the same kind of processor",
            ExitStatus::machine_lacks);
      }
      return fmt::format("that of {} has all that that of {} has", one.to.name, one.from.name);
    }
    const std::string cpu =
        connect_inspection(libvirt_of(topology_, one.from.name), answer_limit)->cpu_of(one.guest.name);
    const std::string problem = connect_inspection(libvirt_of(topology_, one.to.name), answer_limit)
                                    ->cpu_problem(cpu, guests_use_kvm(topology_, one.to, state_));
    if (!problem.empty()) {
      throw refusal(
          fmt::format("{} cannot give guest {} the processor that it has: {}", one.to.name, one.guest.name, problem),
          "choose a host with the same kind of processor",
          ExitStatus::machine_lacks);
    }
    return fmt::format("{} has what the guest's processor needs", one.to.name);
  }

  /// A host's memory is a promise of the topology, whether the machine can enforce it or not. Guests that leave at the
  /// same time are counted: which one is gone first is not known.
  [[nodiscard]] std::string memory(const Case& one) const {
    Bytes there;
    Bytes coming;
    for (const GuestSpec& other : topology_.guests) {
      const auto place = survey_.guests.find(other.name);
      if (other.name == one.guest.name || place == survey_.guests.end()) {
        continue;
      }
      const bool comes = std::any_of(moves_.begin(), moves_.end(), [&](const Move& move) {
        return move.guest == other.name && move.to == one.to.name;
      });
      if (place->second.host == one.to.name) {
        there += other.memory;
      } else if (comes) {
        coming += other.memory;
      }
    }
    const Bytes wanted = one.guest.memory;
    if (there + coming + wanted > one.to.memory) {
      const std::string others =
          there == Bytes{} ? "" : fmt::format(", of which guests there have {}", to_string(there));
      const std::string arriving =
          coming == Bytes{} ? "" : fmt::format(", and guests that come at the same time need {}", to_string(coming));
      throw refusal(
          fmt::format(
              "guest {} needs {}: {} has {}{}{}",
              one.guest.name,
              to_string(wanted),
              one.to.name,
              to_string(one.to.memory),
              others,
              arriving),
          !arriving.empty() ? "move one guest after the other, or to different hosts"
          : others.empty()  ? "give the host more memory in the topology, or choose another"
                            : "move another guest away first, or choose another host",
          ExitStatus::bad_input);
    }
    return fmt::format(
        "{} of {} are free, {} needs {}",
        to_string(Bytes{one.to.memory.count - there.count - coming.count}),
        to_string(one.to.memory),
        one.guest.name,
        to_string(wanted));
  }

  [[nodiscard]] std::set<std::string> interfaces_of(const HostSpec& host) const {
    std::set<std::string> interfaces;
    if (is_machine(host)) {
      SystemRunner runner;
      std::istringstream names(run_checked(runner, on_host(topology_, host.name, {.argv = {"ls", "/sys/class/net"}})));
      for (std::string name; names >> name;) {
        interfaces.insert(name);
      }
      return interfaces;
    }
    in_network_of(host.name, [&] {
      for (const auto& [name, count] : interface_counts()) {
        interfaces.insert(name);
      }
    });
    return interfaces;
  }

  [[nodiscard]] std::string networks(const Case& one) const {
    const std::set<std::string> interfaces = interfaces_of(one.to);
    std::string names;
    for (const Attachment& attachment : one.guest.networks) {
      const bool declared = std::any_of(one.to.networks.begin(), one.to.networks.end(), [&](const Attachment& other) {
        return other.network == attachment.network;
      });
      if (!declared) {
        throw refusal(
            fmt::format(
                "{} is not on network {}, which guest {} is on", one.to.name, attachment.network, one.guest.name),
            "attach the host to that network in the topology, or choose another host",
            ExitStatus::bad_input);
      }
      const std::string bridge = guest_bridge(topology_, one.to, one.guest, attachment.network);
      if (!interfaces.contains(bridge)) {
        throw refusal(
            fmt::format("the bridge of network {} on {}, {}, is gone", attachment.network, one.to.name, bridge),
            "somebody removed it while the lab ran: `migralab down` and `up` make it anew");
      }
      names += (names.empty() ? "" : ", ") + attachment.network;
    }
    return names.empty() ? "the guest is on no network" : fmt::format("{} is on {}", one.to.name, names);
  }

  [[nodiscard]] std::string migration_network(const Case& one) const {
    const auto attachment = attachment_for(topology_, one.to.networks, Role::migration);
    if (!attachment) {
      throw refusal(
          fmt::format("host {} is on no network with role migration", one.to.name),
          "give the role to one of its networks in the topology",
          ExitStatus::bad_input);
    }
    const std::string problem = is_machine(one.from)
                                    ? tcp_problem_of_machine(topology_, one.from.name, attachment->address)
                                    : tcp_problem(one.from.name, one.to.name, attachment->address, connect_limit);
    if (!problem.empty()) {
      throw refusal(
          fmt::format(
              "{} does not reach {} at {} on network {}: {}",
              one.from.name,
              one.to.name,
              to_string(attachment->address),
              attachment->network,
              problem),
          fmt::format("`migralab exec {} -- ip address` shows its links; `migralab shape` its shaping", one.from.name));
    }
    return fmt::format(
        "{} reaches {} at {} on {}", one.from.name, one.to.name, to_string(attachment->address), attachment->network);
  }

  [[nodiscard]] std::string storage(const Case& one) const {
    if (!one.guest.disk) {
      if (options_.copy_storage) {
        throw nothing_to_copy(one);
      }
      return "the guest has no disk";
    }
    const StorageSpec& storage = storage_of(topology_, one.guest.disk->storage);
    if (storage.type == StorageSpec::Type::local) {
      return local_disk(one, storage);
    }
    if (options_.copy_storage) { // both hosts would write to the one disk
      throw nothing_to_copy(one);
    }
    // Not when it has been detached.
    if (!connect_host_storage(libvirt_of(topology_, one.from.name), answer_limit)->has_disk(one.guest.name)) {
      return "the disk is detached";
    }
    expect_disk_seen(one);
    return fmt::format("{} opens the disk on {} ({})", one.to.name, storage.name, to_string(storage.type));
  }

  [[nodiscard]] static Error nothing_to_copy(const Case& one) {
    return refusal(
        fmt::format("guest {} has no disk that only its host sees: there is nothing to copy", one.guest.name),
        "leave --copy-storage out",
        ExitStatus::bad_input);
  }

  [[nodiscard]] std::string local_disk(const Case& one, const StorageSpec& storage) const {
    if (!options_.copy_storage) {
      throw refusal(
          fmt::format(
              "the disk of guest {} is a file on {} (storage {} is of type local): {} does not see it",
              one.guest.name,
              one.from.name,
              storage.name,
              one.to.name),
          "--copy-storage copies the disk along; or use storage of type iscsi or nfs",
          ExitStatus::bad_input);
    }
    return fmt::format("the disk, a file on {}, is copied along", one.from.name);
  }

  /// A migration to a host that cannot open the disk would hang there, or end with a guest without its disk.
  void expect_disk_seen(const Case& one) const {
    const DiskPlan disk = disk_plans(topology_).at(one.guest.name);
    const StorageServer server = storage_server(folder_, topology_, disk.storage);
    const DiskSource source = disk_source(server, disk, disk_file(folder_, topology_, disk, one.to.name));
    SystemRunner runner;
    try {
      if (is_machine(one.to)) { // its kernel has been logged in since it came up: does it still answer?
        static_cast<void>(attach_to_machine(topology_, one.to.name, source, disk.guest, runner));
        return;
      }
      const DiskCopy copy(folder_, topology_, disk, one.to.name, Depth::reachable, runner);
      in_network_of(one.to.name, [&] {
        make_storage_backend(server, disk.type, runner)->verify(source, copy.file(), Depth::reachable, disk_limit);
      });
    } catch (const Error& error) {
      if (error.status() == ExitStatus::interrupted) {
        throw;
      }
      throw refusal(
          fmt::format("{} cannot open the disk of guest {}: {}", one.to.name, disk.guest, error.what()),
          "nothing was moved; `migralab storage verify` tries every disk from every host");
    }
  }

  const Topology& topology_;
  const Survey& survey_;
  const std::vector<Move>& moves_;
  const MigrationOptions& options_;
  LabFolder folder_;
  LabState state_;
};

void expect_sensible(const Topology& topology, const Survey& survey, const std::vector<Move>& moves) {
  std::set<std::string> seen;
  for (const Move& move : moves) {
    static_cast<void>(host_of(topology, move.to));
    static_cast<void>(guest_of(topology, move.guest));
    if (!seen.insert(move.guest).second) {
      throw Error(fmt::format("guest {} is named twice", move.guest), ExitStatus::bad_input)
          .with_hint("a guest moves to one host at a time");
    }
    if (place_of(topology, survey, move.guest).host == move.to) {
      throw Error(fmt::format("guest {} is already on {}", move.guest, move.to), ExitStatus::bad_input);
    }
  }
}

} // namespace

std::vector<PreflightFinding>
preflight(const Topology& topology, Interior& lab, const std::vector<Move>& moves, const MigrationOptions& options) {
  const Survey survey = lab.survey();
  expect_sensible(topology, survey, moves);
  const Preflight checks(topology, survey, moves, options);
  std::vector<PreflightFinding> findings;
  for (const Move& move : moves) {
    for (PreflightFinding& finding : checks.of(move)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

} // namespace migralab
