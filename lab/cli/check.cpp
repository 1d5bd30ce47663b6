// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/check.hpp"
#include "migralab/core/error.hpp"
#include "migralab/experiment/experiment.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/process/command_runner.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

/// What `up` checks before it makes anything: the file, and whether this machine can run it.
Topology check_topology(const std::filesystem::path& file, const TopologyChanges& changes) {
  Topology topology = load_topology_with_warnings(file, changes);
  SystemRunner runner;
  static_cast<void>(make_plan(
      topology,
      probe_capabilities_for(topology, runner),
      Measuring::rates,
      check_images(topology, image_store(runner))));
  for (const std::string& warning : check_disk_places(topology)) {
    talk(warning);
  }
  return topology;
}

void check_file(const std::string& file, const TopologyChanges& changes) {
  if (file.ends_with(".exp.yaml")) {
    const Experiment experiment = load_experiment(file);
    check_experiment(experiment, check_topology(experiment.topology, changes));
    fmt::print(
        "{}: experiment {} is in order, and so is its topology {}\n",
        file,
        experiment.name,
        experiment.topology.native());
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
