// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include "migralab/core/error.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "results.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string what;
  std::string output;
  bool json = false;
};

/// Where the report of a folder goes, or of an archive: beside it.
std::filesystem::path report_folder(const std::filesystem::path& what, bool archive) {
  return archive ? archive_stem(what).native() + "-report" : (what / "report").native();
}

/// A report must not come to lie among what it is made of, of this run or another one.
void expect_no_raw_data(const std::filesystem::path& into) {
  namespace fs = std::filesystem;
  std::error_code problem;
  const fs::path place = fs::weakly_canonical(fs::absolute(into), problem);
  for (fs::path above = place; above != above.root_path(); above = above.parent_path()) {
    const fs::path below = place.lexically_relative(above);
    const bool raw = below == "." || *below.begin() == "trials";
    if (raw && fs::exists(above / "run.json", problem)) {
      throw Error(fmt::format("{} has the raw data of a run", into.native()), ExitStatus::bad_input)
          .with_hint("leave --output out: the report then is in a folder of its own there, report");
    }
  }
}

void talk_of_damage(const MeasuredRun& run) {
  for (const std::string& damaged : run.damaged) {
    talk("damaged, left out: " + damaged);
  }
  if (!run.damaged.empty()) {
    talk(std::string("hint: ") + damage_hint);
  }
}

int tell_and_write(
    const std::filesystem::path& folder,
    const std::filesystem::path& into,
    bool json,
    CommandRunner& runner) {
  const MeasuredRun run = read_measured(folder);
  tell(json ? render_json(run) : render_table(run)); // at once: drawing takes a while
  write_report(run, whole_trials(folder), into, runner);
  talk_of_damage(run);
  return static_cast<int>(run.damaged.empty() ? ExitStatus::ok : ExitStatus::failed);
}

int report(const Options& options) {
  SystemRunner runner;
  if (!options.output.empty()) {
    expect_no_raw_data(options.output);
  }
  const Results results(options.what, runner);
  const std::filesystem::path into =
      options.output.empty() ? report_folder(options.what, results.unpacked()) : std::filesystem::path(options.output);
  const int code = tell_and_write(results.folder(), into, options.json, runner);
  talk(fmt::format("report: {}", (into / "index.html").native()));
  return code;
}

} // namespace

int report_run(const std::filesystem::path& folder, bool json, CommandRunner& runner) {
  return tell_and_write(folder, folder / "report", json, runner);
}

void add_report(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("report", "make tables, figures and a page from a run's results");
  verb->add_option("RESULTS", options->what, "a folder that `run` made, or a results bundle (*.tar.xz)")->required();
  verb->add_option("-o,--output", options->output, "folder of the report (default: RESULTS/report)");
  verb->add_flag("--json", options->json, "the numbers on stdout as JSON instead of tables");
  verb->callback([options, &outcome] { outcome.code = report(*options); });
}

} // namespace migralab
