// SPDX-License-Identifier: Apache-2.0
#include "words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

namespace migralab {

namespace {

constexpr std::string_view of_balance = "balance.";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

MetricGroup group_of(const MetricName& name) {
  const std::string& base = name.base;
  if (base.starts_with(of_balance)) {
    return MetricGroup::balance;
  }
  if (base.starts_with("model.")) {
    return MetricGroup::model;
  }
  if (base.starts_with("downtime.") || base == "downtime") {
    return MetricGroup::downtime;
  }
  if (base == "total_time" || base == "rounds" || base == "moved") {
    return MetricGroup::migration;
  }
  if (base.starts_with("network.")) {
    return MetricGroup::network;
  }
  if (!name.phase.empty()) {
    return MetricGroup::phases;
  }
  for (const char* part : {"loss", "missing_seconds", "seconds_dropped", "unresponsive", "degradation"}) {
    if (contains(base, part)) {
      return MetricGroup::loss;
    }
  }
  return MetricGroup::other;
}

const std::map<std::string, std::string>& known_words() {
  static const std::map<std::string, std::string> words{
      {"total_time", "total migration time"},
      {"rounds", "rounds"},
      {"moved", "data moved"},
      {"downtime.hypervisor", "downtime, hypervisor"},
      {"downtime.guest", "downtime, guest gap"},
      {"downtime.udp", "downtime, client UDP"},
      {"downtime.http", "downtime, client HTTP"},
      {"downtime.push", "downtime, client push"},
      {"returned.udp", "answered again, UDP"},
      {"returned.http", "answered again, HTTP"},
      {"returned.push", "heard again, push"},
      {"setup_time", "set-up of the migration"},
      {"statistics_gap", "longest gap in the job statistics"},
      {"balance.moves", "moves"},
      {"balance.failed_moves", "moves that failed"},
      {"balance.ping_pong", "moves back within 10 min"},
      {"balance.rounds", "rounds of decisions"},
      {"balance.moved", "data moved"},
      {"balance.downtime", "downtime of all moves"},
      {"balance.imbalance", "imbalance"},
      {"balance.messages", "messages"},
      {"balance.message_bytes", "size of all messages"},
      {"balance.response", "slowest response"},
      {"http.rate", "HTTP answers"},
      {"http.failed", "HTTP requests that failed"},
      {"http.response_p50", "HTTP response time, median"},
      {"http.response_p95", "HTTP response time, 95 %"},
      {"http.response_p99", "HTTP response time, 99 %"},
      {"http.response_max", "HTTP response time, longest"},
      {"udp.rate", "UDP echoes"},
      {"udp.failed", "UDP echoes that failed"},
      {"udp.response_p50", "UDP round trip, median"},
      {"udp.response_p95", "UDP round trip, 95 %"},
      {"udp.response_p99", "UDP round trip, 99 %"},
      {"udp.response_max", "UDP round trip, longest"},
      {"push.rate", "datagrams from the guest"},
      {"push.failed", "datagrams from the guest, lost"},
      {"push.response_p50", "delay of datagrams, median"},
      {"push.response_p95", "delay of datagrams, 95 %"},
      {"push.response_p99", "delay of datagrams, 99 %"},
      {"push.response_max", "delay of datagrams, longest"}};
  return words;
}

/// Of a host, or of a guest and a host: "balance.over.h59", "balance.to.h61.centos59-3".
std::string balance_words(const std::string& name) {
  const std::string own = name.substr(of_balance.size());
  const std::size_t dot = own.find('.');
  const std::string what = own.substr(0, dot);
  const std::string of = dot == std::string::npos ? "" : own.substr(dot + 1);
  if (what == "over") {
    return "over the limit, " + of;
  }
  if (what == "cpu") {
    return "mean cpu, " + of;
  }
  if (what == "highest_cpu") {
    return "highest average cpu, " + of;
  }
  const std::size_t guest = of.find('.');
  return what == "to" && guest != std::string::npos
             ? fmt::format("moves of {} to {}", of.substr(guest + 1), of.substr(0, guest))
             : name;
}

struct Scale {
  const char* unit;
  const char* kind;
  double factor; // to the kind's base
};
constexpr std::array<Scale, 24> scales{{
    {"ns", "time", 1e-9},          {"us", "time", 1e-6},     {"ms", "time", 1e-3},     {"s", "time", 1},
    {"min", "time", 60},           {"B", "data", 1},         {"kB", "data", 1e3},      {"KB", "data", 1e3},
    {"KiB", "data", 1024},         {"MB", "data", 1e6},      {"MiB", "data", 1048576}, {"GB", "data", 1e9},
    {"GiB", "data", 1073741824},   {"B/s", "rate", 1},       {"kB/s", "rate", 1e3},    {"MB/s", "rate", 1e6},
    {"MiB/s", "rate", 1048576},    {"bit/s", "rate", 0.125}, {"kbit/s", "rate", 125},  {"Mbit/s", "rate", 125000},
    {"Gbit/s", "rate", 125000000}, {"1/s", "often", 1},      {"req/s", "often", 1},    {"requests/s", "often", 1},
}};

const Scale* scale_of(const std::string& unit) {
  const auto found = std::find_if(scales.begin(), scales.end(), [&](const Scale& one) { return unit == one.unit; });
  return found == scales.end() ? nullptr : &*found;
}

/// Decimals that leave three significant figures.
int decimals_of(double value) {
  const double size = std::fabs(value);
  if (size == 0 || size >= 99.95) {
    return 0;
  }
  int decimals = 1; // 10 to 99.9
  for (double limit = 9.995; size < limit && decimals < 9; limit /= 10) {
    ++decimals;
  }
  return decimals;
}

} // namespace

MetricName metric_name(const std::string& name) {
  MetricName parts;
  const std::size_t colon = name.find(':');
  parts.guest = colon == std::string::npos ? "" : name.substr(0, colon);
  parts.base = colon == std::string::npos ? name : name.substr(colon + 1);
  parts.stem = parts.base;
  for (const char* phase : {"before", "during", "after", "whole"}) {
    const std::string ending = std::string(".") + phase;
    // A host may be called "during".
    if (!parts.base.starts_with(of_balance) && parts.base.size() > ending.size() && parts.base.ends_with(ending)) {
      parts.phase = phase;
      parts.stem = parts.base.substr(0, parts.base.size() - ending.size());
    }
  }
  parts.group = group_of(parts);
  return parts;
}

std::string in_words(const std::string& metric) {
  const MetricName name = metric_name(metric);
  const auto known = known_words().find(name.stem);
  std::string words = known != known_words().end() ? known->second : name.stem;
  if (name.group == MetricGroup::balance && known == known_words().end()) {
    words = balance_words(name.stem);
  }
  if (name.group == MetricGroup::network) {
    words = "network " + name.stem.substr(std::string("network.").size());
  }
  if (constexpr std::string_view ending = ".corrected"; words.ends_with(ending)) {
    words = words.substr(0, words.size() - ending.size()) + ", by our clock";
  }
  words += name.phase.empty() || name.phase == "whole" ? "" : ", " + name.phase;
  return name.guest.empty() ? words : name.guest + ": " + words;
}

bool is_balance_headline(const std::string& metric) {
  static const std::set<std::string> whole{
      "balance.moves", "balance.moved", "balance.downtime", "balance.imbalance", "balance.messages"};
  return whole.contains(metric) || metric.starts_with("balance.over.");
}

PrintedUnit printed_unit(const std::string& unit) {
  return unit == "B" ? PrintedUnit{"MiB", 1.0 / 1048576} : PrintedUnit{unit, 1};
}

std::string figures(double value) {
  return figures_like(value, value);
}

std::string figures_like(double value, double like) {
  if (std::fabs(value) >= 1e9 || (value != 0 && std::fabs(value) < 1e-6)) {
    return fmt::format("{:.3g}", value);
  }
  // Whole numbers are counts, or were measured as whole ones.
  const bool whole = std::floor(value) == value && std::floor(like) == like && std::fabs(value) < 1e9;
  const std::string text = fmt::format("{:.{}f}", value, whole ? 0 : decimals_of(like));
  return text.find_first_not_of("-0.") == std::string::npos && text.starts_with("-") ? text.substr(1) : text;
}

std::string with_unit(double value, const std::string& unit) {
  if (unit == "s" && std::fabs(value) < 1 && value != 0) {
    return with_unit(value * 1e3, "ms");
  }
  if (unit == "ms" && std::fabs(value) >= 1000) {
    return with_unit(value / 1e3, "s");
  }
  const PrintedUnit printed = printed_unit(unit);
  const double scaled = value * printed.factor;
  if (scaled != 0 && (unit == "s" || unit == "ms" || unit == "B")) { // times and amounts are never counts
    return fmt::format("{:.{}f} {}", scaled, decimals_of(scaled), printed.unit);
  }
  return figures(scaled) + (printed.unit.empty() ? "" : " " + printed.unit);
}

std::string p_value(double p) {
  return p < 0.001 ? "<0.001" : fmt::format("{:.3f}", p);
}

std::string change(double ratio) {
  const double percent = (ratio - 1) * 100;
  return fmt::format("{:+.{}f} %", percent, std::fabs(percent) < 9.95 ? 1 : 0);
}

std::string in_ranges(const std::vector<unsigned>& numbers) {
  std::string text;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) {
      ++last;
    }
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[first]);
    text += last == first ? "" : fmt::format(" to {}", numbers[last]);
    first = last + 1;
  }
  return text;
}

std::string computed(double value) {
  return fmt::format("{:.10g}", value);
}

double rounded(double value) {
  const std::string text = computed(value);
  double result = value;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

double unit_factor(const std::string& from, const std::string& to) {
  if (from == to) {
    return 1;
  }
  const Scale* a = scale_of(from);
  const Scale* b = scale_of(to);
  return a != nullptr && b != nullptr && std::string_view(a->kind) == b->kind ? a->factor / b->factor : 0;
}

} // namespace migralab
