// SPDX-License-Identifier: Apache-2.0
#include "migration_run.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migrate_parameters.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <thread>

namespace migralab {

namespace {

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

/// QEMU's own (migration.c, DEFAULT_MIGRATE_SET_DOWNTIME).
constexpr auto default_downtime = std::chrono::milliseconds(300);

/// Between a sample and QEMU's taking the order that it leads to: 20 to 60 ms for an emulated guest.
constexpr auto order_lead = std::chrono::milliseconds(100);

double value_of(const JobSample& sample, const char* name) {
  const auto found = sample.values.find(name);
  return found == sample.values.end() ? 0 : found->second;
}

/// QEMU stops a guest as soon as the rest takes no longer than the downtime limit, in mid-round, too.
bool about_to_end(const JobSample& sample, const MigrationOptions& options) {
  const auto limit = options.max_downtime.value_or(default_downtime) + order_lead;
  return value_of(sample, "memory_remaining") <
         value_of(sample, "memory_bps") * std::chrono::duration<double>(limit).count();
}

/// By the youngest sample of the migration.
bool is_due(SwitchWatch& watch, const MigrationRecord& record, const MigrationOptions& options) {
  const JobSample& sample = record.samples.back();
  if (value_of(sample, "memory_total") <= 0) { // the stream is not set up (a disk may be copied first)
    return false;
  }
  const bool due = watch.due(
      sample.at - record.began,
      static_cast<unsigned>(value_of(sample, "memory_iteration")),
      value_of(sample, "memory_remaining"));
  return due || (options.technique == Technique::hybrid && about_to_end(sample, options));
}

} // namespace

MigrationRun::MigrationRun(
    MigrationEnd from,
    MigrationEnd to,
    const std::string& guest,
    const MigrationOptions& options)
    : from_(std::move(from)), to_(std::move(to)), options_(options),
      domain_(find_domain(from_.connection, guest, from_.host)), ordered_(find_domain(from_.apart, guest, from_.host)),
      log_(std::make_shared<EventLog>()), before_switch_(watch_of(options)) {
  record_.guest = guest;
  record_.from = from_.host;
  record_.to = to_.host;
  const auto subscribe = [&](const MigrationEnd& end, int event) {
    subscriptions_.push_back(std::make_unique<Subscription>(end.connection, event, end.host, guest, log_));
  };
  if (!from_.xen) {
    subscribe(from_, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED);
    subscribe(from_, VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION);
  }
  subscribe(from_, VIR_DOMAIN_EVENT_ID_LIFECYCLE);
  subscribe(to_, VIR_DOMAIN_EVENT_ID_LIFECYCLE);
}

MigrationRecord MigrationRun::to(const std::string& address) {
  if (!from_.xen) {
    limit_downtime();
  }
  record_.began = std::chrono::steady_clock::now();
  std::jthread mover([&] {
    order(address);
    log_->end_waiting();
  });
  const Deadline deadline(options_.timeout);
  Instant next = record_.began;
  do {
    if (!from_.xen) { // libxl would tell the elapsed time, and be disturbed
      sample();
    }
    leave_pre_copy_when_due();
    give_up_when_late(deadline);
    const Instant now = std::chrono::steady_clock::now();
    next = next <= now ? std::max(next + options_.sample_interval, now) : next;
  } while (log_->wait_for_round(next));
  mover.join();
  conclude();
  return std::move(record_);
}

void MigrationRun::limit_downtime() const {
  const auto limit = static_cast<unsigned long long>(options_.max_downtime.value_or(default_downtime).count());
  if (virDomainMigrateSetMaxDowntime(domain_.get(), limit, 0) < 0) {
    throw_libvirt_error("cannot set the maximum downtime");
  }
}

void MigrationRun::order(const std::string& address) {
  const MigrateParameters wanted =
      from_.xen ? xen_migrate_parameters(options_, address) : migrate_parameters(options_, address);
  virTypedParameterPtr parameters = nullptr;
  int count = 0;
  int room = 0;
  for (const auto& [name, value] : wanted.values) {
    std::visit(AddParameter{parameters, count, room, name.c_str()}, value);
  }
  const auto size = static_cast<unsigned>(count);
  if (options_.unattended) {
    const TextHandle uri(virConnectGetURI(to_.connection));
    record_.succeeded =
        uri != nullptr &&
        virDomainMigrateToURI3(ordered_.get(), uri.get(), parameters, size, wanted.flags | VIR_MIGRATE_PEER2PEER) == 0;
  } else {
    const DomainHandle moved(virDomainMigrate3(ordered_.get(), to_.connection, parameters, size, wanted.flags));
    record_.succeeded = moved != nullptr;
  }
  record_.ended = std::chrono::steady_clock::now();
  if (!record_.succeeded) {
    record_.error = libvirt_message();
  }
  virTypedParamsFree(parameters, count);
}

void MigrationRun::sample() {
  virTypedParameterPtr parameters = nullptr;
  int count = 0;
  int type = VIR_DOMAIN_JOB_NONE;
  if (virDomainGetJobStats(domain_.get(), &type, &parameters, &count, 0) == 0) {
    if (type != VIR_DOMAIN_JOB_NONE) {
      record_.samples.push_back({std::chrono::steady_clock::now(), numbers_of(parameters, count)});
    }
    virTypedParamsFree(parameters, count);
  }
}

/// An order that is refused because the memory's turn has not come is given again with the next sample.
void MigrationRun::leave_pre_copy_when_due() {
  if (!before_switch_ || record_.samples.empty() || !is_due(*before_switch_, record_, options_) ||
      !leave_pre_copy(domain_.get(), options_.technique)) {
    return;
  }
  const bool stops = options_.technique == Technique::stop_and_copy;
  log_->note(
      {std::chrono::steady_clock::now(), from_.host, stops ? "stop asked for" : "switch to post-copy asked for"});
  before_switch_.reset();
}

void MigrationRun::give_up_when_late(const Deadline& deadline) {
  const Instant now = std::chrono::steady_clock::now();
  if ((!deadline.passed() && !interrupted()) || aborted_ || now < next_try_) {
    return;
  }
  if (options_.give_up) {
    constexpr auto pause = std::chrono::seconds(1); // each takes a login
    aborted_ = options_.give_up(static_cast<int>(virDomainGetID(domain_.get())));
    next_try_ = std::chrono::steady_clock::now() + pause;
  } else {
    aborted_ = virDomainAbortJob(domain_.get()) == 0; // refused in the last moment: then it is about to end anyway
  }
}

void MigrationRun::conclude() {
  if (record_.succeeded) {
    record_.completed = from_.xen ? record_.completed : log_->wait_for_completed(std::chrono::seconds(2));
  } else if (aborted_ && !interrupted()) {
    record_.error = fmt::format("given up: not finished within its time limit of {}", human(options_.timeout));
  }
  const bool was_stopped = options_.technique == Technique::stop_and_copy && options_.switch_rule && !before_switch_;
  if (!record_.succeeded && (was_stopped || from_.xen)) {
    if (const std::string problem = run_again(domain_.get()); !problem.empty()) {
      record_.error += fmt::format("; it stands still on {}: {}", from_.host, problem);
    }
  }
  record_.events = log_->events();
}

} // namespace migralab
