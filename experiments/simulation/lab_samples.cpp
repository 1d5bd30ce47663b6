// SPDX-License-Identifier: Apache-2.0
// Traces from what the agents of a lab measured.
#include "migralab/core/csv.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/simulation/trace_files.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace migralab::simulation {

namespace {

constexpr double kilobytes_of_a_mbit = 125;

struct Seen {
  Instant at;
  std::string host;
  double cpu = 0;
  double net = 0;
  double image_mb = 0;
};

struct Samples {
  std::map<std::string, std::vector<Seen>> guests;
  std::map<std::string, std::vector<Instant>> hosts;
  std::map<std::string, double> memory_mb;  // by host
  std::map<std::string, double> largest_mb; // by guest
};

double share(const CsvReader& csv, const char* column) {
  const double value = csv.number(column);
  if (value < 0 || value > 1) {
    csv.refuse(column, "is no share from 0 to 1");
  }
  return value;
}

Samples read(const std::filesystem::path& file) {
  Samples samples;
  const std::string text = read_plain_file(file);
  CsvReader csv(file.string(), text, Instant{});
  while (csv.next()) {
    const std::string host = csv.text("host");
    const std::string guest = csv.text("guest");
    const Instant at = csv.at("at_s");
    if (guest.empty()) {
      std::vector<Instant>& moments = samples.hosts[host];
      if (!moments.empty() && at <= moments.back()) {
        csv.refuse("at_s", "is not after the host's sample before");
      }
      moments.push_back(at);
      continue;
    }
    const double mem = share(csv, "mem");
    const double image_mb = csv.number("image_mb");
    if (image_mb < 0) {
      csv.refuse("image_mb", "is no size");
    }
    samples.guests[guest].push_back({at, host, share(csv, "cpu"), share(csv, "net"), image_mb});
    samples.largest_mb[guest] = std::max(samples.largest_mb[guest], image_mb);
    if (mem > 0) {
      samples.memory_mb[host] = image_mb / mem;
    }
  }
  for (const auto& [guest, seen] : samples.guests) {
    for (const Seen& one : seen) {
      if (!samples.hosts.contains(one.host)) {
        throw Error(
            fmt::format("{}: guest '{}' is on host '{}', of which there is no sample", file.string(), guest, one.host));
      }
    }
  }
  return samples;
}

Nanoseconds interval_of(const Samples& samples) {
  std::vector<Nanoseconds> spans;
  for (const auto& [host, moments] : samples.hosts) {
    for (std::size_t i = 1; i < moments.size(); ++i) {
      spans.push_back(moments[i] - moments[i - 1]);
    }
  }
  std::erase_if(spans, [](Nanoseconds span) { return span <= Nanoseconds(0); });
  if (spans.empty()) {
    return Nanoseconds(0);
  }
  std::nth_element(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(spans.size() / 2), spans.end());
  return spans[spans.size() / 2];
}

/// The latest sample up to then that is not older than three intervals; nothing: it is not told.
const Seen* latest(const std::vector<Seen>& seen, Instant at, Nanoseconds interval) {
  const auto later =
      std::upper_bound(seen.begin(), seen.end(), at, [](Instant moment, const Seen& one) { return moment < one.at; });
  if (later == seen.begin() || at - std::prev(later)->at > 3 * interval) {
    return nullptr;
  }
  return &*std::prev(later);
}

/// All of it where nobody told.
double memory_share(const Seen& now, double largest_mb) {
  return largest_mb > 0 ? now.image_mb / largest_mb : 1;
}

} // namespace

Trace read_lab_samples(const std::filesystem::path& file) {
  Samples samples;
  try {
    samples = read(file);
  } catch (const Error& error) {
    throw Error(error.what(), ExitStatus::bad_input);
  }
  const Nanoseconds interval = interval_of(samples);
  if (samples.guests.empty() || interval == Nanoseconds(0)) {
    throw Error(
        fmt::format("{}: it tells of no guest, or has no two samples of a host", file.string()), ExitStatus::bad_input)
        .with_hint("give what `migralab balance run --output FOLDER` or a trial with a balancer wrote");
  }
  Trace trace;
  trace.interval = interval;
  std::map<std::string, std::size_t> numbers;
  Instant first = Instant::max();
  Instant last = Instant::min();
  for (const auto& [host, moments] : samples.hosts) {
    numbers[host] = trace.hosts.size();
    trace.hosts.push_back({host, samples.memory_mb[host]});
    first = std::min(first, moments.front());
    last = std::max(last, moments.back());
  }
  trace.steps = static_cast<std::size_t>((last - first) / interval) + 1;
  for (auto& [guest, seen] : samples.guests) {
    std::stable_sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.at < b.at; });
    const double largest_mb = samples.largest_mb[guest];
    trace.guests.push_back({guest, 0, 0, largest_mb, numbers.at(seen.front().host)});
    for (std::size_t step = 0; step < trace.steps; ++step) {
      const Seen* now = latest(seen, first + static_cast<Nanoseconds::rep>(step) * interval + interval / 2, interval);
      trace.cpu.push_back(now == nullptr ? 0 : now->cpu);
      trace.mem.push_back(now == nullptr ? 0 : memory_share(*now, largest_mb));
      trace.net.push_back(now == nullptr ? 0 : now->net * TraceHost().net_mbit * kilobytes_of_a_mbit);
    }
  }
  // A host whose guests nobody told the memory of has room for all.
  double all_mb = 0;
  for (const auto& [guest, mb] : samples.largest_mb) {
    all_mb += mb;
  }
  for (TraceHost& host : trace.hosts) {
    host.memory_mb = host.memory_mb > 0 ? host.memory_mb : all_mb;
  }
  return trace;
}

} // namespace migralab::simulation
