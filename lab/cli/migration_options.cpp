// SPDX-License-Identifier: Apache-2.0
#include "migration_options.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>
#include <map>

namespace migralab {

namespace {

template <typename T> T parsed(const std::string& option, const Parsed<T>& quantity) {
  if (!quantity.value) {
    throw Error(fmt::format("--{}: {}", option, quantity.problem), ExitStatus::bad_input);
  }
  return *quantity.value;
}

/// Of a problem that reads "CAUSE: REMEDY", the remedy is the hint.
template <typename T> T parsed_or_remedy(const std::string& option, const Parsed<T>& quantity) {
  if (!quantity.value) {
    const auto colon = quantity.problem.find(": ");
    throw Error(fmt::format("--{}: {}", option, quantity.problem.substr(0, colon)), ExitStatus::bad_input)
        .with_hint(colon == std::string::npos ? "" : quantity.problem.substr(colon + 2));
  }
  return *quantity.value;
}

/// The words of a closed set, for the command line.
template <typename Set> auto words_of(const Set& set) {
  std::map<std::string, typename Set::value_type> words;
  for (const auto& value : set) {
    words.emplace(to_string(value), value);
  }
  return words;
}

} // namespace

void add_migration_options(CLI::App& verb, MigrationWishes& wishes) {
  verb.add_option("--technique", wishes.options.technique, "pre-copy, stop-and-copy, post-copy or hybrid")
      ->transform(CLI::CheckedTransformer(words_of(techniques)).description(""))
      ->default_str("pre-copy");
  verb.add_option(
          "--switch-rounds",
          wishes.rounds,
          "hybrid: post-copy after so many rounds (default 1); stop-and-copy: the stop (default: at once)")
      ->check(CLI::Range(1U, most_switch_rounds));
  verb.add_option("--switch-after", wishes.after, "the same after this time: 2s");
  verb.add_flag("--switch-stall", wishes.stall, "the same when rounds do not get smaller");
  verb.add_flag("--auto-converge", wishes.options.auto_converge, "slow the guest down until the migration converges");
  verb.add_option("--auto-converge-initial", wishes.auto_converge_initial, "by so much at first (default 20%)");
  verb.add_option("--auto-converge-increment", wishes.auto_converge_increment, "by so much more (default 10%)");
  verb.add_option("--compression", wishes.options.compression, "xbzrle, zlib or zstd")
      ->transform(CLI::CheckedTransformer(words_of(compressions)).description(""));
  verb.add_option("--compression-cache", wishes.compression_cache, "of xbzrle, a power of two (default 64MiB)");
  verb.add_option("--streams", wishes.options.streams, "parallel streams (multifd)")
      ->check(CLI::Range(1U, most_streams));
  verb.add_option("--bandwidth", wishes.bandwidth, "limit of the stream: 12MiB/s");
  verb.add_option("--max-downtime", wishes.max_downtime, "stop the guest when the rest takes no longer: 100ms");
}

MigrationOptions options_of(const MigrationWishes& wishes) {
  MigrationOptions options = wishes.options;
  SwitchRule rule{.rounds = wishes.rounds, .after = {}, .stall = wishes.stall};
  if (!wishes.after.empty()) {
    rule.after = parsed("switch-after", parse_duration(wishes.after));
  }
  if (rule != SwitchRule{}) {
    options.switch_rule = rule;
  }
  if (!wishes.auto_converge_initial.empty()) {
    options.auto_converge_initial =
        parsed_or_remedy("auto-converge-initial", parse_throttle(wishes.auto_converge_initial));
  }
  if (!wishes.auto_converge_increment.empty()) {
    options.auto_converge_increment =
        parsed_or_remedy("auto-converge-increment", parse_throttle(wishes.auto_converge_increment));
  }
  if (!wishes.compression_cache.empty()) {
    options.compression_cache = parsed_or_remedy("compression-cache", parse_cache(wishes.compression_cache));
  }
  if (!wishes.bandwidth.empty()) {
    options.bandwidth = parsed_or_remedy("bandwidth", parse_bandwidth(wishes.bandwidth));
  }
  if (!wishes.max_downtime.empty()) {
    const auto span = parsed("max-downtime", parse_duration(wishes.max_downtime));
    options.max_downtime = std::chrono::ceil<std::chrono::milliseconds>(span);
    if (options.max_downtime->count() == 0) {
      throw Error("--max-downtime: nothing stops in no time", ExitStatus::bad_input).with_hint("write 1ms or more");
    }
  }
  return options;
}

} // namespace migralab
