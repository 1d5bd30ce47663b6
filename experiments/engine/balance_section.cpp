// SPDX-License-Identifier: Apache-2.0
// A balancer in the place of a route: policy, parameters, how long.
#include "migralab/balance/policy.hpp"
#include "migralab/core/error.hpp"
#include "sections.hpp"

#include <fmt/format.h>
#include <sstream>

namespace migralab {

namespace {

constexpr const char* example_settings = "{mu: 0.6, period: 5s}";
constexpr auto longest_balance = std::chrono::hours(24 * 7);

/// With places that are needed once all is read.
struct BalanceDraft {
  BalanceSpec spec;
  std::vector<Located<std::string>> settings; // "mu=0.6"
  bool known = true;                          // false: something could not be read
};

std::vector<Word<std::string>> policy_words() {
  std::vector<Word<std::string>> words;
  for (const balance::PolicyInfo& policy : balance::policies()) {
    words.push_back({policy.name, policy.name});
  }
  return words;
}

void read_policy(YamlReader& reader, const YamlValue& value, BalanceDraft& draft) {
  if (const auto policy = word_kind(policy_words()).read(reader, value)) {
    draft.spec.wish.policy = *policy;
  } else {
    draft.known = false;
  }
}

void read_settings(YamlReader& reader, const YamlValue& value, BalanceDraft& draft) {
  const auto entries = reader.entries(value, example_settings);
  draft.known = draft.known && entries.has_value();
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    if (const auto text = reader.text(entry.value, "0.6")) {
      draft.settings.push_back({entry.key.value + "=" + text->value, entry.value.where});
    } else {
      draft.known = false;
    }
  }
}

void read_evacuate(YamlReader& reader, const YamlValue& value, BalanceDraft& draft) {
  for (const YamlValue& item : reader.items(value, "[h1]").value_or(std::vector<YamlValue>{})) {
    if (const auto host = reader.text(item, "h1")) {
      draft.spec.wish.evacuate.insert(host->value);
    }
  }
}

void read_groups(YamlReader& reader, const YamlValue& value, BalanceDraft& draft, balance::Group::Kind kind) {
  for (const YamlValue& list : reader.items(value, "[[web, db]]").value_or(std::vector<YamlValue>{})) {
    coordination::NamedGroup group{.kind = kind, .guests = {}};
    for (const YamlValue& item : reader.items(list, "[web, db]").value_or(std::vector<YamlValue>{})) {
      if (const auto guest = reader.text(item, "web")) {
        group.guests.insert(guest->value);
      }
    }
    draft.spec.wish.groups.push_back(std::move(group));
  }
}

const Mapping<BalanceDraft>& balance_mapping() {
  static const auto mapping = [] {
    Mapping<BalanceDraft> keys("the balancer", "Who decides which guests move, and for how long.");
    keys.key("policy", schema_of(policy_words()), read_policy, "Default: ferreira-2013.");
    keys.key(
        "for",
        duration_kind(longest_balance, "5min"),
        [](BalanceDraft& draft) -> Nanoseconds& { return draft.spec.lasts; },
        "How long it balances. Default: 5min.");
    const Json settings{
        {"type", {"object", "null"}}, {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}};
    keys.key("set", settings, read_settings, "Parameters of the policy, see `migralab balance policies`.");
    const Json hosts{{"type", "array"}, {"items", {{"type", "string"}}}};
    keys.key("evacuate", hosts, read_evacuate, "Hosts that all guests shall leave. Default: none.");
    const Json groups{
        {"type", "array"}, {"items", {{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 2}}}};
    const auto reads = [](balance::Group::Kind kind) {
      return [kind](YamlReader& reader, const YamlValue& value, BalanceDraft& draft) {
        read_groups(reader, value, draft, kind);
      };
    };
    keys.key("together", groups, reads(balance::Group::Kind::together), "Guests that stay on one host. Default: none.");
    keys.key("apart", groups, reads(balance::Group::Kind::apart), "Guests that share no host. Default: none.");
    return keys;
  }();
  return mapping;
}

/// What a policy says of its settings is a line for each mistake, for the command line: "--set mu=2: WHY".
void report_settings(YamlReader& reader, const YamlValue& value, const BalanceDraft& draft, const Error& mistakes) {
  std::istringstream lines(mistakes.what());
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view option = "--set";
    line.erase(0, line.starts_with(option) ? option.size() : 0);
    line.erase(0, line.find_first_not_of(" :"));
    Location where = value.where;
    for (const Located<std::string>& setting : draft.settings) {
      where = line.starts_with(setting.value + ":") ? setting.where : where;
    }
    reader.diagnostics().error(where, line, mistakes.hint());
  }
}

} // namespace

Json balance_section_schema() {
  return {{"anyOf", {schema_of(policy_words()), balance_mapping().schema()}}};
}

void read_balance_section(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.balance_where = value.where;
  BalanceDraft read;
  if (value.node.IsScalar() && !value.node.Scalar().empty()) { // a policy, all else by default
    read_policy(reader, value, read);
  } else if (!balance_mapping().read(reader, value, value.where, read)) {
    return;
  }
  for (const Located<std::string>& setting : read.settings) {
    read.spec.wish.parameters.push_back(setting.value);
  }
  if (read.known) {
    try {
      static_cast<void>(balance::make_policy(read.spec.wish.policy, read.spec.wish.parameters));
    } catch (const Error& mistakes) {
      report_settings(reader, value, read, mistakes);
    }
  }
  if (read.spec.lasts <= Nanoseconds{}) {
    reader.diagnostics().error(value.where, "the balancer runs for no time at all", "write for example 'for: 5min'");
  }
  draft.balance = std::move(read.spec);
}

} // namespace migralab
