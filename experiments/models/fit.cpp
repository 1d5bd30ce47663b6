// SPDX-License-Identifier: Apache-2.0
#include "migralab/models/fit.hpp"

#include "migralab/core/error.hpp"
#include "rounds.hpp"

#include <algorithm>
#include <cmath>

namespace migralab {
namespace {

using models::seconds;
using models::span_of;
using models::whole_bytes;
using Values = std::map<std::string, double>;

double value(const Values& values, const std::string& field) {
  const auto found = values.find(field);
  return found == values.end() ? 0 : found->second;
}

/// The samples in which memory was on its way: before, there are no numbers; afterwards, they stand still.
std::vector<const JobSample*> moving(const MigrationRecord& record) {
  std::vector<const JobSample*> samples;
  for (const JobSample& sample : record.samples) {
    if (value(sample.values, "memory_processed") > 0 && value(sample.values, "memory_remaining") > 0) {
      samples.push_back(&sample);
    }
  }
  return samples;
}

double processed(const JobSample& sample) {
  return value(sample.values, "memory_processed");
}

std::vector<FittedRound> rounds_of(const std::vector<const JobSample*>& samples, Bytes page_size) {
  std::vector<FittedRound> rounds;
  for (std::size_t i = 0; i < samples.size();) {
    const double iteration = value(samples[i]->values, "memory_iteration");
    std::size_t next = i;
    while (next < samples.size() && value(samples[next]->values, "memory_iteration") == iteration) {
      ++next;
    }
    const JobSample& begins = *samples[i];
    const JobSample& ends = next < samples.size() ? *samples[next] : *samples.back();
    FittedRound round{
        .iteration = static_cast<unsigned>(iteration),
        .length = ends.at - begins.at,
        .sent = whole_bytes(std::max(0.0, processed(ends) - processed(begins))),
        .left_at_start = whole_bytes(value(begins.values, "memory_remaining")),
        .dirty_rate = {}};
    if (next < samples.size()) {
      // QEMU computes the rate when it looks at what the round that ended has dirtied.
      const double pages = value(samples[next]->values, "memory_dirty_rate");
      if (pages > 0) {
        round.dirty_rate = rate_of_pages(pages, page_size);
      }
    }
    rounds.push_back(round);
    i = next;
  }
  return rounds;
}

/// The mean of the rounds' rates, each as long as its round.
std::optional<BitRate> rate_of_rounds(const std::vector<FittedRound>& rounds) {
  double time = 0;
  double bytes = 0;
  for (const FittedRound& round : rounds) {
    if (round.dirty_rate) {
      time += seconds(round.length);
      bytes += seconds(round.length) * bytes_per_second(*round.dirty_rate);
    }
  }
  return time > 0 ? std::optional(rate_of_bytes(bytes / time)) : std::nullopt;
}

} // namespace

ModelInputs FittedInputs::inputs(const StopRule& stop) const {
  ModelInputs inputs;
  inputs.memory = memory;
  inputs.zero_pages = zero_pages;
  inputs.page_size = page_size;
  inputs.link = link;
  inputs.dirty_rate = dirty_rate.value_or(BitRate{0});
  inputs.stop = stop;
  inputs.setup = setup;
  inputs.finish = after_transfer;
  return inputs;
}

FittedInputs fit(const MigrationRecord& record) {
  const std::vector<const JobSample*> samples = moving(record);
  const double moved_between = samples.size() < 2 ? 0 : processed(*samples.back()) - processed(*samples.front());
  if (moved_between <= 0) {
    throw Error(
        "fit of a migration of " + record.guest + ": " + std::to_string(samples.size()) +
        " samples show memory on its way; it takes 2 that differ")
        .with_hint("Sample more often, or migrate a guest with more memory.");
  }
  const JobSample& first = *samples.front();
  const JobSample& last = *samples.back();
  const Values& final = record.completed.empty() ? last.values : record.completed;
  const double total = value(last.values, "memory_total");
  const double page = std::max(1.0, value(last.values, "memory_page_size"));
  const double zero = value(final, "memory_constant");
  if (total <= zero * page) {
    throw Error(
        "fit of a migration of " + record.guest + ": of " + human(whole_bytes(total)) + " of memory " +
        human(whole_bytes(zero * page)) + " are zero");
  }
  const double rate = moved_between / seconds(last.at - first.at);
  const double moved = std::max(value(final, "memory_processed"), processed(last));

  FittedInputs fitted;
  fitted.page_size = whole_bytes(page);
  fitted.zero_pages = static_cast<std::uint64_t>(zero);
  fitted.memory = whole_bytes(total - zero * page);
  fitted.link = rate_of_bytes(rate);
  fitted.rounds = rounds_of(samples, fitted.page_size);
  const double before_first = seconds(first.at - record.began) - processed(first) / rate;
  fitted.setup = span_of(std::max(0.0, before_first));
  fitted.after_transfer = span_of(std::max(0.0, seconds(record.total_time()) - seconds(fitted.setup) - moved / rate));

  fitted.dirty_rate = rate_of_rounds(fitted.rounds);
  if (fitted.dirty_rate) {
    fitted.dirty_rate_from = DirtyRateSource::job_statistics;
    return fitted;
  }
  const auto downtime = record.hypervisor_downtime();
  const double ran = moved / rate - (downtime ? seconds(*downtime) : 0);
  if (!record.completed.empty() && ran > 0) {
    const double again = moved - static_cast<double>(fitted.memory.count) - models::page_header * zero;
    fitted.dirty_rate = rate_of_bytes(std::max(0.0, again) / ran);
    fitted.dirty_rate_from = DirtyRateSource::resent_bytes;
  }
  return fitted;
}

BitRate rate_of_pages(double pages_per_second, Bytes page_size) {
  return rate_of_bytes(pages_per_second * static_cast<double>(page_size.count));
}

BitRate rate_of_mebibytes(double mebibytes_per_second) {
  return rate_of_bytes(mebibytes_per_second * 1024 * 1024);
}

DirtySet fit_dirty_set(Nanoseconds period, Bytes after_period, Bytes after_twice) {
  const auto once = static_cast<double>(after_period.count);
  const auto twice = static_cast<double>(after_twice.count);
  if (period <= Nanoseconds(0)) {
    throw Error("fit of a dirty set: the period is not above 0");
  }
  if (!(twice > once && twice < 2 * once)) {
    throw Error(
        "fit of a dirty set: " + human(after_period) + " after " + human(period) + ", " + human(after_twice) +
        " after twice that")
        .with_hint(
            "The second is between the first and twice the first: measure over a longer period if it is as much as "
            "twice, over a shorter one if both are the same.");
  }
  const double x = twice / once - 1;
  const double set = once / (1 - x);
  return {rate_of_bytes(-set * std::log(x) / seconds(period)), whole_bytes(set)};
}

} // namespace migralab
