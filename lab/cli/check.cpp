// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/experiment.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

void check_file(const std::string& file) {
  if (file.ends_with(".exp.yaml")) {
    const Experiment experiment = load_experiment(file);
    check_experiment(experiment, load_topology_with_warnings(experiment.topology));
    fmt::print(
        "{}: experiment {} is in order, and so is its topology {}\n",
        file,
        experiment.name,
        experiment.topology.native());
    return;
  }
  const Topology topology = load_topology_with_warnings(file);
  fmt::print(
      "{}: lab {} is in order ({} hosts, {} guests)\n",
      file,
      topology.lab,
      topology.hosts.size(),
      topology.guests.size());
}

} // namespace

void add_check(CLI::App& app, Outcome& /*outcome*/) {
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* verb = app.add_subcommand("check", "check topology and experiment files and do nothing else");
  verb->add_option("FILE", *files, "*.lab.yaml or *.exp.yaml")->required();
  verb->callback([files] {
    for (const std::string& file : *files) {
      check_file(file);
    }
  });
}

} // namespace migralab
