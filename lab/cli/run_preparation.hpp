// SPDX-License-Identifier: Apache-2.0
// From an experiment's file to everything that its run needs, before anything of a lab is made: all that can be refused
// is refused here. `run` goes on from it, `check` does no more.
#pragma once

#include "lab_trials.hpp"
#include "migralab/experiment/design.hpp"

#include <string>
#include <vector>

namespace migralab {

/// What the command line asks for.
struct RunWish {
  std::string file;                  // *.exp.yaml
  TopologyChanges changes;           // --name, --set
  std::vector<std::string> settings; // --with
  bool quick = false;
};

/// The experiment as it is wished, its topology, and its cells.
struct WishedRun {
  Experiment experiment;
  TopologySource topology;
  std::vector<Cell> cells;
};

/// Tells the topology's warnings. Throws InputError with every mistake, Error (exit code 2) where --quick is asked of a
/// file without a short form.
[[nodiscard]] WishedRun wished_run(const RunWish& wish);

enum class Images { only_check, build, build_locked };

/// Throws Error where this machine lacks what a cell needs: exit code 2 for what the file can do without, 3 for what
/// the machine has to get.
[[nodiscard]] PreparedLabs prepare_labs(const std::vector<Cell>& cells, Images images, CommandRunner& runner);

} // namespace migralab
