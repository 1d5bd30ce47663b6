// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/up.hpp"
#include "images.hpp"
#include "migralab/image/check.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/simulated/lab.hpp"
#include "network_table.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string file;
  TopologyChanges changes;
  bool dry_run = false;
  bool locked = false;
  bool no_measure = false;
};

void up_simulated(const Topology& topology, bool dry_run) {
  if (dry_run) {
    fmt::print("nothing is made: lab {} is simulated\n", topology.lab);
    return;
  }
  const LabState state = bring_up_simulated(topology);
  fmt::print("lab {} is up (guests run by {})\n", state.lab, accelerator_words(state.accelerator));
}

void up(const Options& options) {
  expect_topology_file(options.file);
  const Topology topology = load_topology_with_warnings(options.file, options.changes);
  if (topology.is_simulated) {
    up_simulated(topology, options.dry_run);
    return;
  }
  SystemRunner runner;
  ImageStore store = image_store(runner);
  const Plan plan = make_plan(
      topology,
      probe_all_for(topology, runner),
      options.no_measure ? Measuring::none : Measuring::rates,
      check_images(topology, store));
  for (const std::string& remark : plan.remarks) {
    talk(remark);
  }
  if (options.dry_run) {
    static_cast<void>(check_disk_places(topology));
    fmt::print("{}", render_plan(plan));
    return;
  }
  expect_nothing_missing(look_at_machine(runner));
  const Instant began = std::chrono::steady_clock::now();
  bring_up(topology, plan, prepare_images(topology, store, options.locked), runner, talk);
  fmt::print(
      "lab {} is up ({}, guests run by {})\n",
      topology.lab,
      human(std::chrono::steady_clock::now() - began),
      plan.kvm ? "KVM" : "TCG: software emulation");
  fmt::print("{}", render_rates(read_network_record(LabFolder(topology.lab)).rates));
}

} // namespace

void add_up(CLI::App& app, Outcome& /*outcome*/) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("up", "bring up the lab that a topology file describes");
  verb->add_option("FILE", options->file, "topology (*.lab.yaml)")->required();
  verb->add_option("--name", options->changes.name, "name the lab otherwise than the file does");
  add_settings(*verb, options->changes);
  verb->add_flag("--dry-run", options->dry_run, "print the plan and do nothing");
  verb->add_flag("--locked", options->locked, "the images have to be what NAME.image.lock beside FILE says");
  verb->add_flag("--no-measure", options->no_measure, "do not measure what shaped networks carry");
  verb->callback([options] { up(*options); });
}

} // namespace migralab
