// SPDX-License-Identifier: Apache-2.0
// What keeps guests or clients busy. The kinds and their options are the workload room's.
#include "migralab/core/spelling.hpp"
#include "sections.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr const char* nothing = "none";

const Mapping<WorkloadSpec>& workload_mapping() {
  static const auto mapping = [] {
    Mapping<WorkloadSpec> keys("a workload", "A program that is run meanwhile.");
    keys.required("type", "type: dbench", text_kind("dbench"), &WorkloadSpec::kind, "What is run.");
    keys.required("on", "on: web", text_kind("web"), &WorkloadSpec::node, "Where it runs.");
    return keys;
  }();
  return mapping;
}

} // namespace

Json workload_section_schema() {
  return schema_of_section(workload_mapping().schema(), "^[a-z][a-z0-9-]{0,30}$");
}

void read_workload_section(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  const auto entries = reader.entries(value, "disk: {type: dbench, on: web}");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    WorkloadSpec& spec = draft.workloads.emplace_back();
    spec.name = entry.key.value;
    workload_mapping().read(reader, entry.value, entry.key.where, spec);
  }
}

Json only_schema() {
  const Json name{{"type", "string"}};
  return {{"anyOf", {name, {{"type", "array"}, {"items", name}, {"minItems", 1}}}}};
}

void read_only(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  std::vector<YamlValue> items{value};
  if (value.node.IsSequence()) {
    items = reader.items(value, "[disk, cpu]").value_or(std::vector<YamlValue>{});
    if (items.empty()) {
      reader.diagnostics().error(value.where, "'only' names no workload", "write 'none' where none is to run");
    }
  }
  std::vector<std::string> known{nothing};
  for (const WorkloadSpec& workload : draft.workloads) {
    known.push_back(workload.name);
  }
  std::vector<std::string> wanted;
  for (YamlValue& item : items) {
    const auto name = reader.text(item, known.back());
    if (name && std::find(known.begin(), known.end(), name->value) == known.end()) {
      reader.diagnostics().error(
          item.where,
          fmt::format("'only': there is no workload '{}'", name->value),
          suggest(name->value, known, "Known words"));
    }
    wanted.push_back(name ? name->value : "");
  }
  std::erase_if(draft.workloads, [&](const WorkloadSpec& workload) {
    return std::find(wanted.begin(), wanted.end(), workload.name) == wanted.end();
  });
}

} // namespace migralab
