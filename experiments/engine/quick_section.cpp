// SPDX-License-Identifier: Apache-2.0
// The short form of an experiment: the same with other values, for a look and for tests.
#include "sections.hpp"

#include "migralab/core/error.hpp"
#include "overrides.hpp"

#include <fmt/format.h>

namespace migralab {

Json quick_schema() {
  return {{"type", "object"}, {"additionalProperties", {{"type", {"string", "number", "boolean", "array", "object"}}}}};
}

void read_quick(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  const auto entries = reader.entries(value, "{repetitions: 1, topology.guests.*.memory: 128MiB}");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    // Text is taken as the command line would take it, so that a list may also stand in quotes.
    const bool text = entry.value.node.IsScalar() && !entry.value.node.Scalar().empty();
    const auto level = text ? std::optional(entry.value.node.Scalar()) : level_text(reader, entry.value);
    if (level) {
      draft.quick.push_back(entry.key.value + "=" + *level);
      draft.quick_drafts.push_back(entry.key);
    }
  }
}

void check_quick(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  std::string text = draft.text;
  for (std::size_t i = 0; i < draft.quick.size(); ++i) {
    const Location where = draft.quick_drafts[i].where;
    if (draft.quick[i].starts_with(topology_prefix)) {
      continue;
    }
    try {
      text = with_settings(text, {draft.quick[i]}, experiment_sections, "with");
    } catch (const Error& error) {
      diagnostics.error(where, error.what(), error.hint());
      return;
    }
    Diagnostics found(draft.file.native(), text);
    static_cast<void>(read_experiment(text, draft.file, found)); // for what is said about it
    for (const Diagnostic& one : found.all()) {
      if (one.severity == Diagnostic::Severity::error) {
        diagnostics.error(where, fmt::format("with {}: {}", draft.quick[i], one.message), one.hint);
        return; // what comes after may be wrong only because of this
      }
    }
  }
}

} // namespace migralab
