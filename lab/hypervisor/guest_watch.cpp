// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/guest_watch.hpp"

#include "libvirt_handles.hpp"

#include <fmt/format.h>
#include <map>

namespace migralab {

namespace {

using Numbers = std::map<std::string, double>;

constexpr unsigned groups =
    VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_INTERFACE;
constexpr std::uint64_t kib = 1024; // libvirt counts memory in them

double value_of(const Numbers& numbers, const std::string& name) {
  const auto found = numbers.find(name);
  return found == numbers.end() ? 0 : found->second;
}

/// The sum of a counter of all interfaces: "net.0.rx.bytes", "net.1.rx.bytes", ...
std::uint64_t sum_of_interfaces(const Numbers& numbers, const char* counter) {
  const auto interfaces = static_cast<unsigned>(value_of(numbers, "net.count"));
  double sum = 0;
  for (unsigned i = 0; i < interfaces; ++i) {
    sum += value_of(numbers, fmt::format("net.{}.{}", i, counter));
  }
  return static_cast<std::uint64_t>(sum);
}

/// What the guest has, without what its kernel has free: the driver tells both (virtio 1.1, 5.5.6.3).
std::optional<Bytes> memory_used(const Numbers& numbers) {
  const double available = value_of(numbers, "balloon.available");
  const auto unused = numbers.find("balloon.unused");
  if (available <= 0 || unused == numbers.end() || unused->second > available) {
    return std::nullopt;
  }
  return Bytes{static_cast<std::uint64_t>(available - unused->second) * kib};
}

GuestCounters::Presence presence_of(virDomainPtr domain, const Numbers& numbers) {
  const auto state = static_cast<int>(value_of(numbers, "state.state"));
  const auto reason = static_cast<int>(value_of(numbers, "state.reason"));
  virDomainJobInfo job{};
  // Of an incoming migration libvirt tells no progress: "available only on the source host".
  if (virDomainGetJobInfo(domain, &job) == 0 && job.type != VIR_DOMAIN_JOB_NONE) {
    return GuestCounters::Presence::leaving;
  }
  return state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_MIGRATION ? GuestCounters::Presence::arriving
                                                                             : GuestCounters::Presence::running;
}

class LibvirtGuestWatch final : public GuestWatch {
public:
  LibvirtGuestWatch(std::string host, ConnectionHandle connection)
      : host_(std::move(host)), connection_(std::move(connection)) {}

  [[nodiscard]] std::vector<GuestCounters> look() override {
    virDomainStatsRecordPtr* records = nullptr;
    const int count = virConnectGetAllDomainStats(
        connection_.get(),
        groups,
        &records,
        VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    if (count < 0) {
      throw_libvirt_error(fmt::format("cannot look at the guests of {}", host_));
    }
    std::vector<GuestCounters> guests;
    for (int i = 0; i < count; ++i) {
      const Numbers numbers = numbers_of(records[i]->params, records[i]->nparams);
      guests.push_back(
          {.name = virDomainGetName(records[i]->dom),
           .presence = presence_of(records[i]->dom, numbers),
           .processor_time = Nanoseconds(static_cast<std::int64_t>(value_of(numbers, "cpu.time"))),
           .memory = Bytes{static_cast<std::uint64_t>(value_of(numbers, "balloon.maximum")) * kib},
           .memory_used = memory_used(numbers),
           .received_bytes = sum_of_interfaces(numbers, "rx.bytes"),
           .sent_bytes = sum_of_interfaces(numbers, "tx.bytes")});
    }
    virDomainStatsRecordListFree(records);
    return guests;
  }

private:
  std::string host_;
  ConnectionHandle connection_;
};

} // namespace

std::unique_ptr<GuestWatch> connect_guest_watch(const LibvirtHost& host, Nanoseconds limit) {
  return std::make_unique<LibvirtGuestWatch>(host.name, open_connection(host, limit, [] {}));
}

} // namespace migralab
