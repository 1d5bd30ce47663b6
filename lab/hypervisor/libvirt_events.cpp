// SPDX-License-Identifier: Apache-2.0
#include "libvirt_events.hpp"

#include "migralab/core/error.hpp"

#include <cstring>
#include <fmt/format.h>

namespace migralab {

namespace {

/// What a callback gets; libvirt frees it when the subscription is really over.
struct Listener {
  std::string host;
  std::string guest;
  std::shared_ptr<EventLog> log;

  [[nodiscard]] bool concerns(virDomainPtr domain) const { return guest == virDomainGetName(domain); }
};

void free_listener(void* listener) {
  delete static_cast<Listener*>(listener);
}

std::string lifecycle_text(int event, int detail) {
  switch (event) {
  case VIR_DOMAIN_EVENT_SUSPENDED:
    if (detail == VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY) {
      return switched_to_post_copy;
    }
    return detail == VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED ? "suspended (migrated)" : "suspended";
  case VIR_DOMAIN_EVENT_RESUMED:
    if (detail == VIR_DOMAIN_EVENT_RESUMED_POSTCOPY) {
      return "resumed (post-copy)";
    }
    return detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED ? "resumed (migrated)" : "resumed";
  case VIR_DOMAIN_EVENT_STARTED:
    return detail == VIR_DOMAIN_EVENT_STARTED_MIGRATED ? "started (migrated)" : "started";
  case VIR_DOMAIN_EVENT_STOPPED:
    return detail == VIR_DOMAIN_EVENT_STOPPED_MIGRATED ? "stopped (migrated)" : "stopped";
  default:
    return fmt::format("lifecycle event {} ({})", event, detail);
  }
}

void on_lifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* opaque) {
  const Instant now = std::chrono::steady_clock::now();
  const auto& listener = *static_cast<Listener*>(opaque);
  if (listener.concerns(domain)) {
    listener.log->note({now, listener.host, lifecycle_text(event, detail)});
  }
}

void on_iteration(virConnectPtr, virDomainPtr domain, int iteration, void* opaque) {
  const Instant now = std::chrono::steady_clock::now();
  const auto& listener = *static_cast<Listener*>(opaque);
  if (listener.concerns(domain)) {
    listener.log->note_round({now, listener.host, fmt::format("iteration {}", iteration)});
  }
}

void on_job_completed(virConnectPtr, virDomainPtr domain, virTypedParameterPtr parameters, int count, void* opaque) {
  const auto& listener = *static_cast<Listener*>(opaque);
  if (listener.concerns(domain)) {
    listener.log->complete(numbers_of(parameters, count));
  }
}

virConnectDomainEventGenericCallback callback_for(int event) {
  switch (event) {
  case VIR_DOMAIN_EVENT_ID_LIFECYCLE:
    return VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle);
  case VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION:
    return VIR_DOMAIN_EVENT_CALLBACK(on_iteration);
  default:
    return VIR_DOMAIN_EVENT_CALLBACK(on_job_completed);
  }
}

} // namespace

void EventLog::note(GuestEvent event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

void EventLog::note_round(GuestEvent event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  round_began_ = true;
  changed_.notify_all();
}

bool EventLog::wait_for_round(Instant until) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [this] { return round_began_ || ended_; });
  round_began_ = false;
  return !ended_;
}

void EventLog::end_waiting() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void EventLog::complete(std::map<std::string, double> statistics) {
  const std::lock_guard lock(mutex_);
  completed_ = std::move(statistics);
  changed_.notify_all();
}

std::map<std::string, double> EventLog::wait_for_completed(Nanoseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return !completed_.empty(); });
  return completed_;
}

std::vector<GuestEvent> EventLog::events() {
  const std::lock_guard lock(mutex_);
  return events_;
}

Subscription::Subscription(
    virConnectPtr connection,
    int event,
    const std::string& host,
    const std::string& guest,
    std::shared_ptr<EventLog> log)
    : connection_(connection) {
  auto listener = std::make_unique<Listener>(Listener{host, guest, std::move(log)});
  id_ =
      virConnectDomainEventRegisterAny(connection, nullptr, event, callback_for(event), listener.get(), free_listener);
  if (id_ < 0) {
    throw_libvirt_error(fmt::format("cannot listen to events of {}", host));
  }
  static_cast<void>(listener.release());
}

Subscription::~Subscription() {
  virConnectDomainEventDeregisterAny(connection_, id_);
}

struct StopWatch::Times {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Nanoseconds> stopped;
  std::optional<Nanoseconds> resumed;
};

StopWatch::StopWatch(virConnectPtr connection, virDomainPtr domain)
    : connection_(connection), times_(std::make_shared<Times>()) {
  const auto note = [](virConnectPtr,
                       virDomainPtr,
                       const char* event,
                       long long seconds,
                       unsigned int micros,
                       const char*,
                       void* opaque) {
    Times& times = **static_cast<std::shared_ptr<Times>*>(opaque);
    const std::lock_guard lock(times.mutex);
    const Nanoseconds at = std::chrono::seconds(seconds) + std::chrono::microseconds(micros);
    (std::strcmp(event, "STOP") == 0 ? times.stopped : times.resumed) = at;
    times.changed.notify_all();
  };
  for (const char* event : {"STOP", "RESUME"}) {
    auto opaque = std::make_unique<std::shared_ptr<Times>>(times_);
    const int id = virConnectDomainQemuMonitorEventRegister(
        connection,
        domain,
        event,
        note,
        opaque.get(),
        [](void* pointer) { delete static_cast<std::shared_ptr<Times>*>(pointer); },
        0);
    if (id < 0) {
      throw_libvirt_error("cannot listen to QEMU's events");
    }
    static_cast<void>(opaque.release());
    ids_.push_back(id);
  }
}

StopWatch::~StopWatch() {
  for (const int id : ids_) {
    virConnectDomainQemuMonitorEventDeregister(connection_, id);
  }
}

Nanoseconds StopWatch::stopped_for(Nanoseconds limit) {
  std::unique_lock lock(times_->mutex);
  if (!times_->changed.wait_for(lock, limit, [this] { return times_->stopped && times_->resumed; })) {
    throw Error("QEMU did not report that the guest stopped and went on");
  }
  return *times_->resumed - *times_->stopped;
}

} // namespace migralab
