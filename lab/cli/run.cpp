// SPDX-License-Identifier: Apache-2.0
#include "images.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/experiment.hpp"
#include "migralab/image/check.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/report/report.hpp"
#include "provenance.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string file;
  TopologyChanges changes;
  std::string output = "runs";
  bool dry_run = false;
  bool json = false;
  bool keep = false;
  bool locked = false;
};

void print_dry_run(const Experiment& experiment, const Topology& topology, const Plan& plan) {
  const auto trials = trials_of(experiment, topology);
  fmt::print(
      "{}\nexperiment {}: {} migrations of {}, measured from {}\n",
      render_plan(plan),
      experiment.name,
      trials.size(),
      experiment.guest,
      experiment.client);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    fmt::print("{:3}  {} to {}\n", i + 1, trials[i].first, trials[i].second);
  }
}

/// A new folder OUTPUT/NAME-TIMESTAMP.
std::filesystem::path make_run_folder(const Options& options, const std::string& name) {
  std::string stamp;
  for (const char c : utc_timestamp()) {
    stamp += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : "";
  }
  std::filesystem::path folder = std::filesystem::absolute(options.output) / fmt::format("{}-{}", name, stamp);
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error(fmt::format("cannot make the results' folder {}: {}", folder.native(), problem.message()))
        .with_hint("--output names another place for results");
  }
  return folder;
}

/// What a run may take when every migration uses up its time: beyond it something hangs.
Nanoseconds longest_run(const Experiment& experiment, const Topology& topology) {
  const auto trials = static_cast<Nanoseconds::rep>(trials_of(experiment, topology).size());
  return trials * (MigrationOptions{}.timeout + experiment.settle) + experiment.settle + std::chrono::minutes(10);
}

/// Inside the lab: measure, and write everything down.
int measure(
    const Experiment& experiment,
    const Topology& topology,
    const LabState& state,
    const std::filesystem::path& folder,
    bool json) {
  SystemRunner runner;
  Interior interior(topology);
  std::vector<LinkRate> rates = measure_lab(topology, LabFolder(state.lab));
  for (const std::string& line : deviations(rates)) {
    talk("network off its rate: " + line);
  }
  RunOutcome run = run_experiment(experiment, topology, interior, talk);
  run.link_rates = std::move(rates);
  run.accelerator = state.accelerator;
  run.provenance = collect_provenance(experiment, topology, state, runner);
  write_report(run, folder, runner);
  write_file(folder / "topology.lab.yaml", topology.text);
  write_file(folder / "experiment.exp.yaml", experiment.text);
  fmt::print("{}", json ? render_json(run) : render_table(run));
  for (const TrialOutcome& trial : run.trials) {
    if (!trial.migration.succeeded) {
      return static_cast<int>(ExitStatus::failed);
    }
  }
  return 0;
}

int run(const Options& options) {
  expect_experiment_file(options.file);
  const Experiment experiment = load_experiment(options.file);
  const Topology topology = load_topology_with_warnings(experiment.topology, options.changes);
  check_experiment(experiment, topology);
  SystemRunner runner;
  ImageStore store = image_store(runner);
  // Links are measured just before the experiment, not here.
  const Plan plan =
      make_plan(topology, probe_capabilities_for(topology, runner), Measuring::none, check_images(topology, store));
  for (const std::string& remark : plan.remarks) {
    talk(remark);
  }
  if (options.dry_run) {
    print_dry_run(experiment, topology, plan);
    return 0;
  }
  expect_nothing_missing(look_at_machine(runner));
  const std::map<std::string, GuestImage> images = prepare_images(topology, store, options.locked);
  const std::filesystem::path folder = make_run_folder(options, experiment.name);
  const auto finish = [&] {
    if (!options.keep) {
      tear_down(topology.lab);
      talk(fmt::format("lab {} is down", topology.lab));
    }
    std::error_code not_empty;
    std::filesystem::remove(folder, not_empty); // goes only when nothing was measured
  };
  int code = 0;
  try {
    const LabState state = bring_up(topology, plan, images, runner, talk);
    try {
      code = inside(
          state.keeper,
          [&] { return measure(experiment, topology, state, folder, options.json); },
          longest_run(experiment, topology));
    } catch (const Error&) {
      finish();
      throw;
    }
  } catch (const Error& error) {
    std::error_code not_empty;
    std::filesystem::remove(folder, not_empty);
    throw error.in("run " + experiment.name);
  }
  finish();
  talk(fmt::format("results: {} (open index.html)", std::filesystem::relative(folder).native()));
  return code;
}

} // namespace

void add_run(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("run", "bring a lab up, run an experiment in it, write the results, take it down");
  verb->add_option("FILE", options->file, "experiment (*.exp.yaml)")->required();
  verb->add_option("--name", options->changes.name, "name the lab otherwise than its file does");
  add_settings(*verb, options->changes);
  verb->add_option("--output", options->output, "folder that gets the results' folder")->capture_default_str();
  verb->add_flag("--dry-run", options->dry_run, "print the plan and the migrations, and do nothing");
  verb->add_flag("--json", options->json, "the results on stdout as JSON instead of a table");
  verb->add_flag("--keep", options->keep, "leave the lab up");
  verb->add_flag("--locked", options->locked, "the images have to be what NAME.image.lock beside the topology says");
  verb->callback([options, &outcome] { outcome.code = run(*options); });
}

} // namespace migralab
