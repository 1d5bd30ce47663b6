// SPDX-License-Identifier: Apache-2.0
#include "rounds.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::models {
namespace {

/// A round that shrinks by less than this share does not shrink: the fixed point is reached.
constexpr double no_progress = 1e-9;
/// Where dirtying depends on the time, hope has no other end.
constexpr unsigned most_rounds = 1'000'000;

double threshold_of(const ModelInputs& inputs) {
  if (inputs.stop.downtime_limit) {
    return bytes_per_second(inputs.link) * seconds(*inputs.stop.downtime_limit);
  }
  return inputs.stop.threshold ? static_cast<double>(inputs.stop.threshold->count) : 0;
}

std::optional<Ending> ends(const ModelInputs& inputs, double first, const Rounds& now) {
  // Within rounds, the rest comes down to the threshold from above without end: less than a page more is the threshold.
  const double almost = inputs.stop.within_rounds ? static_cast<double>(inputs.page_size.count) : 0;
  if (now.left <= threshold_of(inputs) + almost) {
    return Ending::converged;
  }
  if (inputs.stop.max_rounds && now.rounds >= *inputs.stop.max_rounds) {
    return Ending::max_rounds;
  }
  if (inputs.stop.max_sent && now.sent > *inputs.stop.max_sent * first) {
    return Ending::sent_enough;
  }
  return std::nullopt;
}

} // namespace

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

Nanoseconds span_of(double seconds) {
  const double nanoseconds = std::round(seconds * 1e9);
  if (!(nanoseconds < 9.2e18)) {
    throw Error("the migration would take more than 292 years").with_hint("Is the link's rate right?");
  }
  return Nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

Bytes whole_bytes(double bytes) {
  if (!(bytes < 1.8e19)) {
    throw Error("the migration would send more than 16 EiB").with_hint("Is the dirty rate right?");
  }
  return {static_cast<std::uint64_t>(std::round(bytes))};
}

double first_round(const ModelInputs& inputs) {
  return static_cast<double>(inputs.memory.count) + page_header * static_cast<double>(inputs.zero_pages);
}

Rounds follow(const ModelInputs& inputs, double first, const Dirtying& dirtying) {
  const StopRule& stop = inputs.stop;
  if (!stop.downtime_limit && !stop.threshold && !stop.max_rounds && !stop.max_sent) {
    throw Error("there is no stop rule").with_hint("Pre-copy needs a downtime limit, a threshold or a most of rounds.");
  }
  const bool limited = stop.max_rounds || stop.max_sent;
  const double rate = bytes_per_second(inputs.link);
  const double threshold = threshold_of(inputs);
  const double kept = stop.within_rounds ? threshold : 0; // what a round leaves unsent when QEMU looks again
  Rounds now{.left = first};
  double elapsed = 0;
  while (true) {
    if (const auto ending = ends(inputs, first, now)) {
      now.ending = *ending;
      return now;
    }
    const double live = now.left - kept;
    const double length = live / rate;
    const double next = std::min(first, kept + dirtying.next_round(elapsed, length));
    // A longer round never dirties less, so the rounds' sizes rise or fall all the way: once they stop falling they
    // never will again.
    const bool stuck = !dirtying.depends_on_time && next - kept >= live * (1 - no_progress) && next > threshold;
    if ((stuck && !limited) || (now.rounds >= most_rounds && !limited)) {
      now.ending = Ending::does_not_converge;
      return now;
    }
    now.sent += live;
    now.left = next;
    elapsed += length;
    ++now.rounds;
  }
}

MigrationPrediction pre_copy(const ModelInputs& inputs, const Rounds& rounds) {
  MigrationPrediction prediction;
  prediction.ending = rounds.ending;
  prediction.rounds = rounds.rounds;
  if (rounds.ending == Ending::does_not_converge) {
    return prediction;
  }
  const double rate = bytes_per_second(inputs.link);
  const double all = rounds.sent + rounds.left;
  prediction.sent = whole_bytes(all);
  prediction.downtime = span_of(rounds.left / rate + seconds(inputs.resume));
  prediction.total_time = span_of(seconds(inputs.setup) + all / rate + seconds(inputs.resume) + seconds(inputs.finish));
  return prediction;
}

} // namespace migralab::models
