// SPDX-License-Identifier: Apache-2.0
// An experiment as its user wishes it (*.exp.yaml): a lab, a guest that moves, and what is measured meanwhile.
#pragma once

#include "migralab/core/diagnostics.hpp"
#include "migralab/experiment/outcome.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/topology/topology.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct HttpLoad {
  double rate = 20; // requests per second
  std::string path = "/";
};

struct Experiment {
  std::string name;
  std::filesystem::path file;
  std::string text;               // of the file, as it was read
  std::filesystem::path topology; // absolute
  std::string guest;
  std::vector<std::string> route; // hosts that the guest visits in one repetition, in order
  unsigned repetitions = 1;
  std::string client;                    // the node that measures
  std::optional<double> udp_rate = 1000; // echo requests per second
  std::optional<HttpLoad> http;
  Nanoseconds settle = std::chrono::seconds(2); // before the first migration and after each
  bool copy_storage = false;                    // each migration takes the guest's local disk along
};

/// Reads and checks an experiment file. Throws InputError with every mistake at once.
[[nodiscard]] Experiment load_experiment(const std::filesystem::path& file);

/// The same from text.
[[nodiscard]] Experiment
parse_experiment(const std::string& text, const std::filesystem::path& file, Diagnostics& diagnostics);

/// Does the experiment fit the topology (guest, hosts, client, services exist)? Throws Error, exit code 2, with every
/// mismatch.
void check_experiment(const Experiment& experiment, const Topology& topology);

/// The migrations of an experiment, in order: {from, to}.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
trials_of(const Experiment& experiment, const Topology& topology);

/// Runs inside the lab: probes from the client, counters on the switch, migration after migration. Migrations that fail
/// are outcomes. Throws Error when it could not be measured, or on an interrupt.
[[nodiscard]] RunOutcome run_experiment(
    const Experiment& experiment,
    const Topology& topology,
    Interior& lab,
    const std::function<void(const std::string&)>& talk);

} // namespace migralab
