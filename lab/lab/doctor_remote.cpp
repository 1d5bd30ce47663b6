// SPDX-License-Identifier: Apache-2.0
// Doctor's look at remote hosts: each by itself, and what they have to have in common.
#include "at_once.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/units.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/substrate/remote.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace migralab {

namespace {

constexpr double clocks_apart = 0.5;    // s: logs of two hosts could not be put in order
constexpr unsigned vxlan_overhead = 50; // bytes of an outer IPv4, UDP and VXLAN header with the inner Ethernet's
constexpr unsigned usual_mtu = 1500;
constexpr auto first_migration_port = "49152"; // qemu.conf(5), migration_port_min
constexpr std::size_t shown_flags = 8;
constexpr auto reach_limit = std::chrono::seconds(10);

using Status = Finding::Status;

struct Host {
  std::string destination;
  RemoteFacts facts;
  double offset = 0; // s, of its clock to ours
  std::string problem;
};

/// The clock is compared when its line arrives: what the way takes is in it, the login is not.
void ask(Host& host, CommandRunner& runner) {
  try {
    host.facts = ask_remote(host.destination, runner, [&](double theirs) {
      const double ours = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
      host.offset = theirs - ours;
    });
  } catch (const Error& error) {
    host.problem = error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint());
  }
}

class Examination {
public:
  explicit Examination(std::vector<Finding>& findings) : findings_(findings) {}

  void of(const Host& host) {
    const RemoteFacts& facts = host.facts;
    const auto name = [&](const char* what) { return fmt::format("{}: {}", host.destination, what); };
    if (!host.problem.empty()) {
      add(name("ssh"), false, host.problem, "no lab can use it", "make `ssh HOST true` work without a question");
      return;
    }
    add(name("ssh"), true, fmt::format("user {} at {}, kernel {}", facts.user, to_string(facts.address), facts.kernel));
    add(name("root"),
        facts.root,
        facts.root ? "commands can run as root" : fmt::format("sudo of {} wants a password", facts.user),
        "bridges, disks and guests are root's",
        "log in as root, or allow this user sudo without a password");
    add(name("hypervisor"),
        facts.hypervisor != "none" ? Status::ok : Status::warning,
        facts.hypervisor == "none" ? "no Xen, no KVM that works" : facts.hypervisor,
        "guests are emulated: correct, but no performance figures",
        "boot it with Xen, or switch virtualisation on in its firmware");
    add(name("processor"), true, facts.processor);
    const bool serves = facts.tgtd || facts.ganesha || facts.nfsd;
    add(name("libvirt"),
        facts.libvirt ? Status::ok
        : serves      ? Status::warning
                      : Status::missing,
        facts.libvirt ? "its socket can be written to" : "no socket that this user may write to",
        "guests are started and moved by it; a storage server needs none",
        "install and start libvirtd; put the user into the group libvirt");
    add(name("programs"),
        facts.missing.empty() ? Status::ok : Status::warning,
        facts.missing.empty() ? "all there" : fmt::format("without {}", fmt::join(facts.missing, ", ")),
        "some labs need them",
        "install iproute2, libvirt-clients, open-iscsi, nfs-common, and qemu-system-x86 for KVM; vblade to serve AoE");
    add(name("storage"),
        Status::ok,
        fmt::format(
            "as a server: iscsi {}, nfs {}",
            facts.tgtd  ? "by tgtd"
            : facts.lio ? "by its kernel"
                        : "not",
            facts.ganesha ? "by ganesha"
            : facts.nfsd  ? "by its kernel"
                          : "not"));
    add(name("vxlan"),
        facts.vxlan,
        facts.vxlan ? "its kernel has it" : "its kernel has none",
        "labs' networks lead from host to host by it",
        "modprobe vxlan");
    const bool wide = facts.mtu >= usual_mtu + vxlan_overhead;
    add(name("mtu"),
        wide ? Status::ok : Status::warning,
        fmt::format("{} bytes", facts.mtu),
        fmt::format("a full packet of a lab's network needs {}: it is split in two", usual_mtu + vxlan_overhead),
        fmt::format(
            "raise it there and on the switches, or write 'mtu: {}' for the networks", facts.mtu - vxlan_overhead));
    add(name("clock"),
        std::abs(host.offset) < clocks_apart ? Status::ok : Status::warning,
        fmt::format("{:+.3f} s to this machine's", host.offset),
        "its logs do not fit the others'",
        "run an NTP client there; measurements do not depend on it");
  }

  void of_pair(const Host& one, const Host& other, CommandRunner& runner) {
    const std::string pair = fmt::format("{} to {}", one.destination, other.destination);
    std::vector<std::string> lacking;
    std::set_difference(
        one.facts.flags.begin(),
        one.facts.flags.end(),
        other.facts.flags.begin(),
        other.facts.flags.end(),
        std::back_inserter(lacking));
    const std::size_t all = lacking.size();
    lacking.resize(std::min(all, shown_flags));
    add(pair + ": processor",
        all == 0 ? Status::ok : Status::warning,
        all == 0
            ? "has all that the first one's has"
            : fmt::format(
                  "lacks {} of its features: {}{}", all, fmt::join(lacking, ", "), all > shown_flags ? ", ..." : ""),
        "a guest that started on the first may not be able to go there",
        "start guests on the host with fewer features");
    if (one.facts.root) {
      reach(pair, one, other, runner);
    }
  }

  void of_all(const std::vector<Host>& hosts) {
    std::map<std::string, std::string> initiators;
    for (const Host& host : hosts) {
      if (host.facts.initiator.empty()) {
        continue;
      }
      const auto [other, is_new] = initiators.try_emplace(host.facts.initiator, host.destination);
      if (!is_new) {
        add("initiator names",
            false,
            fmt::format("{} and {} are both {}", other->second, host.destination, host.facts.initiator),
            "an iSCSI server takes them for one: one's login ends the other's",
            "write another name into /etc/iscsi/initiatorname.iscsi of one, and restart its iscsid");
        return;
      }
    }
    if (initiators.size() > 1) {
      add("initiator names", true, "each its own");
    }
  }

private:
  void add(std::string name, Status status, std::string seen, std::string cause = {}, std::string fix = {}) {
    const bool ok = status == Status::ok;
    findings_.push_back(
        {.name = std::move(name),
         .status = status,
         .seen = std::move(seen),
         .cause = ok ? std::string() : std::move(cause),
         .fix = ok ? std::string() : std::move(fix),
         .needed = status == Status::missing});
  }
  void add(std::string name, bool ok, std::string seen, std::string cause = {}, std::string fix = {}) {
    add(std::move(name), ok ? Status::ok : Status::missing, std::move(seen), std::move(cause), std::move(fix));
  }

  /// A closed port that answers is an open way: nobody listens where no migration is under way.
  void reach(const std::string& pair, const Host& one, const Host& other, CommandRunner& runner) {
    const std::string address = to_string(other.facts.address);
    const SshTarget way = way_to_remote(one.destination);
    Command knock{
        .argv = {"timeout", "5", "bash", "-c", "exec 3<>\"/dev/tcp/$1/$2\"", "bash", address, first_migration_port},
        .timeout = reach_limit};
    const CommandResult answer = runner.run(over_ssh(way, knock));
    const bool open = answer.ok() || answer.errors.find("refused") != std::string::npos;
    add(pair + ": migration ports",
        open,
        open ? fmt::format("{}:{} answers", address, first_migration_port)
             : fmt::format("no answer from {}:{}", address, first_migration_port),
        "a migration's stream goes there, to TCP ports 49152 to 49215",
        "open them in the firewalls between the hosts; and UDP port 4789 for labs' networks");
    const Command look_up{.argv = {"getent", "hosts", other.facts.host_name}, .timeout = reach_limit};
    const CommandResult name = runner.run(over_ssh(way, look_up));
    const std::string found = name.output.substr(0, name.output.find_first_of(" \n"));
    const bool resolves = name.ok() && !found.starts_with("127.");
    add(pair + ": name",
        resolves ? Status::ok : Status::warning,
        name.ok() ? fmt::format("{} is {}", other.facts.host_name, found)
                  : fmt::format("{} is not known there", other.facts.host_name),
        "Xen looks the other host of a migration up by its name",
        fmt::format("add '{} {}' to /etc/hosts", address, other.facts.host_name));
  }

  std::vector<Finding>& findings_;
};

} // namespace

std::vector<Finding> examine_remote_hosts(const std::vector<std::string>& destinations, CommandRunner& runner) {
  std::vector<Host> hosts;
  for (const std::string& destination : destinations) {
    hosts.push_back({.destination = destination, .facts = {}, .problem = {}});
  }
  for_each_at_once(hosts.size(), [&](std::size_t i) { ask(hosts[i], runner); });
  std::vector<Finding> findings;
  Examination examination(findings);
  for (const Host& host : hosts) {
    examination.of(host);
  }
  std::erase_if(hosts, [](const Host& host) { return !host.problem.empty(); });
  for (const Host& one : hosts) {
    for (const Host& other : hosts) {
      if (&one != &other) {
        examination.of_pair(one, other, runner);
      }
    }
  }
  examination.of_all(hosts);
  return findings;
}

} // namespace migralab
