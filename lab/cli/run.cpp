// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/design.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/report/report.hpp"
#include "provenance.hpp"
#include "run_preparation.hpp"
#include "run_progress.hpp"
#include "session.hpp"
#include "simulated_trials.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  RunWish wish;
  std::string resume;
  std::string output = "runs";
  bool dry_run = false;
  bool json = false;
  bool keep = false;
  bool locked = false;
};

/// OUTPUT/NAME-TIMESTAMP.
std::filesystem::path run_path(const Options& options, const std::string& name) {
  std::string stamp;
  for (const char c : utc_timestamp()) {
    stamp += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : "";
  }
  return std::filesystem::absolute(options.output) / fmt::format("{}-{}", name, stamp);
}

/// 0 when every trial that was wanted is there and succeeded.
int finish(const RunFolder& folder, const SeriesEnd& end, const Options& options, CommandRunner& runner) {
  if (!end.cut_short.empty()) {
    talk("ended early: " + end.cut_short);
  }
  const int code = report_run(folder.path(), options.json, runner);
  talk(fmt::format("results: {} (open report/index.html)", std::filesystem::relative(folder.path()).native()));
  return end.failed == 0 && end.cut_short.empty() ? code : static_cast<int>(ExitStatus::failed);
}

int simulate(const RunFolder& folder, const RunRecord& run, const Options& options) {
  SystemRunner runner;
  RunProgress progress;
  const UniqueFd claim = folder.claim();
  SimulatedTrials trials(folder);
  const SeriesEnd end = run_series(folder, run, trials, [&](const SeriesProgress& step) { progress.show(step); });
  progress.close();
  return finish(folder, end, options, runner);
}

/// All cells or none: a table must not have both beside each other.
bool is_simulated(const std::vector<Cell>& cells, const Options& options) {
  const auto simulated =
      std::count_if(cells.begin(), cells.end(), [](const Cell& cell) { return cell.topology.is_simulated; });
  if (simulated > 0 && simulated < static_cast<std::ptrdiff_t>(cells.size())) {
    throw Error("some cells are simulated, and others are not", ExitStatus::bad_input)
        .with_hint("run it twice, once with --set substrate=simulated, and put the two folders beside each other: "
                   "`migralab compare`");
  }
  if (simulated > 0 && options.keep) {
    expect_real(cells.front().topology, "--keep");
  }
  return simulated > 0;
}

int measure(const RunFolder& folder, const RunRecord& run, const PreparedLabs& labs, const Options& options) {
  SystemRunner runner;
  RunProgress progress;
  const UniqueFd claim = folder.claim();
  LabTrials trials(folder, labs, runner, [&](const std::string& line) { progress.say(line); });
  SeriesEnd end;
  try {
    end = run_series(folder, run, trials, [&](const SeriesProgress& step) { progress.show(step); });
  } catch (const Error& error) {
    progress.close();
    if (!options.keep) {
      trials.close();
    }
    if (folder.trials().empty()) {
      std::filesystem::remove_all(folder.path()); // nothing was measured: it holds what the user has anyway
      const bool resumes = error.hint().find("--resume") != std::string::npos; // what is not there any more
      throw Error(error.what(), error.status())
          .with_hint(resumes ? "nothing was measured yet: make room, then begin again" : error.hint())
          .in("run " + run.experiment.name);
    }
    talk(fmt::format(
        "{} complete in {}; go on with: migralab run --resume {}",
        folder.trials().size() == 1 ? "1 trial is" : fmt::format("{} trials are", folder.trials().size()),
        std::filesystem::relative(folder.path()).native(),
        std::filesystem::relative(folder.path()).native()));
    throw error.in("run " + run.experiment.name);
  }
  progress.close();
  if (!options.keep) {
    trials.close();
  }
  return finish(folder, end, options, runner);
}

/// Trials of two experiments, or of two labs, must not come to lie in one folder.
void expect_unchanged(const RunRecord& record, const RunFolder& folder) {
  const auto expect = [&](const char* digest, const std::string& text, const char* file) {
    const auto fact = std::find_if(
        record.provenance.begin(), record.provenance.end(), [&](const auto& known) { return known.first == digest; });
    if (fact != record.provenance.end() && fact->second != sha256_of_text(text)) {
      throw Error(
          fmt::format("{} was changed since the run began", (folder.path() / file).native()), ExitStatus::bad_input)
          .with_hint("begin a new run with the changed file, or put it back as it was");
    }
  };
  expect("experiment_sha256", record.experiment.text, "experiment.exp.yaml");
  expect("topology_sha256", read_file(folder.path() / "topology.lab.yaml"), "topology.lab.yaml");
}

int run(const Options& options) {
  SystemRunner runner;
  const bool resumes = !options.resume.empty();
  if (resumes == !options.wish.file.empty()) {
    throw Error("run takes an experiment (*.exp.yaml), or --resume with a folder of results", ExitStatus::bad_input);
  }
  const Images images = options.locked ? Images::build_locked : Images::build;
  if (resumes) {
    const RunFolder folder = RunFolder::open(options.resume);
    const RunRecord record = folder.header();
    expect_unchanged(record, folder);
    if (is_simulated(record.cells, options)) {
      return simulate(folder, record, options);
    }
    const PreparedLabs labs = prepare_labs(record.cells, images, runner);
    expect_nothing_missing(look_at_machine(runner));
    return measure(folder, record, labs, options);
  }
  WishedRun wished = wished_run(options.wish);
  const bool simulated = is_simulated(wished.cells, options);
  if (simulated && options.dry_run) {
    fmt::print("nothing is made: the labs are simulated\n{}", render_design(wished.experiment, wished.cells));
    return 0;
  }
  if (options.dry_run) {
    const PreparedLabs labs = prepare_labs(wished.cells, Images::only_check, runner);
    fmt::print("{}\n{}", render_plan(labs.begin()->second.plan), render_design(wished.experiment, wished.cells));
    return 0;
  }
  PreparedLabs labs;
  if (!simulated) {
    expect_nothing_missing(look_at_machine(runner));
    labs = prepare_labs(wished.cells, images, runner);
    for (const std::string& remark : labs.begin()->second.plan.remarks) {
      talk(remark);
    }
  }
  RunRecord record;
  record.experiment = std::move(wished.experiment);
  record.cells = std::move(wished.cells);
  record.created_at = utc_timestamp();
  record.provenance = simulated ? simulated_provenance(record, wished.topology)
                                : collect_provenance(record, wished.topology, labs.begin()->second.images, runner);
  const std::filesystem::path path = run_path(options, record.experiment.name);
  const RunFolder folder = RunFolder::create(path, record, wished.topology.text, options.wish.changes.name);
  return simulated ? simulate(folder, record, options) : measure(folder, record, labs, options);
}

} // namespace

void add_run(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("run", "bring labs up, run an experiment in them, write the results, take them down");
  verb->add_option("FILE", options->wish.file, "experiment (*.exp.yaml)");
  CLI::Option* resume =
      verb->add_option("--resume", options->resume, "go on with the run whose results are in this folder");
  verb->add_option("--name", options->wish.changes.name, "name the lab otherwise than its file does");
  add_settings(*verb, options->wish.changes);
  verb->add_option(
          "--with",
          options->wish.settings,
          "change a value of the experiment, PATH=VALUE: repetitions=10, migration.technique=post-copy; may be "
          "repeated")
      ->allow_extra_args(false);
  verb->add_flag(
      "--quick", options->wish.quick, "the short form that the experiment's file gives: to see that it works");
  verb->add_option("--output", options->output, "folder that gets the results' folder")->capture_default_str();
  verb->add_flag("--dry-run", options->dry_run, "print the plan and the trials, and do nothing");
  verb->add_flag("--json", options->json, "the results on stdout as JSON instead of a table");
  verb->add_flag("--keep", options->keep, "leave the last lab up");
  verb->add_flag("--locked", options->locked, "the images have to be what NAME.image.lock beside the topology says");
  for (const char* fixed : {"--name", "--set", "--with", "--quick", "--output", "--dry-run"}) {
    resume->excludes(verb->get_option(fixed)); // the folder says what the run is
  }
  verb->callback([options, &outcome] { outcome.code = run(*options); });
}

} // namespace migralab
