// SPDX-License-Identifier: Apache-2.0
// One function per verb, one file each: adds a subcommand that does its work when it was chosen. The callback writes
// the result to stdout, talks on stderr, and throws Error.
#pragma once

#include "migralab/process/command_runner.hpp"
#include "migralab/topology/load.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>

namespace migralab {

/// The exit code of the chosen verb.
struct Outcome {
  int code = 0;
};

/// Option --set of verbs that read a topology.
void add_settings(CLI::App& verb, TopologyChanges& changes);

void add_up(CLI::App& app, Outcome& outcome);
void add_down(CLI::App& app, Outcome& outcome);
void add_ls(CLI::App& app, Outcome& outcome);
void add_inspect(CLI::App& app, Outcome& outcome);
void add_exec(CLI::App& app, Outcome& outcome);
void add_ssh(CLI::App& app, Outcome& outcome);
void add_cp(CLI::App& app, Outcome& outcome);
void add_forward(CLI::App& app, Outcome& outcome);
void add_console(CLI::App& app, Outcome& outcome);
void add_migrate(CLI::App& app, Outcome& outcome);
void add_dirty_rate(CLI::App& app, Outcome& outcome);
void add_counters(CLI::App& app, Outcome& outcome);
void add_shape(CLI::App& app, Outcome& outcome);
void add_storage(CLI::App& app, Outcome& outcome);
/// A subcommand of `storage`.
void add_storage_bench(CLI::App& storage, Outcome& outcome);
void add_workload(CLI::App& app, Outcome& outcome);
/// Subcommand `ls` of it.
CLI::App* add_workload_list(CLI::App& workload, Outcome& outcome);
void add_run(CLI::App& app, Outcome& outcome);
void add_report(CLI::App& app, Outcome& outcome);
/// What `report` does with a run's folder, and `run` at its end: tables (or JSON) on stdout, the report in
/// FOLDER/report. Returns the exit code: 1 when trials could not be read.
int report_run(const std::filesystem::path& folder, bool json, CommandRunner& runner);
void add_compare(CLI::App& app, Outcome& outcome);
void add_bundle(CLI::App& app, Outcome& outcome);
void add_capabilities(CLI::App& app, Outcome& outcome);
void add_availability(CLI::App& app, Outcome& outcome);
void add_balance(CLI::App& app, Outcome& outcome);
/// Subcommand `decide` of it.
void add_balance_decide(CLI::App& balance);
/// Subcommand `run` of it.
void add_balance_run(CLI::App& balance, Outcome& outcome);
/// Subcommands `replay`, `simulate` and `compare` of it, which need no lab.
void add_balance_replay(CLI::App& balance);
void add_balance_simulate(CLI::App& balance);
void add_balance_compare(CLI::App& balance);
void add_balance_hbal(CLI::App& balance);
void add_check(CLI::App& app, Outcome& outcome);
void add_schema(CLI::App& app, Outcome& outcome);
void add_image(CLI::App& app, Outcome& outcome);
void add_graph(CLI::App& app, Outcome& outcome);
void add_doctor(CLI::App& app, Outcome& outcome);
void add_adopt(CLI::App& app, Outcome& outcome);
void add_audit(CLI::App& app, Outcome& outcome);

} // namespace migralab
