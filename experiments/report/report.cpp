// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include "csv.hpp"
#include "figure.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "page.hpp"

#include <system_error>

namespace migralab {

namespace {

std::string draw_timeline(const RunOutcome& run, CommandRunner& runner) {
  const Command command = timeline_command(run);
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks("cannot start gnuplot: " + result.errors, "install the package gnuplot-nox");
  }
  std::string figure = check(command, result);
  if (figure.find("</svg>") == std::string::npos) {
    throw Error("gnuplot wrote no whole figure: " + result.errors);
  }
  return figure;
}

} // namespace

void write_report(const RunOutcome& run, const std::filesystem::path& folder, CommandRunner& runner) {
  with_context("report into " + folder.native(), [&] {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      throw Error("cannot make the folder: " + error.message());
    }
    // Facts first: they must be on disk even when no figure can be drawn.
    write_file(folder / "requests.csv", requests_csv(run));
    write_file(folder / "job_samples.csv", job_samples_csv(run));
    write_file(folder / "events.csv", events_csv(run));
    write_file(folder / "network.csv", network_csv(run));
    write_file(folder / "link_rates.csv", link_rates_csv(run));
    write_file(folder / "trials.csv", trials_csv(run));
    write_file(folder / "run.json", render_json(run));
    const std::string figure = draw_timeline(run, runner);
    write_file(folder / "timeline.svg", figure);
    write_file(folder / "index.html", render_page(run, figure));
  });
}

} // namespace migralab
