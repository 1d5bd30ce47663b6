// SPDX-License-Identifier: Apache-2.0
#include "libvirt_hypervisor.hpp"

#include "libvirt_events.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migrate_parameters.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <future>
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

struct AddParameter {
  virTypedParameterPtr& parameters;
  int& count;
  int& room;
  const char* name;

  void operator()(const std::string& value) const {
    virTypedParamsAddString(&parameters, &count, &room, name, value.c_str());
  }
  void operator()(int value) const { virTypedParamsAddInt(&parameters, &count, &room, name, value); }
  void operator()(unsigned long long value) const { virTypedParamsAddULLong(&parameters, &count, &room, name, value); }
};

/// What is waited for while pre-copy runs; nothing where it runs to its own end, or never begins.
std::optional<SwitchWatch> watch_of(const MigrationOptions& options) {
  switch (options.technique) {
  case Technique::pre_copy:
    return std::nullopt;
  case Technique::stop_and_copy:
    return options.switch_rule ? std::optional<SwitchWatch>(*options.switch_rule) : std::nullopt;
  case Technique::post_copy:
    return SwitchWatch(SwitchRule{.after = Nanoseconds(0)});
  case Technique::hybrid:
    return SwitchWatch(options.switch_rule.value_or(SwitchRule{}));
  }
  return std::nullopt;
}

/// Leaves pre-copy; false: refused. A guest that is suspended here is resumed by libvirt: at the destination, which was
/// told when the migration began that the guest runs (VIR_MIGRATE_PAUSED is not among the flags), or at the source when
/// the migration fails. Until then libvirt counts the downtime (qemuDomainJobDataUpdateDowntime).
bool leave_pre_copy(virDomainPtr domain, Technique technique) {
  return technique == Technique::stop_and_copy ? virDomainSuspend(domain) == 0
                                               : virDomainMigrateStartPostCopy(domain, 0) == 0;
}

/// Of a guest that was to be suspended while it moved and did not move: had the migration failed just before, libvirt
/// does not know that it has to resume it. Empty, or why it does not run.
std::string run_again(virDomainPtr domain) {
  int state = VIR_DOMAIN_NOSTATE;
  const bool stands = virDomainGetState(domain, &state, nullptr, 0) == 0 && state == VIR_DOMAIN_PAUSED;
  return !stands || virDomainResume(domain) == 0 ? "" : libvirt_message();
}

/// By the youngest sample of the migration.
bool is_due(SwitchWatch& watch, const MigrationRecord& record) {
  const JobSample& sample = record.samples.back();
  const auto value = [&sample](const char* name) {
    const auto found = sample.values.find(name);
    return found == sample.values.end() ? 0 : found->second;
  };
  // No memory is counted before the stream is set up (a disk may be copied first).
  return value("memory_total") > 0 &&
         watch.due(
             sample.at - record.began, static_cast<unsigned>(value("memory_iteration")), value("memory_remaining"));
}

} // namespace

LibvirtHypervisor::LibvirtHypervisor(std::string host, ConnectionHandle connection)
    : host_(std::move(host)), connection_(std::move(connection)) {}

void LibvirtHypervisor::start(const GuestDefinition& guest) {
  const std::string xml = domain_xml(guest);
  const DomainHandle domain(virDomainCreateXML(connection_.get(), xml.c_str(), 0));
  if (!domain) {
    throw_libvirt_error(fmt::format("cannot start guest {} on {}", guest.name, host_));
  }
}

std::vector<GuestState> LibvirtHypervisor::guests() {
  virDomainPtr* domains = nullptr;
  const int count = virConnectListAllDomains(connection_.get(), &domains, 0);
  if (count < 0) {
    throw_libvirt_error(fmt::format("cannot list the guests of {}", host_));
  }
  std::vector<GuestState> guests;
  for (int i = 0; i < count; ++i) {
    const DomainHandle domain(domains[i]);
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
  auto& destination = dynamic_cast<LibvirtHypervisor&>(to);
  const DomainHandle domain = find_domain(connection_.get(), guest, host_);
  if (options.max_downtime &&
      virDomainMigrateSetMaxDowntime(domain.get(), static_cast<unsigned long long>(options.max_downtime->count()), 0) <
          0) {
    throw_libvirt_error("cannot set the maximum downtime");
  }
  const auto log = std::make_shared<EventLog>();
  const Subscription completed(connection_.get(), VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, host_, guest, log);
  const Subscription iterations(connection_.get(), VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, host_, guest, log);
  const Subscription here(connection_.get(), VIR_DOMAIN_EVENT_ID_LIFECYCLE, host_, guest, log);
  const Subscription there(destination.connection_.get(), VIR_DOMAIN_EVENT_ID_LIFECYCLE, destination.host_, guest, log);

  MigrationRecord record;
  record.guest = guest;
  record.from = host_;
  record.to = destination.host_;
  const MigrateParameters wanted = migrate_parameters(options, address);
  std::promise<void> moved_or_not;
  std::future<void> over = moved_or_not.get_future();
  record.began = std::chrono::steady_clock::now();
  std::thread mover([&] {
    virTypedParameterPtr parameters = nullptr;
    int count = 0;
    int room = 0;
    for (const auto& [name, value] : wanted.values) {
      std::visit(AddParameter{parameters, count, room, name.c_str()}, value);
    }
    const DomainHandle moved(virDomainMigrate3(
        domain.get(), destination.connection_.get(), parameters, static_cast<unsigned>(count), wanted.flags));
    record.ended = std::chrono::steady_clock::now();
    record.succeeded = moved != nullptr;
    if (!moved) {
      record.error = libvirt_message();
    }
    virTypedParamsFree(parameters, count);
    moved_or_not.set_value();
  });

  const Deadline deadline(options.timeout);
  const bool stops = options.technique == Technique::stop_and_copy;
  std::optional<SwitchWatch> before_switch = watch_of(options); // while pre-copy has not been left
  Instant next = record.began;
  bool aborted = false;
  do {
    virTypedParameterPtr parameters = nullptr;
    int count = 0;
    int type = VIR_DOMAIN_JOB_NONE;
    if (virDomainGetJobStats(domain.get(), &type, &parameters, &count, 0) == 0) {
      if (type != VIR_DOMAIN_JOB_NONE) {
        record.samples.push_back({std::chrono::steady_clock::now(), numbers_of(parameters, count)});
        if (before_switch && is_due(*before_switch, record) && leave_pre_copy(domain.get(), options.technique)) {
          log->note(
              {std::chrono::steady_clock::now(), host_, stops ? "stop asked for" : "switch to post-copy asked for"});
          before_switch.reset(); // refused before the memory's turn has come: then it is asked again
        }
      }
      virTypedParamsFree(parameters, count);
    }
    if ((deadline.passed() || interrupted()) && !aborted) {
      aborted = virDomainAbortJob(domain.get()) == 0; // refused in the last moment: then it is about to end anyway
    }
    next = std::max(next + options.sample_interval, std::chrono::steady_clock::now());
  } while (over.wait_until(next) != std::future_status::ready);
  mover.join();
  if (record.succeeded) {
    record.completed = log->wait_for_completed(std::chrono::seconds(2));
  } else if (aborted && !interrupted()) {
    record.error = fmt::format("given up: not finished within its time limit of {}", human(options.timeout));
  }
  if (!record.succeeded && stops && options.switch_rule && !before_switch) {
    if (const std::string problem = run_again(domain.get()); !problem.empty()) {
      record.error += fmt::format("; it stands still on {}: {}", host_, problem);
    }
  }
  record.events = log->events();
  return record;
}

Nanoseconds LibvirtHypervisor::pause(const std::string& guest, Nanoseconds span) {
  const DomainHandle domain = find_domain(connection_.get(), guest, host_);
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
  return std::make_unique<LibvirtHypervisor>(host.name, open_connection(host, limit, still_runs));
}

} // namespace migralab
