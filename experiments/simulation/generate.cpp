// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/generate.hpp"

#include "migralab/core/error.hpp"
#include "migralab/simulation/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <span>
#include <vector>

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

/// A quantile function, by straight lines between points of it.
struct Point {
  double probability;
  double value;
};
template <std::size_t count> double quantile(const std::array<Point, count>& points, double probability) {
  std::size_t above = 1;
  while (above + 1 < count && points[above].probability < probability) {
    ++above;
  }
  const Point& from = points[above - 1];
  const Point& to = points[above];
  const double part = (probability - from.probability) / (to.probability - from.probability);
  return from.value + (to.value - from.value) * std::clamp(part, 0.0, 1.0);
}

// Of the guests of 2011-03-03: mean, standard deviation, correlation of a sample with the next; the ends are ours.
constexpr std::array planetlab_means{
    Point{0, 0.005},
    Point{0.05, 0.014},
    Point{0.25, 0.028},
    Point{0.5, 0.068},
    Point{0.75, 0.144},
    Point{0.95, 0.405},
    Point{0.99, 0.736},
    Point{1, 0.95}};
constexpr std::array planetlab_deviations{
    Point{0, 0.008},
    Point{0.05, 0.014},
    Point{0.25, 0.025},
    Point{0.5, 0.053},
    Point{0.75, 0.09},
    Point{0.95, 0.171},
    Point{1, 0.28}};
constexpr std::array planetlab_correlations{Point{0, -0.1}, Point{0.5, 0.05}, Point{0.95, 0.33}, Point{1, 0.5}};
/// Mean 0, variance 1, and a tail that makes a guest's greatest sample of a day as great as it was: an exponential
/// variable to the power of 1.3, standardised.
constexpr std::array long_tail{
    Point{0, -0.76},
    Point{0.1, -0.725},
    Point{0.25, -0.631},
    Point{0.5, -0.356},
    Point{0.75, 0.236},
    Point{0.9, 1.166},
    Point{0.95, 1.952},
    Point{0.99, 3.983},
    Point{0.999, 7.27},
    Point{1, 10.9}};

/// The demand of one guest, sample by sample, before noise.
class Source {
public:
  Source(const Pattern& pattern, double samples_of_a_period, Random& random)
      : pattern_(pattern), random_(random), phase_(random.uniform()), per_sample_(1 / samples_of_a_period),
        level_(pattern.kind == Pattern::Kind::steps ? any_level() : pattern.mean) {
    if (pattern.kind == Pattern::Kind::ar1) { // begins where it would be after a long time
      level_ += pattern.swing * random.about_normal();
    }
    if (pattern.kind == Pattern::Kind::planetlab) {
      constexpr double apart = 0.15; // guests of a mean do not all deviate alike
      const double rank = random.uniform();
      level_ = mean_ = quantile(planetlab_means, rank);
      deviation_ = quantile(planetlab_deviations, std::clamp(rank + apart * random.about_normal(), 0.0, 1.0));
      correlation_ = quantile(planetlab_correlations, random.uniform());
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
    case Pattern::Kind::planetlab:
      level_ = mean_ + correlation_ * (level_ - mean_) +
               deviation_ * std::sqrt(1 - correlation_ * correlation_) * quantile(long_tail, random_.uniform());
      return level_;
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
  double mean_ = 0; // of planetlab: its own
  double deviation_ = 0;
  double correlation_ = 0;
};

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments_of(std::span<const double> samples) {
  double sum = 0;
  double squares = 0;
  for (const double sample : samples) {
    sum += sample;
    squares += sample * sample;
  }
  const auto count = static_cast<double>(samples.size());
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(squares / count - mean * mean, 0.0))};
}

/// Samples of another resource beside those of the processors.
void add_companion(
    const Companion& companion,
    std::span<const double> cpu,
    double most,
    Random& random,
    std::vector<double>& samples) {
  const Moments of = moments_of(cpu);
  const double apart = std::sqrt(1 - companion.correlation * companion.correlation);
  for (const double share : cpu) {
    const double along = of.deviation > 0 ? (share - of.mean) / of.deviation : 0;
    const double deviation = companion.correlation * along + apart * random.about_normal();
    samples.push_back(std::clamp(companion.mean + companion.swing * deviation, 0.0, most));
  }
}

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
  for (const auto& companion : {pattern.memory, pattern.network}) {
    const Companion one = companion.value_or(Companion{});
    want(std::abs(one.correlation) <= 1, "correlation", one.correlation, "a number from -1 to 1");
    want(one.mean >= 0, "mean", one.mean, "a number from 0");
    want(one.swing >= 0, "swing", one.swing, "a number from 0");
  }
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
    const std::span<const double> cpu = trace.cpu_of(guest);
    if (pattern.memory) {
      add_companion(*pattern.memory, cpu, 1, random, trace.mem);
    }
    if (pattern.network) {
      add_companion(*pattern.network, cpu, std::numeric_limits<double>::max(), random, trace.net);
    }
    trace.guests.push_back({fmt::format("g{}", guest + 1), 0, 0, 0});
  }
  return trace;
}

} // namespace migralab::simulation
