// SPDX-License-Identifier: Apache-2.0
// What keeps guests or clients busy. The kinds and their options are the workload room's.
#include "migralab/core/spelling.hpp"
#include "read_workloads.hpp"
#include "sections.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr const char* nothing = "none";

/// What else metrics begin with: "udp.rate.before" must mean one thing.
constexpr std::array taken{"udp", "http", "push", "network", "processors", "model", "bulk", "downtime", "returned"};

} // namespace

Json workload_section_schema() {
  return workloads_schema();
}

void read_workload_section(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  const std::size_t before = reader.diagnostics().all().size();
  read_workloads(reader, value, draft.workloads);
  draft.all_workloads = draft.workloads;
  draft.workloads_known = reader.diagnostics().all().size() == before;
  for (const WorkloadSpec& workload : draft.workloads) {
    if (workload.name == nothing) {
      reader.diagnostics().error(
          value.where, fmt::format("'{}' cannot name a workload", nothing), "in 'only' it means that none runs");
    }
    if (std::find(taken.begin(), taken.end(), workload.name) != taken.end()) {
      reader.diagnostics().error(
          value.where,
          fmt::format("'{}' cannot name a workload", workload.name),
          "metrics of the lab begin with that word: choose another name");
    }
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
    if (name && draft.workloads_known && std::find(known.begin(), known.end(), name->value) == known.end()) {
      reader.diagnostics().error(
          item.where,
          fmt::format("'only': there is no workload '{}'", name->value),
          suggest(name->value, known, "Known words"));
    }
    if (name && std::find(wanted.begin(), wanted.end(), name->value) != wanted.end()) {
      reader.diagnostics().error(
          item.where, fmt::format("'only' names '{}' twice", name->value), "remove one of the two");
    }
    wanted.push_back(name ? name->value : "");
  }
  if (wanted.size() > 1 && std::find(wanted.begin(), wanted.end(), nothing) != wanted.end()) {
    reader.diagnostics().error(
        value.where, "'only' names workloads and 'none'", "write 'none' alone, or the workloads alone");
  }
  std::erase_if(draft.workloads, [&](const WorkloadSpec& workload) {
    return std::find(wanted.begin(), wanted.end(), workload.name) == wanted.end();
  });
}

} // namespace migralab
