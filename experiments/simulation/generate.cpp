// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/generate.hpp"

#include "migralab/core/error.hpp"
#include "migralab/simulation/random.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace migralab::simulation {

namespace {

/// One period of a wave from -1 to 1, at `phase` from 0 to 1: the sine by Bhaskara's formula, off by 0.0017 at most. Of
/// std::sin the last bit differs from library to library.
double wave(double phase) {
  const double half = phase < 0.5 ? 2 * phase : 2 * phase - 1;
  const double arc = half * (1 - half);
  const double height = 16 * arc / (5 - 4 * arc);
  return phase < 0.5 ? height : -height;
}

/// The demand of one guest, sample by sample, before noise.
class Source {
public:
  Source(const Pattern& pattern, double samples_of_a_period, Random& random)
      : pattern_(pattern), random_(random), phase_(random.uniform()), per_sample_(1 / samples_of_a_period),
        level_(pattern.kind == Pattern::Kind::steps ? any_level() : pattern.mean) {
    if (pattern.kind == Pattern::Kind::ar1) { // begins where it would be after a long time
      level_ += pattern.swing * random.about_normal();
    }
  }

  double next() {
    switch (pattern_.kind) {
    case Pattern::Kind::steady:
      return pattern_.mean;
    case Pattern::Kind::steps:
      level_ = random_.uniform() < pattern_.change ? any_level() : level_;
      return level_;
    case Pattern::Kind::bursts:
      bursting_ = random_.uniform() < (bursting_ ? 1 - 1 / pattern_.burst_length : pattern_.change);
      return pattern_.mean + (bursting_ ? pattern_.swing : 0);
    case Pattern::Kind::diurnal: {
      const double now = phase_;
      phase_ += per_sample_;
      phase_ -= std::floor(phase_);
      return pattern_.mean + pattern_.swing * wave(now);
    }
    case Pattern::Kind::ar1: {
      const double now = level_;
      const double phi = pattern_.correlation;
      level_ = pattern_.mean + phi * (level_ - pattern_.mean) +
               pattern_.swing * std::sqrt(1 - phi * phi) * random_.about_normal();
      return now;
    }
    }
    return pattern_.mean;
  }

private:
  double any_level() { return pattern_.mean + pattern_.swing * (2 * random_.uniform() - 1); }

  const Pattern& pattern_;
  Random& random_;
  double phase_;
  double per_sample_;
  double level_;
  bool bursting_ = false;
};

void want(bool good, const char* name, double value, const char* wanted) {
  if (!good) {
    throw Error(fmt::format("pattern: {} {} makes no sense; take {}", name, value, wanted), ExitStatus::bad_input);
  }
}

void check(const Pattern& pattern, std::size_t guests, std::size_t steps, Nanoseconds interval) {
  const auto share = [](double value) { return value >= 0 && value <= 1; };
  want(share(pattern.mean), "mean", pattern.mean, "a share from 0 to 1");
  want(share(pattern.swing), "swing", pattern.swing, "a share from 0 to 1");
  want(share(pattern.noise), "noise", pattern.noise, "a share from 0 to 1");
  want(share(pattern.change), "change", pattern.change, "a probability from 0 to 1");
  want(std::abs(pattern.correlation) < 1, "correlation", pattern.correlation, "a number above -1 and below 1");
  want(pattern.burst_length >= 1, "burst_length", pattern.burst_length, "a number of samples from 1");
  want(pattern.period.count() > 0, "period", std::chrono::duration<double>(pattern.period).count(), "a time above 0");
  want(interval.count() > 0, "interval", std::chrono::duration<double>(interval).count(), "a time above 0");
  want(guests > 0, "guests", static_cast<double>(guests), "at least one");
  want(steps > 0, "steps", static_cast<double>(steps), "at least one");
}

} // namespace

Trace generated(
    const Pattern& pattern,
    std::size_t guests,
    std::size_t steps,
    Nanoseconds interval,
    std::uint64_t seed) {
  check(pattern, guests, steps, interval);
  Trace trace{interval, steps, {}, {}, {}, {}};
  trace.cpu.reserve(guests * steps);
  const double samples_of_a_period =
      static_cast<double>(pattern.period.count()) / static_cast<double>(interval.count());
  Random seeds(seed);
  for (std::size_t guest = 0; guest < guests; ++guest) {
    Random random(seeds.next());
    Source source(pattern, samples_of_a_period, random);
    for (std::size_t step = 0; step < steps; ++step) {
      const double noise = pattern.noise > 0 ? pattern.noise * random.about_normal() : 0;
      trace.cpu.push_back(std::clamp(source.next() + noise, 0.0, 1.0));
    }
    trace.guests.push_back({fmt::format("g{}", guest + 1), 0, 0, 0});
  }
  return trace;
}

} // namespace migralab::simulation
