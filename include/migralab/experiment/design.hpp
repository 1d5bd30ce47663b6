// SPDX-License-Identifier: Apache-2.0
// The design of an experiment: which cells there are, and in which order their trials are run. Pure; the same file and
// seed give the same order on every machine.
#pragma once

#include "migralab/experiment/experiment.hpp"
#include "migralab/topology/load.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace migralab {

/// One combination of levels: the experiment and the topology as they are in it.
struct Cell {
  unsigned number = 0;       // from 1, in the order of the file
  std::vector<Level> levels; // in the order of the factors; none when there are no factors
  Experiment experiment;     // without factors
  Topology topology;

  /// "post-copy, 100Mbit/s"; with the factors' names where a row leaves some as in the file: "technique pre-copy,
  /// streams 4"; "all" without factors.
  [[nodiscard]] std::string name() const;
};

/// A topology's text, where it was read (relative paths in it mean that place), and another name for the lab.
struct TopologySource {
  std::filesystem::path file;
  std::string text;
  std::string rename = {};
};
/// The experiment's topology with the settings of the command line. Throws InputError.
[[nodiscard]] TopologySource topology_source(const Experiment& experiment, const TopologyChanges& changes);

/// Reads experiment and topology once more for every cell, with its levels set. No file is looked at. Throws InputError
/// with everything that is wrong, each at the factor or level to blame in the experiment's file: a factor that names
/// nothing, a level that is no such value, a combination that contradicts itself; or Error (exit code 2) that names the
/// cells whose experiment does not fit their topology.
[[nodiscard]] std::vector<Cell> cells_of(const Experiment& experiment, const TopologySource& topology);

/// A trial that is to be run: one leg of the route in one repetition of one cell.
struct PlannedTrial {
  unsigned number = 0; // from 1, in the order of running; names the trial's folder
  unsigned cell = 0;
  unsigned block = 0; // from 1; warm-up blocks come first
  unsigned leg = 0;   // from 1
  bool warm_up = false;

  bool operator==(const PlannedTrial&) const = default;
};

/// The trials of a block: every cell of `wanted` once, its legs in order, the cells in an order drawn from the seed and
/// the block's number, so that a block's order does not depend on what came before. Trials are numbered from `first`.
[[nodiscard]] std::vector<PlannedTrial>
block_of(const Experiment& experiment, const std::set<unsigned>& wanted, unsigned block, unsigned first);

/// The cells that the next block needs (none: the run is complete), by the experiment's stopping rule and what was
/// measured so far: `values` has the metric of every succeeded trial of a cell that is no warm-up. `block` is the
/// number of the next block.
[[nodiscard]] std::set<unsigned> cells_wanted(
    const Experiment& experiment,
    const std::vector<Cell>& cells,
    unsigned block,
    const std::map<unsigned, std::vector<double>>& values);

/// The design for people, as `run --dry-run` prints it: the cells, every trial in the order of running (with a stopping
/// rule: of the blocks that are certain), how many there are at most, and the least time that they take.
[[nodiscard]] std::string render_design(const Experiment& experiment, const std::vector<Cell>& cells);

} // namespace migralab
