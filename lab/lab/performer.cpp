// SPDX-License-Identifier: Apache-2.0
#include "performer.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/hypervisor/host_storage.hpp"
#include "migralab/hypervisor/hypervisor.hpp"
#include "migralab/image/seed.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/ledger.hpp"
#include "migralab/lab/network_rates.hpp"
#include "migralab/storage/secret.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"
#include "readiness.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <variant>

namespace migralab {

namespace {

constexpr auto libvirtd_limit = std::chrono::seconds(30);
constexpr auto machine_libvirtd_limit = std::chrono::minutes(3); // from the machine's ssh server on, emulated
constexpr auto verify_limit = std::chrono::seconds(60);
constexpr auto look_interval = std::chrono::milliseconds(250); // at a guest that does not answer yet
constexpr auto one_try = std::chrono::milliseconds(500);

/// passwd(5) or group(5) with the name that Debian's libvirt wants to exist even where qemu.conf says root. The package
/// that makes it also starts a libvirtd of the machine's own, so labs do without that package.
std::string with_libvirt_user(std::string file) {
  if (file.find("libvirt-qemu:") == std::string::npos) {
    const bool is_group =
        std::count(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(file.find('\n')), ':') == 3;
    file += is_group ? "libvirt-qemu:x:64055:\n" : "libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin\n";
  }
  return file;
}

/// An image's disk has the same name on each storage.
std::pair<std::string, std::string> key_of(const DiskPlan& disk) {
  return {disk.storage, disk.guest};
}

std::string with_tail(const std::string& text, const std::filesystem::path& log) {
  const std::string tail = log_tail(log);
  return tail.empty() ? text : fmt::format("{}\n{} ends with:\n{}", text, log.native(), tail);
}

} // namespace

Performer::Performer(
    const Topology& topology,
    const LabState& state,
    const std::map<std::string, GuestImage>& images,
    CommandRunner& runner)
    : topology_(topology), state_(state), images_(images), runner_(runner), folder_(topology.lab) {}

std::string Performer::public_key(const LabFolder& folder) {
  std::istringstream words(read_file(folder.key().native() + ".pub"));
  std::string type;
  std::string key;
  words >> type >> key;
  return key;
}

void Performer::perform(const Step& step) {
  const std::string host = remote_host_of(step);
  if (host.empty()) {
    perform_here(step);
  } else {
    with_record(folder_, host, step.name, [&] { perform_here(step); });
  }
}

void Performer::perform_here(const Step& step) {
  try {
    std::visit(*this, step.action);
  } catch (const Error& error) {
    // What was asked of a machine that has died fails in many ways, for that one reason.
    const std::string reason = error.status() == ExitStatus::interrupted ? "" : ended_machine();
    if (reason.empty() || std::string_view(error.what()).starts_with(reason)) {
      throw;
    }
    throw Error(fmt::format("{}\n{}", reason, error.what()));
  }
}

void Performer::run_all(const std::vector<Command>& commands) {
  for (const Command& command : commands) {
    run_checked(runner_, command);
  }
}

void Performer::operator()(const MakeNode& step) {
  std::filesystem::create_directories(folder_.logs(step.node));
  std::filesystem::create_directories(node_folder(step.node) / "etc"); // over the machine's
  write_resolver(step.node);
  // Wherever these are (a home below /var, a cache below /run), daemons open disks and images in them.
  std::vector<PrivatePath> paths{{folder_.path(), folder_.path()}, {cache_home(), cache_home()}};
  for (const StorageSpec& storage : topology_.storage) {
    if (!storage.folder.empty()) {
      const std::filesystem::path elsewhere = folder_elsewhere(topology_.lab, storage);
      paths.push_back({elsewhere, elsewhere});
    }
  }
  if (step.kind != MakeNode::Kind::host) {
    make_node(step.node, paths);
    return;
  }
  // libvirt keeps there what it learns of QEMU's abilities, by the binary's date: worth a second per daemon.
  const std::filesystem::path cache = cache_home() / "libvirt";
  const std::filesystem::path own = node_folder(step.node);
  const std::filesystem::path etc = own / "etc"; // over the machine's
  std::filesystem::create_directories(etc / "libvirt");
  for (const char* file : {"passwd", "group"}) {
    write_file(etc / file, with_libvirt_user(read_file(std::filesystem::path("/etc") / file)));
  }
  const LibvirtdFiles files = libvirtd_files(
      derived_uuid(state_.uuid, "host " + step.node), state_.groups.version != ControlGroupVersion::none);
  write_file(etc / "libvirt" / "libvirtd.conf", files.libvirtd_conf);
  write_file(etc / "libvirt" / "qemu.conf", files.qemu_conf);
  paths.insert(
      paths.end(),
      {{local_disk_folder, folder_.local_disks_of(step.node)},
       {"/var/cache/libvirt", cache},
       {"/var/log/libvirt", folder_.logs(step.node)}});
  // A migration that the source carries out by itself opens a connection to the destination's daemon.
  for (const HostSpec& peer : topology_.hosts) {
    if (peer.name != step.node) {
      const std::filesystem::path sockets = libvirt_socket(peer.name).parent_path();
      paths.push_back({sockets, sockets});
    }
  }
  for (const auto& [group, seen_at] : group_mounts(state_.groups, step.node)) {
    paths.push_back({seen_at, group});
  }
  make_node(step.node, paths);
}

void Performer::operator()(const MakeBridges& step) {
  run_all(bridge_commands(step));
}

void Performer::operator()(const MakeLink& step) {
  run_all(link_commands(step));
}

void Performer::operator()(const MeasureLinks& step) {
  const std::vector<LinkRate> rates = measure_links(step.links);
  const std::lock_guard lock(mutex_);
  NetworkRecord record = read_network_record(folder_);
  record.measured(rates);
  write_network_record(folder_, record);
}

void Performer::operator()(const StartStorage& step) {
  const StorageServer server = storage_server(folder_, topology_, step.storage);
  try {
    make_storage_backend(server, step.type, runner_)->start(server);
  } catch (const Error& error) {
    throw server.machine ? Error(with_tail(error.what(), folder_.logs(step.storage) / "console.log"), error.status())
                         : error;
  }
}

void Performer::operator()(const MakeDisk& step) {
  const std::filesystem::path file = disk_file(folder_, topology_, step.disk, step.disk.host);
  if (is_machine(topology_, step.disk.storage)) {
    make_disk_there(step.disk, file.filename());
    return;
  }
  std::filesystem::create_directories(file.parent_path());
  if (step.disk.base) {
    place_base(runner_, images_.at(step.disk.image).disk.value(), file);
  } else if (step.disk.copy) {
    copy_base(runner_, images_.at(step.disk.image).disk.value(), file, step.disk.size);
  } else if (!step.disk.image.empty()) {
    make_layer(runner_, file, step.disk.size, step.disk.type != StorageSpec::Type::iscsi);
  } else {
    make_guest_disk(runner_, file, step.disk.size, topology_.lab, step.disk.guest);
  }
}

void Performer::operator()(const ExportDisk& step) {
  const DiskPlan& disk = step.disk;
  const StorageServer server = storage_server(folder_, topology_, disk.storage);
  DiskSource source = make_storage_backend(server, disk.type, runner_)
                          ->provision(server, disk, disk_file(folder_, topology_, disk, disk.host));
  const std::lock_guard lock(mutex_);
  sources_[key_of(disk)] = std::move(source);
}

void Performer::operator()(const VerifyDisk& step) {
  DiskSource source;
  {
    const std::lock_guard lock(mutex_);
    source = sources_.at(key_of(step.disk));
  }
  const StorageServer server = storage_server(folder_, topology_, step.disk.storage);
  const Depth depth = step.contents ? Depth::contents : Depth::reachable;
  const DiskCopy copy(folder_, topology_, step.disk, step.disk.host, depth, runner_);
  in_network_of(step.host, [&] {
    make_storage_backend(server, step.disk.type, runner_)->verify(source, copy.file(), depth, verify_limit);
  });
}

void Performer::operator()(const KeepSecret& step) {
  const StorageServer server = storage_server(folder_, topology_, step.storage);
  connect_host_storage(libvirt_of(topology_, step.host), libvirtd_limit)
      ->keep_secret(target_name(server), read_secret(server.chap.value().secret_file));
}

void Performer::operator()(const StartHypervisor& step) {
  if (is_machine(host_of(topology_, step.host))) {
    try {
      const bool boots = !is_remote(topology_, step.host); // else it ran before the lab was thought of
      const auto limit = boots ? Nanoseconds(machine_libvirtd_limit) : Nanoseconds(libvirtd_limit);
      static_cast<void>(connect_libvirt(libvirt_of(topology_, step.host), limit, [&] {
        expect_machines_run();
        expect_no_failure(step.host);
      }));
    } catch (const Error& error) {
      throw Error(with_tail(error.what(), folder_.logs(step.host) / "console.log"), error.status());
    }
    return;
  }
  const std::filesystem::path log = folder_.logs(step.host) / "libvirtd.log";
  const int daemon = runner_.start(
      {.argv = {"libvirtd"},
       .inside = namespaces_of(step.host),
       .groups = groups_of_host(state_.groups, step.host),
       .log = log});
  try {
    static_cast<void>(connect_libvirt(libvirt_of(topology_, step.host), libvirtd_limit, [&] {
      if (const auto end = runner_.ended(daemon)) {
        throw Error(fmt::format("libvirtd of {} ended at its start: {}", step.host, describe_end(*end)));
      }
    }));
  } catch (const Error& error) {
    throw Error(with_tail(error.what(), log), error.status());
  }
}

void Performer::operator()(const LimitGuestLink& step) {
  run_all(limit_commands(step));
}

std::optional<OutboundRoute> Performer::route_of(const GuestSpec& guest) const {
  const auto outbound = outbound_addresses(topology_, guest.networks);
  return outbound ? std::optional(OutboundRoute{to_string(outbound->router), to_string(outbound->dns)}) : std::nullopt;
}

void Performer::write_resolver(const std::string& node) const {
  for (const MakeLink& link : links_of(topology_)) {
    if (link.node == node && link.router) {
      const auto outbound = outbound_addresses(topology_, {{link.network, link.address}});
      write_file(node_folder(node) / "etc" / "resolv.conf", fmt::format("nameserver {}\n", to_string(outbound->dns)));
    }
  }
}

GuestLimits Performer::enforceable_limits(const GuestSpec& guest) const {
  GuestLimits limits = guest.limits;
  if (state_.groups.version == ControlGroupVersion::none) { // libvirt would refuse the guest; `up` has told the user
    limits.cpu_shares.reset();
    limits.cpu_quota.reset();
    limits.memory.reset();
  }
  if (limits.cpu_shares) { // libvirt hands the number on as it is
    limits.cpu_shares = weight_of(state_.groups.version, *limits.cpu_shares);
  }
  // Version 1 of control groups refuses a quota that is more than the group above has.
  for (const HostSpec& host : topology_.hosts) {
    if (limits.cpu_quota && host.cpus && *limits.cpu_quota >= *host.cpus) {
      limits.cpu_quota = *host.cpus;
    }
  }
  return limits;
}

GuestDefinition Performer::define(const GuestSpec& guest, const std::optional<DiskPlan>& disk) {
  GuestDefinition definition{
      .lab = topology_.lab,
      .name = guest.name,
      .uuid = derived_uuid(state_.uuid, "guest " + guest.name),
      .kvm = state_.accelerator == accelerator_name(true),
      .memory = guest.memory,
      .vcpus = guest.vcpus,
      .kernel = images_.at(guest.image).kernel,
      .initramfs = images_.at(guest.image).initramfs,
      .kernel_arguments = {},
      .disk = {},
      .interfaces = {},
      .console_log = console_there(guest.host, guest.name),
      .limits = enforceable_limits(guest)};
  const HostSpec& host = host_of(topology_, guest.host);
  std::vector<GuestNic> nics;
  for (const Attachment& attachment : guest.networks) {
    const std::string mac = mac_address(topology_.lab, guest.name, attachment.network);
    const NetworkSpec& network = network_of(topology_, attachment.network);
    nics.push_back({mac, fmt::format("{}/{}", to_string(attachment.address), network.subnet.prefix)});
    definition.interfaces.push_back(
        {guest_bridge(topology_, host, guest, network.name),
         mac,
         guest_tap(topology_, host, guest, network.name),
         network.mtu});
  }
  const bool xen = host.hypervisor == HostSpec::Hypervisor::xen;
  std::vector<std::string> services;
  for (const Service service : guest.services) {
    services.push_back(to_string(service));
  }
  if (definition.kernel.empty()) {
    definition.seed = folder_.seed_of(guest.name);
    std::filesystem::create_directories(definition.seed->parent_path());
    make_seed(
        runner_,
        *definition.seed,
        cloud_seed(
            {.guest = guest.name,
             .instance = definition.uuid,
             .nics = nics,
             .route = route_of(guest),
             .key = public_key(folder_)}));
  } else {
    definition.kernel_arguments =
        kernel_arguments(guest.name, nics, public_key(folder_), services, route_of(guest), xen ? "hvc0" : "ttyS0");
  }
  if (is_machine(host)) {
    return define_for_machine(std::move(definition), guest);
  }
  if (disk) {
    const std::lock_guard lock(mutex_);
    definition.disk = sources_.at(key_of(*disk));
    if (!disk->image.empty() && !disk->copy) {
      DiskPlan base = *disk;
      base.guest = base_name(disk->image);
      definition.base = BaseDisk{.source = sources_.at(key_of(base)), .qcow2 = images_.at(disk->image).disk->qcow2};
    }
  }
  return definition;
}

std::filesystem::path Performer::console_log(const std::string& host, const std::string& guest) const {
  return folder_.logs(host) / (guest + ".console.log");
}

void Performer::operator()(const StartGuest& step) {
  const std::string& host = step.guest.host;
  const auto hypervisor = connect_libvirt(libvirt_of(topology_, host), libvirtd_limit, [] {});
  try {
    hypervisor->start(define(step.guest, step.disk));
  } catch (const Error& error) {
    const std::filesystem::path log = is_machine(host_of(topology_, host))
                                          ? fetch_log_of_guest(host, step.guest.name)
                                          : folder_.logs(host) / "qemu" / (step.guest.name + ".log");
    throw Error(with_tail(error.what(), log), error.status());
  }
}

void Performer::operator()(const AwaitGuest& step) {
  const std::filesystem::path console = console_log(step.host, step.guest);
  const bool far = is_machine(host_of(topology_, step.host)); // a look at the console there takes a process
  auto hypervisor = connect_libvirt(libvirt_of(topology_, step.host), libvirtd_limit, [] {});
  const auto guests_there = [&] {
    try {
      return hypervisor->guests();
    } catch (const Error&) {
      if (!far) {
        throw;
      }
      // A machine starts its libvirtd again when it has died.
      hypervisor = connect_libvirt(libvirt_of(topology_, step.host), libvirtd_limit, [] {});
      return hypervisor->guests();
    }
  };
  Instant next_look = std::chrono::steady_clock::now() + look_interval;
  const auto expect_alive = [&] {
    if (std::chrono::steady_clock::now() < next_look) {
      return;
    }
    next_look = std::chrono::steady_clock::now() + look_interval;
    const std::vector<GuestState> guests = guests_there();
    if (std::none_of(guests.begin(), guests.end(), [&](const auto& guest) { return guest.name == step.guest; })) {
      throw Error(fmt::format("guest {} has ended", step.guest));
    }
  };
  const bool tells = step.boots && has_console_log(step.host, step.guest);
  const auto says_ready = [&] {
    if (!tells) {
      expect_alive();
      return true;
    }
    const std::string said = console_of(step.host, step.guest);
    if (said.find("migralab: FAILED") != std::string::npos) {
      throw Error("the guest could not set itself up");
    }
    if (said.find("Kernel panic") != std::string::npos) {
      throw Error("the guest's kernel panicked");
    }
    expect_alive();
    return said.find("migralab: ready") != std::string::npos;
  };
  // Not asked before its console says that it is ready: a question to an address that nobody has yet leaves the
  // observer's ARP asking once in a second, and the guest would answer up to a second late.
  const auto answers = [&] {
    if (!says_ready()) {
      return false;
    }
    if (step.observer.empty() || (!step.http && !step.echo)) {
      return true;
    }
    return step.http ? answers_http(step.address, one_try) : answers_echo(step.address, one_try);
  };
  const auto wait = [&] {
    wait_until(step.http ? "HTTP answer" : "answer", step.limit, std::chrono::milliseconds(far ? 1000 : 5), answers);
  };
  try {
    if (step.observer.empty()) {
      wait();
    } else {
      in_network_of(step.observer, wait);
    }
  } catch (const Error& error) {
    if (error.status() == ExitStatus::interrupted) {
      throw;
    }
    throw Error(with_tail(error.what(), console), error.status());
  }
}

} // namespace migralab
