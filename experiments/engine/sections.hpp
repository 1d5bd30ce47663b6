// SPDX-License-Identifier: Apache-2.0
// The parts of the experiment format: how each is read and what its schema is. Private to this room.
#pragma once

#include "draft.hpp"

namespace migralab {

// guest, route, moves
[[nodiscard]] Json route_schema();
[[nodiscard]] Json moves_schema();
void read_guest(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);
void read_route(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);
void read_moves(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);
/// After all keys: guest and route, or moves, become the experiment's routes. `name` as for a missing key.
void complete_routes(Diagnostics& diagnostics, ExperimentDraft& draft);

// migration
[[nodiscard]] Json migration_schema();
void read_migration(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);

// balance
[[nodiscard]] Json balance_section_schema();
void read_balance_section(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);

// load
[[nodiscard]] Json load_schema();
void read_load(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);

// workloads
[[nodiscard]] Json workload_section_schema();
void read_workload_section(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);
[[nodiscard]] Json only_schema();
/// After the workloads: drops those that are not named.
void read_only(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);

// factors, combine, rows, stop, limits
[[nodiscard]] Json factors_schema();
[[nodiscard]] Json rows_schema();
[[nodiscard]] const Mapping<ExperimentDraft>& stop_mapping();
[[nodiscard]] const Mapping<ExperimentDraft>& limits_mapping();
void read_factors(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);
void read_combine(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);
[[nodiscard]] Json combine_schema();
void read_rows(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);

// published
[[nodiscard]] Json published_schema();
void read_published(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);

// quick
[[nodiscard]] Json quick_schema();
void read_quick(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft);
/// Reads the experiment once more with each of the settings; those of the topology are for cells_of.
void check_quick(Diagnostics& diagnostics, const ExperimentDraft& draft);

/// A value as it would be written on one line: what a level is. Quoted only where it would be something else without.
/// Nothing for an empty value and for what is no single value, list or map; the error is reported.
[[nodiscard]] std::optional<std::string> level_text(YamlReader& reader, const YamlValue& value);

/// Can a trial have the metrics that the stopping rule and the published values name?
void check_metrics(Diagnostics& diagnostics, const ExperimentDraft& draft);

/// Every remark on how factors, rows, repetitions, stopping rule and published values fit together. Completes the
/// experiment's factors from the drafts.
void check_design(Diagnostics& diagnostics, ExperimentDraft& draft);

} // namespace migralab
