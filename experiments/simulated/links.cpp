// SPDX-License-Identifier: Apache-2.0
#include "links.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::simulated {

namespace {

constexpr double nothing = 1e-3; // bytes: less is what rounding to nanoseconds leaves

} // namespace

Links::Id Links::carry(const std::vector<Cable>& path, double bytes, double cap, std::function<void()> done) {
  count();
  const Id id = ++last_;
  transfers_.emplace(id, Transfer{path, std::max(bytes, 0.0), cap, std::move(done), 0});
  share();
  wait_for_next();
  return id;
}

void Links::drop(Id id) {
  count();
  transfers_.erase(id);
  share();
  wait_for_next();
}

double Links::left(Id id) {
  count();
  const auto found = transfers_.find(id);
  return found == transfers_.end() ? 0 : found->second.left;
}

double Links::rate(Id id) const {
  const auto found = transfers_.find(id);
  return found == transfers_.end() ? 0 : found->second.rate;
}

const std::map<Cable, double>& Links::carried() {
  count();
  return carried_;
}

double Links::through(const Cable& cable) const {
  double sum = 0;
  for (const auto& [id, transfer] : transfers_) {
    sum += static_cast<double>(std::count(transfer.path.begin(), transfer.path.end(), cable)) * transfer.rate;
  }
  return sum;
}

/// What has been carried since the last time.
void Links::count() {
  const double span = std::chrono::duration<double>(timeline_.now() - counted_).count();
  counted_ = timeline_.now();
  for (auto& [id, transfer] : transfers_) {
    const double bytes = std::min(transfer.left, transfer.rate * span);
    transfer.left -= bytes;
    for (const Cable& cable : transfer.path) {
      carried_[cable] += bytes;
    }
  }
}

/// Water filling: all rates rise together; who meets a full cable, or its own cap, stays there.
void Links::share() {
  std::map<Cable, double> room = capacities_;
  std::vector<Transfer*> open;
  for (auto& [id, transfer] : transfers_) {
    transfer.rate = 0;
    open.push_back(&transfer);
  }
  while (!open.empty()) {
    std::map<Cable, double> users;
    double step = std::numeric_limits<double>::infinity();
    for (const Transfer* transfer : open) {
      step = std::min(step, transfer->cap - transfer->rate);
      for (const Cable& cable : transfer->path) {
        users[cable] += 1;
      }
    }
    for (const auto& [cable, count] : users) {
      if (const auto capacity = room.find(cable); capacity != room.end()) {
        step = std::min(step, capacity->second / count);
      }
    }
    if (std::isinf(step)) {
      for (Transfer* transfer : open) {
        transfer->rate = step;
      }
      break;
    }
    for (Transfer* transfer : open) {
      transfer->rate += step;
    }
    for (const auto& [cable, count] : users) {
      if (const auto capacity = room.find(cable); capacity != room.end()) {
        capacity->second -= step * count;
      }
    }
    constexpr double full = 1e-6; // bytes a second
    std::erase_if(open, [&](const Transfer* transfer) {
      return transfer->rate >= transfer->cap - full ||
             std::any_of(transfer->path.begin(), transfer->path.end(), [&](const Cable& cable) {
               const auto capacity = room.find(cable);
               return capacity != room.end() && capacity->second <= full;
             });
    });
  }
}

void Links::wait_for_next() {
  const std::uint64_t change = ++change_;
  double earliest = std::numeric_limits<double>::infinity();
  for (const auto& [id, transfer] : transfers_) {
    const double span = transfer.left <= nothing ? 0 : transfer.left / transfer.rate;
    earliest = std::min(earliest, span);
  }
  if (std::isinf(earliest)) {
    return;
  }
  const auto span = Nanoseconds(static_cast<std::int64_t>(std::ceil(earliest * 1e9)));
  timeline_.after(span, [this, change] {
    if (change == change_) {
      finish_those_that_are_done();
    }
  });
}

void Links::finish_those_that_are_done() {
  count();
  std::vector<std::function<void()>> done;
  for (auto transfer = transfers_.begin(); transfer != transfers_.end();) {
    if (transfer->second.left <= nothing) {
      done.push_back(std::move(transfer->second.done));
      transfer = transfers_.erase(transfer);
    } else {
      ++transfer;
    }
  }
  share();
  wait_for_next();
  for (const auto& what : done) { // these may begin others
    what();
  }
}

} // namespace migralab::simulated
