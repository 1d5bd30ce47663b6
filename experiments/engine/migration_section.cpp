// SPDX-License-Identifier: Apache-2.0
// How guests move: the options of `migralab migrate`, by the same words.
#include "sections.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr auto longest_timeout = std::chrono::hours(24);
constexpr auto longest_downtime = std::chrono::seconds(2000); // MAX_MIGRATE_DOWNTIME of QEMU's migration/options.c

template <typename Set> auto words_of(const Set& set) {
  std::vector<Word<typename Set::value_type>> words;
  for (const auto& value : set) {
    words.push_back({to_string(value), value});
  }
  return words;
}

const Mapping<SwitchRule>& switch_mapping() {
  static const auto mapping = [] {
    Mapping<SwitchRule> keys(
        "the switch", "When hybrid goes over to post-copy, or stop-and-copy stops the guest: at the first of these.");
    keys.key("rounds", count_kind(1, most_switch_rounds), &SwitchRule::rounds, "After so many rounds. Default: 1.");
    keys.key("after", duration_kind(longest_timeout, "2s"), &SwitchRule::after, "After this time.");
    keys.key("stall", switch_kind(), &SwitchRule::stall, "When rounds do not get smaller. Default: false.");
    return keys;
  }();
  return mapping;
}

/// A quantity that the command line takes, too, by the same parser.
template <typename T>
ValueKind<T> kind_of(Parsed<T> (*parse)(std::string_view), const std::string& pattern, const std::string& example) {
  const auto read = [=](YamlReader& reader, const YamlValue& value) -> std::optional<T> {
    const auto written = reader.text(value, example);
    if (!written) {
      return std::nullopt;
    }
    const Parsed<T> quantity = parse(written->value);
    if (!quantity.value) {
      report_quantity(reader, value, quantity.problem);
    }
    return quantity.value;
  };
  return {read, {{"type", "string"}, {"pattern", pattern}, {"examples", Json::array({example})}}};
}

/// Nothing takes no time: neither a stop nor a migration.
std::optional<Nanoseconds>
positive_duration(YamlReader& reader, const YamlValue& value, const ValueKind<Nanoseconds>& kind) {
  const auto span = kind.read(reader, value);
  if (span && span->count() == 0) {
    reader.diagnostics().error(value.where, fmt::format("{} is no time at all", value.what), "write 1ms or more");
    return std::nullopt;
  }
  return span;
}

const Mapping<MigrationOptions>& options_mapping() {
  static const auto mapping = [] {
    Mapping<MigrationOptions> keys("the migration", "Technique and options.");
    keys.key("technique", word_kind(words_of(techniques)), &MigrationOptions::technique, "Default: pre-copy.");
    keys.key(
        "switch",
        switch_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, MigrationOptions& options) {
          switch_mapping().read(reader, value, value.where, options.switch_rule.emplace());
        },
        "hybrid: when post-copy begins, else after one round. stop-and-copy: when the guest is stopped, else at once.");
    keys.key(
        "auto_converge",
        switch_kind(),
        &MigrationOptions::auto_converge,
        "Slow the guest down until the migration converges. Default: false.");
    const ValueKind<unsigned> throttle = kind_of(parse_throttle, "^[1-9][0-9]? ?%$", "20%");
    keys.key(
        "auto_converge_initial",
        throttle,
        &MigrationOptions::auto_converge_initial,
        "By so much at first. Default: QEMU's 20%.");
    keys.key(
        "auto_converge_increment",
        throttle,
        &MigrationOptions::auto_converge_increment,
        "By so much more each time. Default: QEMU's 10%.");
    keys.key("compression", word_kind(words_of(compressions)), &MigrationOptions::compression, "Default: none.");
    keys.key(
        "compression_cache",
        kind_of(parse_cache, "^[0-9]+(\\.[0-9]+)? ?(B|[KMGT]iB|[kMGT]B)$", "64MiB"),
        &MigrationOptions::compression_cache,
        "Of xbzrle, a power of two. Default: QEMU's 64MiB.");
    keys.key(
        "streams", count_kind(1, most_streams), &MigrationOptions::streams, "Parallel ones (multifd). Default: none.");
    keys.key(
        "bandwidth",
        kind_of(parse_bandwidth, "^[0-9]+(\\.[0-9]+)? ?(B|[KMGT]iB|[kMGT]B)/s$", "12MiB/s"),
        &MigrationOptions::bandwidth,
        "Limit of the stream, in whole MiB/s. Default: none.");
    const ValueKind<Nanoseconds> downtime = duration_kind(longest_downtime, "100ms");
    keys.key(
        "max_downtime",
        downtime.schema,
        [downtime](YamlReader& reader, const YamlValue& value, MigrationOptions& options) {
          if (const auto span = positive_duration(reader, value, downtime)) {
            options.max_downtime = std::chrono::ceil<std::chrono::milliseconds>(*span);
          }
        },
        "Stop the guest when the rest takes no longer. Default: QEMU's 300ms.");
    keys.key(
        "copy_storage",
        switch_kind(),
        &MigrationOptions::copy_storage,
        "Whether the disk moves along, for storage of type local. Default: false.");
    const ValueKind<Nanoseconds> timeout = duration_kind(longest_timeout, "5min");
    keys.key(
        "timeout",
        timeout.schema,
        [timeout](YamlReader& reader, const YamlValue& value, MigrationOptions& options) {
          options.timeout = positive_duration(reader, value, timeout).value_or(options.timeout);
        },
        "Then the migration is aborted and has failed. Default: 5min.");
    return keys;
  }();
  return mapping;
}

} // namespace

Json migration_schema() {
  Json words = schema_of(words_of(techniques));
  words["enum"].push_back("none");
  return {{"anyOf", {words, options_mapping().schema()}}};
}

void read_migration(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.migration_where = value.where;
  if (value.node.IsScalar() && value.node.Scalar() == "none") {
    draft.moves = false;
    return;
  }
  if (value.node.IsScalar() && !value.node.Scalar().empty()) { // a technique without options
    std::vector<std::string> known{"none"};
    for (const Technique technique : techniques) {
      known.push_back(to_string(technique));
      if (known.back() == value.node.Scalar()) {
        draft.migration.technique = technique;
        return;
      }
    }
    report_unknown_word(reader, value, value.node.Scalar(), known, {});
    return;
  }
  options_mapping().read(reader, value, value.where, draft.migration);
  try {
    expect_consistent(draft.migration);
  } catch (const Error& contradiction) {
    reader.diagnostics().error(value.where, contradiction.what(), contradiction.hint());
  }
}

} // namespace migralab
