// SPDX-License-Identifier: Apache-2.0
// What somebody else measured, to be shown beside what is measured here.
#include "sections.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace migralab {

namespace {

/// A value while it is read, and the places of its cell.
struct ValueDraft {
  PublishedValue value;
  PublishedDraft places;
};

void read_number(YamlReader& reader, const YamlValue& value, ValueDraft& draft) {
  const auto written = reader.text(value, "9.4");
  if (!written) {
    return;
  }
  const std::string& digits = written->value;
  double number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc() || end != digits.data() + digits.size() || !std::isfinite(number)) {
    reader.diagnostics().error(
        value.where,
        fmt::format("{}: '{}' is no number", value.what, digits),
        "write the number alone, for example '9.4', and its unit at 'unit'");
    return;
  }
  draft.value.value = number;
}

void read_cell(YamlReader& reader, const YamlValue& value, ValueDraft& draft) {
  const auto entries = reader.entries(value, "{technique: pre-copy}");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    if (const auto level = level_text(reader, entry.value)) {
      draft.value.levels.push_back({entry.key.value, *level});
      draft.places.cell.emplace_back(entry.key, Located<std::string>{*level, entry.value.where});
    }
  }
}

const Mapping<ValueDraft>& value_mapping() {
  static const auto mapping = [] {
    Mapping<ValueDraft> keys("a published value", "One number.");
    keys.required(
        "what",
        "what: disk throughput, local disk",
        text_kind("disk throughput, local disk"),
        [](ValueDraft & draft) -> auto& { return draft.value.what; },
        "In words.");
    keys.required(
        "metric",
        "metric: total_time",
        text_kind("total_time"),
        [](ValueDraft & draft) -> auto& { return draft.places.metric; },
        "Name of the metric that it is compared with.");
    keys.required("value", "value: 9.4", {{"type", "number"}}, read_number, "The number, in 'unit'.");
    keys.key(
        "unit",
        text_kind("s"),
        [](ValueDraft & draft) -> auto& { return draft.value.unit; },
        "Of the number. Default: none, for a count.");
    keys.key(
        "cell",
        {{"type", "object"}, {"additionalProperties", {{"type", {"string", "number", "boolean", "array", "object"}}}}},
        read_cell,
        "Factors and the levels that it was measured at. Default: every cell.");
    return keys;
  }();
  return mapping;
}

void read_values(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  const auto items = reader.items(value, "[{what: ..., metric: total_time, value: 9.4, unit: s}]");
  for (YamlValue item : items.value_or(std::vector<YamlValue>{})) {
    item.what = fmt::format("published value {}", draft.published->values.size() + 1);
    ValueDraft one;
    one.places.where = item.where;
    value_mapping().read(reader, item, item.where, one);
    one.value.metric = one.places.metric.value;
    draft.published->values.push_back(std::move(one.value));
    draft.published_drafts.push_back(std::move(one.places));
  }
}

const Mapping<ExperimentDraft>& published_mapping() {
  static const auto mapping = [] {
    Mapping<ExperimentDraft> keys("published", "What was published of the same experiment.");
    keys.required(
        "source",
        "source: \"Alkmim 2009, figure 4.1\"",
        text_kind("Alkmim 2009, figure 4.1"),
        [](ExperimentDraft & draft) -> auto& { return draft.published->source; },
        "Who, where.");
    keys.key(
        "says",
        text_kind("Time grows with the guest's memory."),
        [](ExperimentDraft & draft) -> auto& { return draft.published->says; },
        "A sentence on what was found.");
    keys.key(
        "differs",
        text_kind("Xen 3.4 on hardware of 2009"),
        [](ExperimentDraft & draft) -> auto& { return draft.published->differs; },
        "A sentence on why what is measured here differs.");
    keys.key(
        "values", {{"type", "array"}, {"items", value_mapping().schema()}}, read_values, "The numbers. Default: none.");
    return keys;
  }();
  return mapping;
}

} // namespace

Json published_schema() {
  return published_mapping().schema();
}

void read_published(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.published.emplace();
  published_mapping().read(reader, value, value.where, draft);
}

} // namespace migralab
