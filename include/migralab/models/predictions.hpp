// SPDX-License-Identifier: Apache-2.0
// Every model that applies to a migration, beside what was measured. Pure. docs/models.md explains each.
#pragma once

#include "migralab/hypervisor/migration.hpp"
#include "migralab/models/accuracy.hpp"
#include "migralab/models/fit.hpp"
#include "migralab/models/model.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// What is known of a trial besides its record.
struct PredictionContext {
  MigrationOptions options; ///< technique, downtime limit, bandwidth and rounds of a hybrid decide
  /// What the link carries of a migration's bytes, measured before (see goodput_of). The fitted rate is taken for no
  /// more than that.
  std::optional<BitRate> goodput;
  /// Of a guest whose program is known, such as a memory writer; none: fitted to the rounds.
  std::optional<DirtySet> dirty_set;
  /// From libvirt's measurements of the dirty rate over two periods or more; else from the rounds.
  std::vector<DirtyPoint> dirty_curve;
};

/// Which trials a prediction's parameters were fitted to.
enum class FittedTo {
  others, ///< of the same cell: the trial under prediction is not among them
  itself  ///< there was no other to fit to: the errors look smaller than they are
};
/// "others", "itself".
[[nodiscard]] std::string_view to_string(FittedTo fitted_to);

struct ModelRow {
  std::string name; ///< of the model; with "-within" behind for QEMU's stop rule within rounds
  MigrationModel model{};
  FittedTo fitted_to = FittedTo::itself;
  std::size_t trials = 1; ///< that the parameters come from
  MigrationPrediction predicted;
  ModelError error; ///< relative, with a sign
};

/// The models that apply to the trial's technique and have what they need, in the order of migration_models: none for a
/// failed migration, or where no trial can be fitted to. `cell`: the migrations of the same guest under the same
/// conditions, with or without `trial` (told apart by address); those that failed are left out. Parameters are the
/// medians of the others' (the working set: of all their rounds together; a history: the first's alone that shows
/// rounds), or the trial's own when there is no other. No model knows of auto-converge or compression but by its fit.
[[nodiscard]] std::vector<ModelRow> predictions_of(
    const MigrationRecord& trial,
    std::span<const MigrationRecord* const> cell,
    const PredictionContext& context);

/// What TCP carries of bytes on a link whose rate counts Ethernet frames, as tbf's does: MTU less 52 B of headers, of
/// the MTU and 14 B.
[[nodiscard]] BitRate goodput_of(BitRate link, unsigned mtu = 1500);

/// How much was dirtied in how long a round: what a round left for the next one, sorted by period.
[[nodiscard]] std::vector<DirtyPoint> dirty_points_of(std::span<const FittedInputs> fits);

/// Rate and working set of uniform writes that come nearest to the points (least squares); the set is at most `memory`.
/// Nothing when there are no points with something dirtied.
[[nodiscard]] std::optional<DirtySet> fit_dirty_set(const std::vector<DirtyPoint>& points, Bytes memory);

} // namespace migralab
