// SPDX-License-Identifier: Apache-2.0
#include "misfits.hpp"
#include "migralab/balancer/plan.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/core/units.hpp"
#include "migralab/workload/place.hpp"
#include "reachable_address.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

template <typename Specs> std::vector<std::string> names_of(const Specs& specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs) {
    names.push_back(spec.name);
  }
  return names;
}

class Fitting {
public:
  Fitting(const Experiment& experiment, const Topology& topology)
      : experiment_(experiment), topology_(topology), guests_(names_of(topology.guests)),
        clients_(names_of(topology.clients)) {}

  std::vector<Remark> misfits() {
    const bool client = !experiment_.client.empty() && expect_name(experiment_.client, clients_, "client", {"client"});
    bool all_known = true;
    for (const GuestRoute& route : experiment_.routes) {
      expect_hosts(route);
      if (!expect_name(route.guest, guests_, "guest", {"moves." + route.guest, "guest"})) {
        all_known = false;
        continue;
      }
      check_guest(route);
      if (client && !reachable_address(topology_, experiment_.client, route.guest)) {
        add(fmt::format(
                "client '{}' shares no network with guest '{}': it could not measure it",
                experiment_.client,
                route.guest),
            "give both an interface on one network of the topology",
            {"client"});
      }
    }
    if (all_known && experiment_.migration.copy_storage) {
      check_copying();
    }
    if (experiment_.balance) {
      check_balance();
    }
    for (const WorkloadSpec& workload : experiment_.workloads) {
      check_workload(workload);
      check_window(workload);
    }
    return std::move(misfits_);
  }

private:
  void add(std::string message, std::string hint, std::vector<std::string> paths) {
    Remark remark{std::move(message), std::move(hint), std::move(paths)};
    if (std::find(misfits_.begin(), misfits_.end(), remark) == misfits_.end()) {
      misfits_.push_back(std::move(remark));
    }
  }

  /// Remarks on a name that is not among `known`; false then.
  bool expect_name(
      const std::string& name,
      const std::vector<std::string>& known,
      const std::string& kind,
      const std::vector<std::string>& paths) {
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return true;
    }
    add(fmt::format("the topology has no {} '{}'", kind, name),
        known.empty() ? fmt::format("{} has no {}s", topology_.file.native(), kind) : suggest(name, known, kind + "s"),
        paths);
    return false;
  }

  static std::vector<std::string> stop_paths(const GuestRoute& route, std::size_t stop) {
    return {fmt::format("moves.{}.{}", route.guest, stop), fmt::format("route.{}", stop)};
  }

  void expect_hosts(const GuestRoute& route) {
    const std::vector<std::string> hosts = names_of(topology_.hosts);
    for (std::size_t i = 0; i < route.hosts.size(); ++i) {
      expect_name(route.hosts[i], hosts, "host", stop_paths(route, i));
    }
  }

  [[nodiscard]] bool has_local_disk(const GuestSpec& guest) const {
    return guest.disk && storage_of(topology_, guest.disk->storage).type == StorageSpec::Type::local;
  }

  void check_guest(const GuestRoute& route) {
    const GuestSpec& guest = guest_of(topology_, route.guest);
    if (experiment_.moves && !route.hosts.empty() && route.hosts.front() == guest.host) {
      add(fmt::format("the route begins at '{}', where guest '{}' starts", guest.host, guest.name),
          "leave that stop out: the first one is where the guest moves to first",
          stop_paths(route, 0));
    }
    check_hypervisors(route, guest);
    if (experiment_.moves && has_local_disk(guest) && !experiment_.migration.copy_storage) {
      add(fmt::format(
              "the disk of guest '{}' is a file on its host (storage '{}' is of type local), so it moves only "
              "together with it",
              guest.name,
              guest.disk->storage),
          "add 'migration: {copy_storage: true}', or use storage of type iscsi or nfs",
          {"migration"});
    }
    if (experiment_.http && !guest.services.contains(Service::http)) {
      add(fmt::format("guest '{}' has no http service to load", guest.name),
          "add 'services: [http]' to it in the topology",
          {"load.http"});
    }
  }

  /// A guest of one hypervisor runs on no other.
  void check_hypervisors(const GuestRoute& route, const GuestSpec& guest) {
    const HostSpec& start = host_of(topology_, guest.host);
    for (std::size_t i = 0; i < route.hosts.size(); ++i) {
      const auto stop = std::find_if(topology_.hosts.begin(), topology_.hosts.end(), [&](const HostSpec& host) {
        return host.name == route.hosts[i];
      });
      if (stop != topology_.hosts.end() && stop->hypervisor != start.hypervisor) {
        add(fmt::format(
                "guest '{}' starts on '{}', a {} host, and cannot move to '{}', a {} host",
                guest.name,
                start.name,
                to_string(start.hypervisor),
                stop->name,
                to_string(stop->hypervisor)),
            "name hosts with the same hypervisor",
            stop_paths(route, i));
      }
    }
  }

  /// Of all guests together: with several, some may have disks that move and others not.
  void check_copying() {
    std::vector<std::string> without;
    for (const GuestRoute& route : experiment_.routes) {
      if (has_local_disk(guest_of(topology_, route.guest))) {
        return;
      }
      without.push_back("'" + route.guest + "'");
    }
    if (!without.empty()) {
      add(fmt::format("guest {} has no disk to copy", fmt::join(without, " and ")),
          "'copy_storage' is for disks on storage of type local: leave it out",
          {"migration.copy_storage"});
    }
  }

  void check_balance() {
    try {
      static_cast<void>(balancer::plan_balancer(topology_, {}, experiment_.balance->wish, {}, 1));
    } catch (const Error& error) {
      add(error.what(), error.hint(), {"balance.evacuate", "balance.together", "balance.apart", "balance"});
    }
  }

  void check_workload(const WorkloadSpec& workload) {
    if (std::find(clients_.begin(), clients_.end(), workload.node) != clients_.end()) {
      return;
    }
    const auto guest = std::find_if(topology_.guests.begin(), topology_.guests.end(), [&](const GuestSpec& one) {
      return one.name == workload.node;
    });
    if (guest == topology_.guests.end()) {
      std::vector<std::string> nodes = guests_;
      nodes.insert(nodes.end(), clients_.begin(), clients_.end());
      add(fmt::format(
              "workload '{}' is to run on '{}', which is no guest or client of the topology",
              workload.name,
              workload.node),
          suggest(workload.node, nodes, "guests and clients"),
          {fmt::format("workloads.{}.on", workload.name)});
      return;
    }
    if (workload.kind == "copies" && peers_of(topology_, workload.node).empty()) {
      add(fmt::format(
              "workload '{}' copies to other guests, and none is on a network of guest '{}'",
              workload.name,
              workload.node),
          "put another guest on one of its networks in the topology",
          {fmt::format("workloads.{}.on", workload.name)});
    }
    const auto size = workload.options.find("size");
    if (workload.kind != "memory-writer" || size == workload.options.end()) {
      return;
    }
    if (const Parsed<Bytes> set = parse_bytes(size->second); set.value && *set.value >= guest->memory) {
      add(fmt::format(
              "workload '{}' writes to {} of memory, and guest '{}' has {}",
              workload.name,
              to_string(*set.value),
              guest->name,
              to_string(guest->memory)),
          "make its 'size' smaller: the guest's system needs some memory, too",
          {fmt::format("workloads.{}.size", workload.name)});
    }
  }

  /// Whether it begins at all may depend on how long the migration takes.
  void check_window(const WorkloadSpec& workload) {
    constexpr auto dirty_rate_time = std::chrono::seconds(4);
    const Nanoseconds most =
        experiment_.settle + experiment_.before + experiment_.after +
        (experiment_.dirty_rate ? Nanoseconds(dirty_rate_time) : Nanoseconds{}) +
        (experiment_.moves ? std::min(experiment_.migration.timeout, experiment_.trial_limit) : Nanoseconds{}) +
        (experiment_.balance ? experiment_.balance->lasts : Nanoseconds{});
    if (workload.begins >= most) {
      add(fmt::format(
              "workload '{}' begins after {}, and a trial is over after {} at the latest",
              workload.name,
              human(workload.begins),
              human(most)),
          "let it begin earlier, or measure for longer: 'settle', 'before' and 'after'",
          {fmt::format("workloads.{}.begins", workload.name)});
    }
  }

  const Experiment& experiment_;
  const Topology& topology_;
  std::vector<std::string> guests_;
  std::vector<std::string> clients_;
  std::vector<Remark> misfits_;
};

} // namespace

std::vector<Remark> misfits_of(const Experiment& experiment, const Topology& topology) {
  return Fitting(experiment, topology).misfits();
}

Location place_of(const Remark& remark, Places& places) {
  for (const std::string& path : remark.paths) {
    if (const Location place = places.of(path); place.line != 0) {
      return place;
    }
  }
  return {};
}

} // namespace migralab
