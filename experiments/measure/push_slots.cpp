// SPDX-License-Identifier: Apache-2.0
#include "push_slots.hpp"

#include <algorithm>
#include <cstdint>

namespace migralab {

namespace {

constexpr std::uint32_t push_size = 32;
// So much of the end of a trace must agree on where the sender's clock is: fewer datagrams may all have been delayed.
constexpr auto last_stretch = std::chrono::milliseconds(500);
constexpr int clear_rise = 2; // intervals: less may be the path's own changes

/// Datagram k comes at `start + k intervals + its delay`, and start is known from the least delay only. A sender whose
/// clock stood still for a while is late with all that it sends from then on; one that was only held up is not. So for
/// each arrival: the least start that it or any later one shows.
std::vector<Instant> starts_of(const std::vector<PushArrival>& arrivals, Nanoseconds interval) {
  std::vector<Instant> starts(arrivals.size());
  Instant least = Instant::max();
  for (std::size_t i = arrivals.size(); i-- > 0;) {
    least = std::min(least, arrivals[i].at - static_cast<Nanoseconds::rep>(arrivals[i].sequence) * interval);
    starts[i] = least;
  }
  const auto end = std::find_if(arrivals.begin(), arrivals.end(), [&](const PushArrival& arrival) {
    return arrival.at >= arrivals.back().at - last_stretch;
  });
  const auto begin_of_end = static_cast<std::size_t>(end - arrivals.begin());
  std::fill(starts.begin() + static_cast<std::ptrdiff_t>(begin_of_end), starts.end(), starts[begin_of_end]);
  return starts;
}

struct Slot {
  std::int64_t number; // planned at the first arrival's start + number intervals
  Instant sent;
};

std::vector<Slot> slots_of(const std::vector<PushArrival>& arrivals, Nanoseconds interval) {
  const std::vector<Instant> starts = starts_of(arrivals, interval);
  std::vector<Slot> slots;
  slots.reserve(arrivals.size());
  std::int64_t lost_by_clock = 0; // slots
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const Nanoseconds rise = starts[i] - starts.front() - lost_by_clock * interval;
    if (rise >= clear_rise * interval) {
      lost_by_clock += rise / interval;
    }
    const auto sequence = static_cast<std::int64_t>(arrivals[i].sequence);
    const Instant sent = starts[i] + sequence * interval + arrivals[i].lateness;
    slots.push_back({sequence + lost_by_clock, std::min(sent, arrivals[i].at)});
  }
  return slots;
}

std::vector<RequestSample> planned_samples(Instant first, Instant last, Nanoseconds interval, RequestEnd end) {
  std::vector<RequestSample> samples;
  for (Instant planned = first; planned <= last; planned += interval) {
    RequestSample& sample = samples.emplace_back();
    sample.sequence = static_cast<std::uint32_t>(samples.size() - 1);
    sample.planned = planned;
    sample.end = end;
  }
  return samples;
}

} // namespace

ProbeTrace trace_of_push(const std::vector<PushArrival>& arrivals, const PushWindow& window) {
  const Nanoseconds interval = window.interval;
  if (arrivals.empty()) {
    return {"push", interval, planned_samples(window.asked, window.stopped, interval, window.silence)};
  }
  const std::vector<Slot> slots = slots_of(arrivals, interval);
  const Instant start = starts_of(arrivals, interval).front();
  std::int64_t first = slots.front().number;
  const Instant first_planned = start + first * interval;
  if (first_planned > window.asked + window.timeout) { // the guest was not there: it was missed from the start
    first -= (first_planned - window.asked) / interval;
  }
  Instant last = window.stopped;
  if (arrivals.back().at >= window.stopped) { // what is planned after the last one that came is still on its way
    const auto latest =
        std::max_element(slots.begin(), slots.end(), [](const Slot& a, const Slot& b) { return a.number < b.number; });
    last = std::min(last, start + latest->number * interval);
  }
  ProbeTrace trace{"push", interval, planned_samples(start + first * interval, last, interval, RequestEnd::timed_out)};
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const std::int64_t index = slots[i].number - first;
    if (index < 0 || index >= static_cast<std::int64_t>(trace.samples.size())) {
      continue; // overtaken by the very first one, or planned after the end
    }
    RequestSample& sample = trace.samples[static_cast<std::size_t>(index)];
    if (!sample.answered) { // or a copy
      sample.sent = slots[i].sent;
      sample.answered = arrivals[i].at;
      sample.bytes = push_size;
      sample.end = arrivals[i].at - sample.planned <= window.timeout ? RequestEnd::answered : RequestEnd::late;
    }
  }
  return trace;
}

} // namespace migralab
