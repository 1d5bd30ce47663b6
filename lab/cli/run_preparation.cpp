// SPDX-License-Identifier: Apache-2.0
#include "run_preparation.hpp"

#include "images.hpp"
#include "migralab/core/error.hpp"
#include "migralab/hypervisor/technique.hpp"
#include "migralab/image/check.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/workload/place.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

PreparedLab prepare_lab(
    const Topology& topology,
    const ImageCatalogue& catalogue,
    Images images,
    ImageStore& store,
    CommandRunner& runner) {
  PreparedLab lab;
  // Links are measured by the first trial, not here.
  lab.plan = make_plan(topology, probe_capabilities_for(topology, runner), Measuring::none, catalogue);
  if (images != Images::only_check) {
    lab.images = prepare_images(topology, store, images == Images::build_locked);
  }
  return lab;
}

} // namespace

WishedRun wished_run(const RunWish& wish) {
  expect_experiment_file(wish.file);
  WishedRun run;
  run.experiment = load_experiment(wish.file);
  if (wish.quick && run.experiment.quick.empty()) {
    throw Error(fmt::format("{} has no short form", wish.file), ExitStatus::bad_input)
        .with_hint("leave --quick out, or give the file a key 'quick' (docs/experiments.md)");
  }
  // The command line comes after what the short form does.
  SplitSettings settings = wish.quick ? split_settings(run.experiment.quick) : SplitSettings{};
  const SplitSettings wished = split_settings(wish.settings);
  settings.experiment.insert(settings.experiment.end(), wished.experiment.begin(), wished.experiment.end());
  settings.topology.insert(settings.topology.end(), wished.topology.begin(), wished.topology.end());
  TopologyChanges changes = wish.changes;
  changes.settings.insert(changes.settings.begin(), settings.topology.begin(), settings.topology.end());
  if (!settings.experiment.empty()) {
    run.experiment = load_experiment(wish.file, settings.experiment);
  }
  static_cast<void>(load_topology_with_warnings(run.experiment.topology, changes)); // the files that it names
  run.topology = topology_source(run.experiment, changes);
  run.cells = cells_of(run.experiment, run.topology);
  return run;
}

PreparedLabs prepare_labs(const std::vector<Cell>& cells, Images images, CommandRunner& runner) {
  PreparedLabs labs;
  ImageStore store = image_store(runner);
  const std::vector<Feature> features = migration_features(feature_facts());
  for (const Cell& cell : cells) {
    if (cell.experiment.moves || cell.experiment.balance) {
      try {
        expect_available(cell.experiment.migration, features);
      } catch (const Error& error) {
        throw cell.levels.empty() ? error : error.in("cell " + cell.name());
      }
    }
    const ImageCatalogue catalogue = check_images(cell.topology, store);
    expect_programs_before_lab(cell.experiment.workloads, cell.topology, catalogue);
    if (!labs.contains(cell.topology.text)) {
      labs.emplace(cell.topology.text, prepare_lab(cell.topology, catalogue, images, store, runner));
    }
  }
  return labs;
}

} // namespace migralab
