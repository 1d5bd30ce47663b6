// SPDX-License-Identifier: Apache-2.0
// What keeps guests or clients busy. The kinds and their options are the workload room's.
#include "sections.hpp"

namespace migralab {

namespace {

const Mapping<WorkloadSpec>& workload_mapping() {
  static const auto mapping = [] {
    Mapping<WorkloadSpec> keys("a workload", "A program that is run meanwhile.");
    keys.required("kind", "kind: dbench", text_kind("dbench"), &WorkloadSpec::kind, "What is run.");
    keys.required("node", "node: web", text_kind("web"), &WorkloadSpec::node, "Where it runs.");
    return keys;
  }();
  return mapping;
}

} // namespace

Json workload_section_schema() {
  return schema_of_section(workload_mapping().schema(), "^[a-z][a-z0-9-]{0,30}$");
}

void read_workload_section(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  const auto entries = reader.entries(value, "disk: {kind: dbench, node: web}");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    WorkloadSpec& spec = draft.workloads.emplace_back();
    spec.name = entry.key.value;
    workload_mapping().read(reader, entry.value, entry.key.where, spec);
  }
}

} // namespace migralab
