// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace migralab::balancer {

LogStamp LogWriter::stamp() const {
  return {node_, std::chrono::steady_clock::now()};
}

/// Whether all of it was written.
bool LogWriter::put(const std::string& text) {
  const std::string whole = (torn_ ? "\n" : "") + text;
  const ssize_t size = ::write(STDOUT_FILENO, whole.data(), whole.size());
  if (size == static_cast<ssize_t>(whole.size())) {
    torn_ = false;
    return true;
  }
  why_ = lost_ > 0 ? why_ : std::strerror(size < 0 ? errno : ENOSPC); // the rest of a line finds no room
  torn_ = torn_ || size > 0;
  return false;
}

/// A full disk loses the line; guests are balanced all the same.
void LogWriter::write(const std::string& line) {
  if (line.empty()) {
    return;
  }
  if (put((untold_ ? lost_line(stamp(), lost_, why_) : "") + line)) {
    untold_ = false;
  } else {
    ++lost_;
    untold_ = true;
  }
}

int LogWriter::finish() {
  tell_folded();
  return untold_ && !put(lost_line(stamp(), lost_, why_)) ? log_incomplete : 0;
}

void LogWriter::note(const std::string& text) {
  constexpr auto fold = std::chrono::minutes(1);
  const LogStamp now = stamp();
  if (text == last_note_ && now.at - noted_ < fold) {
    ++folded_;
    return;
  }
  tell_folded();
  last_note_ = text;
  noted_ = now.at;
  write(note_line(now, text));
}

void LogWriter::tell_folded() {
  if (folded_ > 0) {
    write(note_line(stamp(), fmt::format("{} ({} more times)", last_note_, std::exchange(folded_, 0))));
  }
}

void LogWriter::sample(const coordination::HostSample& seen, const coordination::HostSample& averages) {
  write(sample_line(stamp(), seen, averages));
}

void LogWriter::traffic(const TrafficCount& count) {
  write(traffic_line(stamp(), count));
}

void LogWriter::began(const coordination::Order& order) {
  write(begin_line(stamp(), order));
}

void LogWriter::ended(const coordination::Order& order, const MigrationRecord& record) {
  write(end_line(stamp(), order, record));
}

void LogWriter::record(
    const coordination::Record& record,
    const std::string& policy,
    const balance::Parameters& parameters) {
  write(record_line(stamp(), record, policy, parameters));
}

} // namespace migralab::balancer
