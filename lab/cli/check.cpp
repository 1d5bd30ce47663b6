// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/experiment/experiment.hpp"
#include "migralab/lab/doctor.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

/// What `up` checks before it makes anything: the file, and whether this machine can run it.
Topology check_topology(const std::filesystem::path& file) {
  Topology topology = load_topology_with_warnings(file);
  static_cast<void>(make_plan(topology, probe_capabilities()));
  return topology;
}

void check_file(const std::string& file) {
  if (file.ends_with(".exp.yaml")) {
    const Experiment experiment = load_experiment(file);
    check_experiment(experiment, check_topology(experiment.topology));
    fmt::print(
        "{}: experiment {} is in order, and so is its topology {}\n",
        file,
        experiment.name,
        experiment.topology.native());
    return;
  }
  const Topology topology = check_topology(file);
  fmt::print(
      "{}: lab {} is in order ({} hosts, {} guests)\n",
      file,
      topology.lab,
      topology.hosts.size(),
      topology.guests.size());
}

} // namespace

void add_check(CLI::App& app, Outcome& outcome) {
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* verb = app.add_subcommand("check", "check topology and experiment files and do nothing else");
  verb->add_option("FILE", *files, "*.lab.yaml or *.exp.yaml")->required();
  verb->callback([files, &outcome] {
    for (const std::string& file : *files) {
      try {
        check_file(file);
      } catch (const Error& error) { // the other files are looked at, too
        outcome.code = complain(error);
      }
    }
  });
}

} // namespace migralab
