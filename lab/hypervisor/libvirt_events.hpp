// SPDX-License-Identifier: Apache-2.0
// Events of a guest, stamped when they arrive.
#pragma once

#include "libvirt_handles.hpp"
#include "migralab/hypervisor/migration.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace migralab {

/// Collects events; filled by libvirt's event thread, read by ours.
class EventLog {
public:
  void note(GuestEvent event);
  /// A round of pre-copy has begun.
  void note_round(GuestEvent event);
  void complete(std::map<std::string, double> statistics);

  /// Until a round begins, or `until`; false at once when end_waiting() was called.
  [[nodiscard]] bool wait_for_round(Instant until);
  void end_waiting();

  /// The final statistics of the job, as soon as they are here; empty at the deadline.
  [[nodiscard]] std::map<std::string, double> wait_for_completed(Nanoseconds limit);
  [[nodiscard]] std::vector<GuestEvent> events();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<GuestEvent> events_;
  std::map<std::string, double> completed_;
  bool round_began_ = false; // since the last wait
  bool ended_ = false;
};

/// A subscription to one kind of event of one guest (by name, on any connection) that ends with its owner.
class Subscription {
public:
  /// `event`: VIR_DOMAIN_EVENT_ID_LIFECYCLE, _MIGRATION_ITERATION or _JOB_COMPLETED.
  Subscription(
      virConnectPtr connection,
      int event,
      const std::string& host,
      const std::string& guest,
      std::shared_ptr<EventLog> log);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

private:
  virConnectPtr connection_;
  int id_;
};

/// QEMU's own times of its STOP and RESUME events.
class StopWatch {
public:
  StopWatch(virConnectPtr connection, virDomainPtr domain);
  ~StopWatch();
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

  /// From STOP to RESUME; throws Error when they do not come within `limit`.
  [[nodiscard]] Nanoseconds stopped_for(Nanoseconds limit);

private:
  struct Times;
  virConnectPtr connection_;
  std::shared_ptr<Times> times_;
  std::vector<int> ids_;
};

} // namespace migralab
