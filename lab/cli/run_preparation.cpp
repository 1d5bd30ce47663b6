// SPDX-License-Identifier: Apache-2.0
#include "run_preparation.hpp"

#include "images.hpp"
#include "migralab/core/error.hpp"
#include "migralab/hypervisor/xen_features.hpp"
#include "migralab/image/check.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/workload/place.hpp"
#include "session.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <string_view>
#include <vector>

namespace migralab {

namespace {

/// What several looks found missing, told in one go.
class Missing {
public:
  template <typename Look> void look(Look&& look) {
    try {
      look();
    } catch (const Error& error) {
      const auto same = [&](const Error& other) { return std::string_view(other.what()) == error.what(); };
      if (std::none_of(found_.begin(), found_.end(), same)) { // other cells lack the same
        found_.push_back(error);
      }
    }
  }

  void throw_if_any() const {
    if (found_.size() == 1) {
      throw found_.front();
    }
    if (!found_.empty()) {
      std::string text = fmt::format("{} things are missing:", found_.size());
      for (const Error& error : found_) {
        text += "\n  ";
        for (const char c : std::string_view(error.what())) {
          text += c == '\n' ? "\n  " : std::string(1, c);
        }
        text += error.hint().empty() ? "" : "\n    hint: " + error.hint();
      }
      throw Error(text, found_.front().status());
    }
  }

private:
  std::vector<Error> found_;
};

PreparedLab prepare_lab(
    const Topology& topology,
    const ImageCatalogue& catalogue,
    Images images,
    ImageStore& store,
    CommandRunner& runner) {
  PreparedLab lab;
  // Links are measured by the first trial, not here.
  const Capabilities capabilities =
      images == Images::only_check ? probe_capabilities_for(topology, runner) : probe_all_for(topology, runner);
  lab.plan = make_plan(topology, capabilities, Measuring::none, catalogue);
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

namespace {

/// As the cell's experiment wishes, by the hypervisor that the guest has.
void expect_movable(const GuestSpec& guest, const Cell& cell) {
  const HostSpec& host = host_of(cell.topology, guest.host);
  expect_available(cell.experiment.migration, features_of(host.hypervisor));
  const bool xen = host.hypervisor == HostSpec::Hypervisor::xen && !is_remote(host); // which is asked what its Xen can
  if (const std::string problem = xen ? problem_of_mode(guest.mode, cell.experiment.migration.technique) : "";
      !problem.empty()) {
    throw Error(fmt::format("guest {}: {}", guest.name, problem), ExitStatus::bad_input)
        .with_hint("'migration: {technique: stop-and-copy}' moves it; a guest of mode pvh goes live");
  }
}

} // namespace

PreparedLabs prepare_labs(const std::vector<Cell>& cells, Images images, CommandRunner& runner) {
  PreparedLabs labs;
  ImageStore store = image_store(runner);
  std::map<std::string, ImageCatalogue> catalogues; // by the topology's text
  Missing missing;
  for (const Cell& cell : cells) {
    if (cell.experiment.moves || cell.experiment.balance) {
      missing.look([&] {
        try {
          if (cell.experiment.balance) { // only hosts of KVM have balancers
            expect_available(cell.experiment.migration, features_of(HostSpec::Hypervisor::kvm));
          }
          for (const GuestRoute& route : cell.experiment.routes) {
            expect_movable(guest_of(cell.topology, route.guest), cell);
          }
        } catch (const Error& error) {
          throw cell.levels.empty() ? error : error.in("cell " + cell.name());
        }
      });
    }
    const auto [known, is_new] = catalogues.try_emplace(cell.topology.text);
    if (is_new) {
      known->second = check_images(cell.topology, store);
    }
    missing.look([&, &catalogue = known->second] {
      expect_programs_before_lab(cell.experiment.workloads, cell.topology, catalogue);
    });
  }
  missing.throw_if_any();
  for (const Cell& cell : cells) {
    if (!labs.contains(cell.topology.text)) {
      const ImageCatalogue& catalogue = catalogues.at(cell.topology.text);
      labs.emplace(cell.topology.text, prepare_lab(cell.topology, catalogue, images, store, runner));
    }
  }
  return labs;
}

} // namespace migralab
