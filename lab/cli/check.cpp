// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/check.hpp"
#include "migralab/core/error.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/process/command_runner.hpp"
#include "run_preparation.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

void warn_of_disk_places(const Topology& topology) {
  for (const std::string& warning : check_disk_places(topology)) {
    talk(warning);
  }
}

/// What `up` checks before it makes anything: the file, and whether this machine can run it.
Topology check_topology(const std::filesystem::path& file, const TopologyChanges& changes) {
  Topology topology = load_topology_with_warnings(file, changes);
  SystemRunner runner;
  static_cast<void>(make_plan(
      topology,
      probe_capabilities_for(topology, runner),
      Measuring::rates,
      check_images(topology, image_store(runner))));
  warn_of_disk_places(topology);
  if (!topology.is_simulated && !remote_nodes(topology).empty()) {
    talk("remote hosts were not asked: `migralab up --dry-run` does, `migralab doctor --host ADDRESS` tells all about "
         "one");
  }
  return topology;
}

/// What `run` refuses before it makes anything, with and without --quick.
void check_experiment(const std::string& file, const TopologyChanges& changes) {
  SystemRunner runner;
  const RunWish wish{.file = file, .changes = changes, .settings = {}, .quick = false};
  const WishedRun run = wished_run(wish);
  static_cast<void>(prepare_labs(run.cells, Images::only_check, runner));
  warn_of_disk_places(run.cells.front().topology);
  if (!run.experiment.quick.empty()) {
    const RunWish quick{.file = file, .changes = changes, .settings = {}, .quick = true};
    try {
      static_cast<void>(prepare_labs(wished_run(quick).cells, Images::only_check, runner));
    } catch (const Error&) {
      talk(fmt::format("{} with --quick:", file));
      throw;
    }
  }
  fmt::print(
      "{}: experiment {} is in order, and so is its topology {} ({} cells)\n",
      file,
      run.experiment.name,
      run.experiment.topology.native(),
      run.cells.size());
}

void check_file(const std::string& file, const TopologyChanges& changes) {
  if (file.ends_with(".exp.yaml")) {
    check_experiment(file, changes);
    return;
  }
  const Topology topology = check_topology(file, changes);
  fmt::print(
      "{}: lab {} is in order ({} hosts, {} guests)\n",
      file,
      topology.lab,
      topology.hosts.size(),
      topology.guests.size());
}

} // namespace

void add_check(CLI::App& app, Outcome& outcome) {
  struct Options {
    std::vector<std::string> files;
    TopologyChanges changes;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("check", "check topology and experiment files and do nothing else");
  verb->add_option("FILE", options->files, "*.lab.yaml or *.exp.yaml")->required();
  add_settings(*verb, options->changes);
  verb->callback([options, &outcome] {
    for (const std::string& file : options->files) {
      try {
        check_file(file, options->changes);
      } catch (const Error& error) { // the other files are looked at, too
        outcome.code = complain(error);
      }
    }
  });
}

} // namespace migralab
