// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/simulation/policies.hpp"
#include "migralab/simulation/trace_files.hpp"
#include "session.hpp"
#include "simulation_comparison.hpp"
#include "timed_balancer.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <optional>

namespace migralab {

namespace {

struct Options {
  std::vector<std::string> scenarios;
  std::vector<std::string> policies;
  std::string baseline;
  std::optional<unsigned> hosts;
  std::string csv;
  std::string figures;
  bool free_sizes = false;
  bool quick = false;
  bool json = false;
};

constexpr unsigned most_hosts = 100'000;

/// "thr-mmt", or "thr-mmt:threshold=0.7,safety=2", which is the row's name, too.
simulation::PolicyChoice choice_of(const std::string& words) {
  simulation::PolicyChoice choice{words, words.substr(0, words.find(':')), {}};
  for (std::size_t at = words.find(':'); at != std::string::npos;) {
    const std::size_t end = words.find(',', at + 1);
    choice.settings.push_back(words.substr(at + 1, end == std::string::npos ? end : end - at - 1));
    at = end;
  }
  return choice;
}

std::vector<simulation::PolicyChoice> choices_of(const Options& options) {
  std::vector<simulation::PolicyChoice> choices;
  for (const std::string& words : options.policies) {
    choices.push_back(choice_of(words));
  }
  if (choices.empty()) {
    for (const simulation::PolicyInfo& policy : simulation::policies()) {
      choices.push_back({policy.name, policy.name, {}});
    }
  }
  for (std::size_t i = 0; i < choices.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (choices[i].label == choices[j].label) {
        throw Error(fmt::format("--policy {}: given twice", choices[i].label), ExitStatus::bad_input)
            .with_hint("settings tell two of a kind apart: --policy NAME:cooldown=10min");
      }
    }
  }
  return choices;
}

/// Tables, figures and rows are told apart by it.
void expect_names_of_their_own(
    const std::vector<std::string>& paths,
    const std::vector<simulation::ScenarioFile>& files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (files[i].name == files[j].name) {
        throw Error(
            fmt::format("{} and {} have one name, '{}'", paths[j], paths[i], files[i].name), ExitStatus::bad_input)
            .with_hint("give each a 'simulation: NAME' of its own; a trace is called as its folder");
      }
    }
  }
}

/// Where no name is given `none`, or without that the first.
std::size_t index_of_baseline(const std::vector<simulation::PolicyChoice>& choices, const std::string& name) {
  const std::string wanted = name.empty() ? "none" : name;
  const auto found = std::find_if(
      choices.begin(), choices.end(), [&](const simulation::PolicyChoice& one) { return one.label == wanted; });
  if (found == choices.end() && name.empty()) {
    return 0;
  }
  if (found == choices.end()) {
    std::vector<std::string> names;
    for (const simulation::PolicyChoice& one : choices) {
      names.push_back(one.label);
    }
    throw Error(fmt::format("--baseline {}: it is not among the policies", name), ExitStatus::bad_input)
        .with_hint(suggest(name, names, "those that are compared"));
  }
  return static_cast<std::size_t>(found - choices.begin());
}

bool is_scenario(const std::string& path) {
  return path.ends_with(".yaml");
}

/// A file of a scenario, or a trace by itself on hosts as `balance replay` makes them.
simulation::ScenarioFile load(const std::string& path, const std::optional<unsigned>& hosts) {
  if (is_scenario(path)) {
    return simulation::load_scenario(path);
  }
  simulation::ScenarioFile file;
  file.trace = simulation::read_trace(path).trace;
  file.name = std::filesystem::weakly_canonical(path).filename().string(); // also of "folder/"
  file.trace_path = path;
  file.interval = file.trace.interval;
  const std::size_t count = hosts.value_or(static_cast<unsigned>(file.trace.guests.size())); // of a lab it tells itself
  file.hosts = simulation::scenario_for(file.trace, count, simulation::Model()).hosts;
  return file;
}

void run(const Options& options) {
  if (options.hosts && std::all_of(options.scenarios.begin(), options.scenarios.end(), is_scenario)) {
    throw Error("--hosts is for traces, and none is given", ExitStatus::bad_input)
        .with_hint("a scenario says its hosts itself: 'hosts: {KIND: {count: ...}}'");
  }
  const std::vector<simulation::PolicyChoice> choices = choices_of(options);
  SimulationComparison comparison{{}, index_of_baseline(choices, options.baseline)};
  std::vector<simulation::ScenarioFile> files; // all are read before anything is run
  for (const std::string& path : options.scenarios) {
    files.push_back(load(path, options.hosts));
    files.back().policies = choices;
    files.back().model.sizes_bind = !options.free_sizes;
    for (const simulation::PolicyChoice& choice : choices) {
      with_context(path, [&] {
        static_cast<void>(simulation::make_policy(choice.policy, choice.settings, files.back().interval));
        return 0;
      });
    }
  }
  expect_names_of_their_own(options.scenarios, files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    talk(fmt::format("{}: {} policies", options.scenarios[i], choices.size()));
    comparison.scenarios.push_back(run_all(std::move(files[i]), options.quick, options.scenarios[i]));
  }
  if (!options.csv.empty()) {
    write_file(options.csv, csv_of(comparison));
    talk(fmt::format("every run is in {}", options.csv));
  }
  if (!options.figures.empty()) {
    SystemRunner runner;
    write_policy_figures(figures_of(comparison), options.figures, runner);
    talk(fmt::format("figures are in {}", options.figures));
  }
  tell(options.json ? json_of(comparison) : text_of(comparison));
}

} // namespace

void add_balance_compare(CLI::App& balance) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = balance.add_subcommand(
      "compare", "any policies on several scenarios and traces: medians, intervals, differences (docs/simulator.md)");
  verb->add_option(
          "SCENARIO",
          options->scenarios,
          "NAME.sim.yaml, or a trace as of `balance replay`; its own policies do not matter")
      ->required();
  verb->add_option("--policy", options->policies, "thr-mmt, or thr-mmt:threshold=0.7,...; may be repeated; else all")
      ->allow_extra_args(false);
  verb->add_option(
      "--baseline",
      options->baseline,
      "the policy that the others are compared with: its name as in --policy; else none, or the first");
  verb->add_option("--hosts", options->hosts, "of traces: how many; else one for each guest")
      ->check(CLI::Range(1U, most_hosts));
  verb->add_flag("--free-sizes", options->free_sizes, free_sizes_about);
  verb->add_flag("--quick", options->quick, "the short form that each scenario has");
  verb->add_option("--csv", options->csv, "a file for every run, a line each");
  verb->add_option("--figures", options->figures, "a folder for a figure of each scenario, SVG and PDF");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options] { run(*options); });
}

} // namespace migralab
