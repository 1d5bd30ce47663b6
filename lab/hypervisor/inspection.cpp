// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/inspection.hpp"

#include "libvirt_handles.hpp"
#include "migralab/core/error.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <pugixml.hpp>
#include <sstream>

namespace migralab {

namespace {

constexpr std::chrono::seconds longest_period(60); // virDomainStartDirtyRateCalc takes no more

/// What a text of libvirt's says; the text is freed.
std::string taken(char* text) {
  std::string copy = text == nullptr ? "" : text;
  std::free(text); // NOLINT(cppcoreguidelines-no-malloc): allocated by libvirt
  return copy;
}

/// The element at `path`, as text; empty when there is none.
std::string element(const std::string& xml, const char* path) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_string(xml.c_str());
  if (!parsed) {
    throw Error(fmt::format("a description by libvirt cannot be read: {}", parsed.description()));
  }
  const pugi::xml_node found = document.select_node(path).node();
  std::ostringstream text;
  if (found) {
    found.print(text);
  }
  return text.str();
}

/// The guest's numbers of one group.
std::map<std::string, double> statistics(virDomainPtr domain, unsigned group) {
  virDomainPtr domains[] = {domain, nullptr};
  virDomainStatsRecordPtr* records = nullptr;
  const int count = virDomainListGetStats(domains, group, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
  if (count < 0) {
    throw_libvirt_error("cannot read the guest's statistics");
  }
  std::map<std::string, double> numbers;
  for (int i = 0; i < count; ++i) {
    numbers.merge(numbers_of(records[i]->params, records[i]->nparams));
  }
  virDomainStatsRecordListFree(records);
  return numbers;
}

class LibvirtInspection final : public HostInspection {
public:
  LibvirtInspection(std::string host, ConnectionHandle connection)
      : host_(std::move(host)), connection_(std::move(connection)) {}

  [[nodiscard]] DirtyRate measure_dirty_rate(const std::string& guest, std::chrono::seconds period) override {
    if (period < std::chrono::seconds(1) || period > longest_period) {
      throw Error(fmt::format("a dirty rate is not measured over {} s", period.count()), ExitStatus::bad_input)
          .with_hint(fmt::format("name 1 to {} seconds", longest_period.count()));
    }
    const DomainHandle domain = find_domain(connection_.get(), guest, host_);
    if (virDomainStartDirtyRateCalc(
            domain.get(), static_cast<int>(period.count()), VIR_DOMAIN_DIRTYRATE_MODE_PAGE_SAMPLING) < 0) {
      throw_libvirt_error(fmt::format("cannot measure the dirty rate of guest {}", guest));
    }
    std::map<std::string, double> numbers;
    // The number comes later than promised: QEMU hashes its sample twice, and shares the processors.
    wait_until(
        fmt::format("dirty rate of guest {}", guest),
        period + std::chrono::seconds(20),
        std::chrono::milliseconds(50),
        [&] {
          numbers = statistics(domain.get(), VIR_DOMAIN_STATS_DIRTYRATE);
          const auto status = numbers.find("dirtyrate.calc_status");
          return status != numbers.end() && static_cast<int>(status->second) == VIR_DOMAIN_DIRTYRATE_MEASURED;
        });
    const auto rate = numbers.find("dirtyrate.megabytes_per_second");
    if (rate == numbers.end()) {
      throw Error(fmt::format("libvirtd of {} measured the dirty rate of guest {} and does not tell it", host_, guest));
    }
    return {.period = period, .per_second = Bytes::mib(static_cast<std::uint64_t>(rate->second))};
  }

  [[nodiscard]] std::string cpu_of(const std::string& guest) override {
    const DomainHandle domain = find_domain(connection_.get(), guest, host_);
    const std::string xml = taken(virDomainGetXMLDesc(domain.get(), VIR_DOMAIN_XML_MIGRATABLE));
    if (xml.empty()) {
      throw_libvirt_error(fmt::format("cannot look at guest {} on {}", guest, host_));
    }
    return element(xml, "/domain/cpu");
  }

  [[nodiscard]] std::string cpu_problem(const std::string& cpu, bool kvm) override {
    if (cpu.empty()) {
      return ""; // QEMU's default, which every QEMU has
    }
    const int result = virConnectCompareHypervisorCPU(
        connection_.get(),
        nullptr,
        "x86_64",
        nullptr,
        kvm ? "kvm" : "qemu",
        cpu.c_str(),
        VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE);
    return result >= VIR_CPU_COMPARE_IDENTICAL ? "" : libvirt_message();
  }

private:
  std::string host_;
  ConnectionHandle connection_;
};

} // namespace

std::unique_ptr<HostInspection> connect_inspection(const LibvirtHost& host, Nanoseconds limit) {
  return std::make_unique<LibvirtInspection>(host.name, open_connection(host, limit, [] {}));
}

} // namespace migralab
