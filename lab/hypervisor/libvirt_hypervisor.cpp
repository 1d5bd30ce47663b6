// SPDX-License-Identifier: Apache-2.0
#include "libvirt_hypervisor.hpp"

#include "libvirt_events.hpp"
#include "migralab/core/error.hpp"
#include "migration_run.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <thread>

namespace migralab {

namespace {

std::string state_text(int state) {
  switch (state) {
  case VIR_DOMAIN_RUNNING:
    return "running";
  case VIR_DOMAIN_BLOCKED:
    return "blocked";
  case VIR_DOMAIN_PAUSED:
    return "paused";
  case VIR_DOMAIN_SHUTDOWN:
    return "shutting down";
  case VIR_DOMAIN_SHUTOFF:
    return "shut off";
  case VIR_DOMAIN_CRASHED:
    return "crashed";
  default:
    return "unknown";
  }
}

constexpr auto answer_limit = std::chrono::seconds(10); // of a libvirtd that has just answered

} // namespace

LibvirtHypervisor::LibvirtHypervisor(LibvirtHost host, ConnectionHandle connection)
    : host_(std::move(host)), connection_(std::move(connection)) {}

void LibvirtHypervisor::start(const GuestDefinition& guest) {
  const std::string xml = domain_xml(guest);
  const DomainHandle domain(virDomainCreateXML(connection_.get(), xml.c_str(), 0));
  if (!domain) {
    throw_libvirt_error(fmt::format("cannot start guest {} on {}", guest.name, host_.name));
  }
}

std::vector<GuestState> LibvirtHypervisor::guests() {
  virDomainPtr* domains = nullptr;
  const int count = virConnectListAllDomains(connection_.get(), &domains, 0);
  if (count < 0) {
    throw_libvirt_error(fmt::format("cannot list the guests of {}", host_.name));
  }
  std::vector<GuestState> guests;
  for (int i = 0; i < count; ++i) {
    const DomainHandle domain(domains[i]);
    if (host_.hypervisor == HostSpec::Hypervisor::xen && virDomainGetID(domain.get()) == 0) {
      continue; // dom0, the host itself
    }
    char uuid[VIR_UUID_STRING_BUFLEN] = {};
    int state = VIR_DOMAIN_NOSTATE;
    virDomainGetUUIDString(domain.get(), uuid);
    // A guest that ends or leaves at this moment has no state any more: it is not listed.
    if (virDomainGetState(domain.get(), &state, nullptr, 0) == 0) {
      guests.push_back({virDomainGetName(domain.get()), uuid, state_text(state)});
    }
  }
  std::free(domains); // NOLINT(cppcoreguidelines-no-malloc): allocated by libvirt
  return guests;
}

MigrationRecord LibvirtHypervisor::migrate(
    const std::string& guest,
    Hypervisor& to,
    const std::string& address,
    const MigrationOptions& options) {
  // libvirt 9.0 loses the wake-up of a thread that is about to wait for an answer (virNetClientIOWakeup): of two
  // threads that call on one connection, one may wait for the other's answer, or 5 s for a keepalive.
  const ConnectionHandle apart = open_connection(host_, answer_limit, [] {});
  const auto& destination = dynamic_cast<LibvirtHypervisor&>(to);
  MigrationRun run(
      {.host = host_.name,
       .connection = connection_.get(),
       .apart = apart.get(),
       .xen = host_.hypervisor == HostSpec::Hypervisor::xen},
      {.host = destination.host_.name, .connection = destination.connection_.get()},
      guest,
      options);
  return run.to(address);
}

Nanoseconds LibvirtHypervisor::pause(const std::string& guest, Nanoseconds span) {
  const DomainHandle domain = find_domain(connection_.get(), guest, host_.name);
  StopWatch watch(connection_.get(), domain.get());
  if (virDomainSuspend(domain.get()) != 0) {
    throw_libvirt_error(fmt::format("cannot pause guest {}", guest));
  }
  std::this_thread::sleep_for(span);
  if (virDomainResume(domain.get()) != 0) {
    throw_libvirt_error(fmt::format("cannot let guest {} go on", guest));
  }
  return watch.stopped_for(std::chrono::seconds(5));
}

std::unique_ptr<Hypervisor>
connect_libvirt(const LibvirtHost& host, Nanoseconds limit, const std::function<void()>& still_runs) {
  return std::make_unique<LibvirtHypervisor>(host, open_connection(host, limit, still_runs));
}

} // namespace migralab
