// SPDX-License-Identifier: Apache-2.0
// What is simulated, and by which policies, as a file (NAME.sim.yaml; docs/simulator.md has the format).
#pragma once

#include "migralab/core/diagnostics.hpp"
#include "migralab/simulation/generate.hpp"
#include "migralab/simulation/scenario.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace migralab::simulation {

/// Guests that are alike, and the pattern of their demand.
struct GuestGroup {
  std::vector<GuestSpec> guests;
  Pattern pattern;
};

/// A row of the table.
struct PolicyChoice {
  std::string label;
  std::string policy;
  std::vector<std::string> settings; ///< "NAME=VALUE"
};

/// How much of it is simulated.
struct Extent {
  Nanoseconds length{0}; ///< 0: all of the trace
  unsigned seeds = 1;    ///< 1, 2, ..., `seeds`
};

struct ScenarioFile {
  std::string name;
  std::string about;
  std::vector<HostSpec> hosts;
  std::vector<GuestGroup> groups;   ///< empty where there is a trace
  std::filesystem::path trace_path; ///< as the file has it
  Trace trace;                      ///< without guests where demand is generated
  Model model{};                    ///< no key of the file: whoever runs it may choose
  Nanoseconds interval{0};          ///< between samples
  Extent full;
  Extent quick;
  std::vector<PolicyChoice> policies;
};

/// Mistakes go to `diagnostics`, all of them; the result is to be used only where there are none. Reads no trace.
[[nodiscard]] ScenarioFile parse_scenario(const std::string& text, Diagnostics& diagnostics);

/// With its trace, whose path is relative to the file. Throws Error (exit code 2) when the file or the trace cannot be
/// read, InputError for mistakes in it.
[[nodiscard]] ScenarioFile load_scenario(const std::filesystem::path& file);

/// As long as `length`. Generated demand is that of the seed; a trace is the same with every seed.
[[nodiscard]] Scenario scenario_of(const ScenarioFile& file, Nanoseconds length, std::uint64_t seed);

/// A policy that draws lots draws those of the seed, unless its settings name one.
[[nodiscard]] std::vector<std::string> settings_of(const PolicyChoice& choice, std::uint64_t seed);

/// JSON Schema of the format.
[[nodiscard]] std::string scenario_schema();

} // namespace migralab::simulation
