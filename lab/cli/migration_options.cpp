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

/// Whole MiB a second, which is all that libvirt takes.
Bytes parsed_bandwidth(const std::string& text) {
  constexpr Bytes mib = Bytes::mib(1);
  const bool rate = text.ends_with("/s");
  const Bytes bandwidth = parsed("bandwidth", parse_bytes(rate ? text.substr(0, text.size() - 2) : text));
  if (!rate || bandwidth.count == 0 || bandwidth.count % mib.count != 0) {
    throw Error(fmt::format("--bandwidth: '{}' is not a number of MiB/s", text), ExitStatus::bad_input)
        .with_hint(fmt::format(
            "libvirt takes whole MiB per second: write for example {}MiB/s",
            std::max<std::uint64_t>(1, bandwidth.count / mib.count)));
  }
  return bandwidth;
}

} // namespace

void add_migration_options(CLI::App& verb, MigrationWishes& wishes) {
  const std::map<std::string, Technique> techniques{
      {"pre-copy", Technique::pre_copy},
      {"stop-and-copy", Technique::stop_and_copy},
      {"post-copy", Technique::post_copy},
      {"hybrid", Technique::hybrid}};
  const std::map<std::string, Compression> compressions{
      {"xbzrle", Compression::xbzrle}, {"zlib", Compression::zlib}, {"zstd", Compression::zstd}};
  verb.add_option("--technique", wishes.options.technique, "pre-copy, stop-and-copy, post-copy or hybrid")
      ->transform(CLI::CheckedTransformer(techniques).description(""))
      ->default_str("pre-copy");
  verb.add_option("--switch-rounds", wishes.rounds, "hybrid: post-copy after so many rounds (default 1)")
      ->check(CLI::Range(1U, 1000U));
  verb.add_option("--switch-after", wishes.after, "hybrid: post-copy after this time: 2s");
  verb.add_flag("--switch-stall", wishes.stall, "hybrid: post-copy when rounds do not get smaller");
  verb.add_flag("--auto-converge", wishes.options.auto_converge, "slow the guest down until the migration converges");
  verb.add_option("--compression", wishes.options.compression, "xbzrle, zlib or zstd")
      ->transform(CLI::CheckedTransformer(compressions).description(""));
  verb.add_option("--streams", wishes.options.streams, "parallel streams (multifd)")->check(CLI::Range(1U, 64U));
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
  if (!wishes.bandwidth.empty()) {
    options.bandwidth = parsed_bandwidth(wishes.bandwidth);
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
