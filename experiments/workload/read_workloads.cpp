// SPDX-License-Identifier: Apache-2.0
#include "read_workloads.hpp"

#include "mapping.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/workload/kind.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr const char* name_pattern = "^[A-Za-z][A-Za-z0-9_-]{0,30}$"; // without dots: metrics are WORKLOAD.METRIC
constexpr std::size_t longest_name = 31;
constexpr const char* number = "^[0-9]+(\\.[0-9]+)? ?";

ValueKind<Nanoseconds> window_kind(const std::string& example) {
  return duration_kind(std::chrono::hours(24), example);
}

bool is_name(const std::string& text) {
  return text.size() <= longest_name && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(
             text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

const WorkloadKind* kind_named(const std::string& name) {
  const std::vector<std::string> kinds = workload_kinds();
  return std::find(kinds.begin(), kinds.end(), name) == kinds.end() ? nullptr : &workload_kind(name);
}

std::vector<std::string> option_names(const WorkloadKind& kind) {
  std::vector<std::string> names;
  for (const WorkloadOption& option : kind.options) {
    names.push_back(option.name);
  }
  return names;
}

/// The kind that is written, if it is one; without complaints, which the reading proper makes.
const WorkloadKind* written_kind(const YamlValue& map) {
  const YAML::Node& node = map.node;
  if (!node.IsMap()) {
    return nullptr;
  }
  const YAML::Node type = node["type"];
  return type.IsDefined() && type.IsScalar() ? kind_named(type.Scalar()) : nullptr;
}

void read_options(YamlReader& reader, const YamlStruct& found, const WorkloadKind& kind, WorkloadSpec& spec) {
  for (const WorkloadOption& option : kind.options) {
    spec.options[option.name] = option.fallback;
    const YamlValue* value = found.find(option.name);
    const auto text = value == nullptr ? std::nullopt : reader.text(*value, option.fallback);
    if (!text) {
      continue;
    }
    if (const std::string problem = problem_with(option, text->value); problem.empty()) {
      spec.options[option.name] = text->value;
    } else {
      report_quantity(reader, *value, problem);
    }
  }
}

void read_window(YamlReader& reader, const YamlStruct& found, WorkloadSpec& spec) {
  if (const YamlValue* begins = found.find("begins")) {
    spec.begins = window_kind("20s").read(reader, *begins).value_or(Nanoseconds{});
  }
  if (const YamlValue* lasts = found.find("lasts")) {
    spec.lasts = window_kind("15s").read(reader, *lasts);
    if (spec.lasts == Nanoseconds{}) {
      report_quantity(reader, *lasts, "0 is no time to run: write for example 15s, or leave it out: then to the end");
    }
  }
}

void read_workload(YamlReader& reader, const YamlEntry& entry, std::vector<WorkloadSpec>& workloads) {
  const std::size_t problems = reader.diagnostics().all().size();
  WorkloadSpec spec{.name = entry.key.value, .kind = {}, .node = {}};
  if (!is_name(spec.name)) {
    reader.diagnostics().error(
        entry.key.where,
        fmt::format("'{}' cannot name a workload", spec.name),
        fmt::format("a letter, then letters, digits, '-' and '_', {} at most", longest_name));
  }
  const WorkloadKind* kind = written_kind(entry.value);
  std::vector<std::string> options{"begins", "lasts"};
  for (const std::string& name : workload_kinds()) { // of a kind that is not known any option may be right
    if (kind == nullptr || kind->name == name) {
      const std::vector<std::string> more = option_names(workload_kind(name));
      options.insert(options.end(), more.begin(), more.end());
    }
  }
  const YamlStruct found(
      reader,
      entry.value,
      entry.key.where,
      kind == nullptr ? "a workload" : fmt::format("a workload of type {}", kind->name),
      {{"type", "type: dbench"}, {"on", "on: web"}},
      options);
  if (const YamlValue* type = found.find("type"); type != nullptr && kind == nullptr) {
    if (const auto text = reader.text(*type, "dbench")) {
      reader.diagnostics().error(
          text->where,
          fmt::format("there is no type '{}' of workload", text->value),
          suggest(text->value, workload_kinds(), "Types"));
    }
  }
  if (const YamlValue* node = found.find("on")) {
    const auto text = reader.text(*node, "web");
    spec.node = text ? text->value : "";
  }
  if (kind == nullptr) {
    return;
  }
  spec.kind = kind->name;
  read_window(reader, found, spec);
  read_options(reader, found, *kind, spec);
  if (reader.diagnostics().all().size() != problems) {
    return;
  }
  if (const std::string problem = problem_with_all(spec); !problem.empty()) {
    YamlValue whole = entry.value;
    whole.where = entry.key.where;
    report_quantity(reader, whole, problem);
    return;
  }
  workloads.push_back(std::move(spec));
}

Json pattern(const std::string& units) {
  return {{"type", "string"}, {"pattern", fmt::format("{}({})$", number, units)}};
}

Json or_none(const Json& quantity) {
  return {{"anyOf", Json::array({Json{{"const", 0}}, quantity})}};
}

/// What JSON Schema can say of an option's text: bounds of quantities it cannot.
struct Describer {
  Json operator()(const CountText& text) const {
    return {{"type", "integer"}, {"minimum", text.least}, {"maximum", text.most}};
  }
  Json operator()(const AmountText& /*text*/) const { return pattern("B|[KMGT]iB|[kMGT]B"); }
  Json operator()(const ByteRateText& /*text*/) const { return or_none(pattern("(B|[KMGT]iB|[kMGT]B)/s")); }
  Json operator()(const BitRateText& /*text*/) const { return or_none(pattern("[kMGT]?bit/s|[kMGT]?bps")); }
  Json operator()(const FrequencyText& /*text*/) const { return pattern("/s"); }
  Json operator()(const SpanText& /*text*/) const { return pattern("ns|us|ms|s|min|h"); }
  Json operator()(const PercentText& /*text*/) const { return pattern("%"); }
  Json operator()(const WordText& text) const {
    const bool is_switch = std::find(text.words.begin(), text.words.end(), "true") != text.words.end();
    return is_switch ? Json{{"type", "boolean"}} : Json{{"enum", text.words}};
  }
  Json operator()(const PathText& /*text*/) const { return {{"type", "string"}, {"pattern", "^/[^\\s]*$"}}; }
  Json operator()(const AddressText& /*text*/) const {
    return {{"type", "string"}, {"pattern", "^(guest|[0-9]+(\\.[0-9]+){3})$"}};
  }
};

Json schema_of(const WorkloadKind& kind) {
  Json properties{
      {"type", {{"description", kind.about}, {"const", kind.name}}},
      {"on", {{"description", "The guest or client that it runs on."}, {"type", "string"}}}};
  const auto window = [&properties](const std::string& key, const std::string& example, const std::string& about) {
    properties[key] = {{"description", about}};
    properties[key].update(window_kind(example).schema);
  };
  window("begins", "20s", "After the beginning of a trial's settling. Default: 0s.");
  window("lasts", "15s", "So long, then it is ended. Default: to the end of the trial.");
  for (const WorkloadOption& option : kind.options) {
    Json described{{"description", fmt::format("{}. Default: {}.", option.about, option.fallback)}};
    described.update(std::visit(Describer{}, option.text));
    properties[option.name] = described;
  }
  return {
      {"description", kind.about},
      {"type", "object"},
      {"required", {"type", "on"}},
      {"properties", properties},
      {"additionalProperties", false}};
}

} // namespace

void read_workloads(YamlReader& reader, const YamlValue& section, std::vector<WorkloadSpec>& workloads) {
  const auto entries = reader.entries(section, "{disk: {type: dbench, on: web}}");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    read_workload(reader, entry, workloads);
  }
}

Json workloads_schema() {
  Json kinds = Json::array();
  for (const std::string& name : workload_kinds()) {
    kinds.push_back(schema_of(workload_kind(name)));
  }
  return schema_of_section(Json{{"oneOf", kinds}}, name_pattern);
}

} // namespace migralab
