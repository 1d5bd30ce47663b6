// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include "csv.hpp"
#include "figures.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "page.hpp"
#include "tables.hpp"

#include <algorithm>
#include <system_error>

namespace migralab {

namespace {

std::string draw(const Figure& figure, Medium medium, CommandRunner& runner) {
  const Command command = figure_command(figure, medium);
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks("cannot start gnuplot: " + result.errors, "install the package gnuplot-nox");
  }
  std::string drawing = check(command, result);
  if (drawing.find(medium == Medium::screen ? "</svg>" : "%%EOF") == std::string::npos) {
    throw Error("gnuplot wrote no whole figure " + figure.name + ": " + result.errors);
  }
  return medium == Medium::screen ? drawing : without_date(std::move(drawing));
}

class Writer {
public:
  Writer(std::filesystem::path folder, CommandRunner& runner) : folder_(std::move(folder)), runner_(runner) {
    for (const char* part : {"tables", "figures"}) {
      std::error_code problem;
      // What an earlier report had and this one has not (a cell that is not drawn any more) must not stay.
      std::filesystem::remove_all(folder_ / part, problem);
      std::filesystem::create_directories(folder_ / part, problem);
      if (problem) {
        throw Error("cannot make the folder " + (folder_ / part).native() + ": " + problem.message());
      }
    }
  }

  std::vector<std::string> tables(const Analysis& analysis) {
    std::vector<std::string> files;
    const auto write = [&](const std::string& name, const std::string& text) {
      write_file(folder_ / "tables" / name, text);
      files.push_back("tables/" + name);
    };
    for (const auto& [name, text] : csv_tables(analysis)) {
      write(name, text);
    }
    std::string markdown;
    for (const Table& table : printed_tables(analysis)) {
      markdown += markdown_table(table) + "\n";
      write(table.name + ".tex", latex_table(table, figure_warning(analysis)));
    }
    const std::string warning = figure_warning(analysis);
    write("tables.md", (warning.empty() ? "" : "> " + warning + "\n\n") + markdown);
    write_file(folder_ / "report.json", render_json(analysis));
    files.emplace_back("report.json");
    return files;
  }

  void figure(const std::optional<Figure>& figure, std::vector<DrawnFigure>& drawn) {
    if (figure) {
      std::string svg = draw(*figure, Medium::screen, runner_);
      write_file(folder_ / "figures" / (figure->name + ".svg"), svg);
      write_file(folder_ / "figures" / (figure->name + ".pdf"), draw(*figure, Medium::print, runner_));
      drawn.push_back({*figure, std::move(svg)});
    }
  }

private:
  std::filesystem::path folder_;
  CommandRunner& runner_;
};

/// Figures of a cell are of its typical trial, read whole again. One that cannot be read any more costs its figures.
DrawnCell draw_cell(const Analysis& analysis, std::size_t index, const WholeTrial& whole, Writer& writer) {
  DrawnCell drawn{index, {}};
  const CellFacts& cell = analysis.cells[index];
  if (cell.typical) {
    const TrialOutcome trial = whole(*cell.typical);
    writer.figure(timeline_figure(cell, trial), drawn.figures);
    writer.figure(switch_figure(cell, trial), drawn.figures);
  }
  writer.figure(percentile_figure(cell, *analysis.run), drawn.figures);
  return drawn;
}

} // namespace

void write_report(
    const MeasuredRun& run,
    const WholeTrial& whole,
    const std::filesystem::path& folder,
    CommandRunner& runner) {
  with_context("report into " + folder.native(), [&] {
    const Analysis analysis = analyse(run);
    Writer writer(folder, runner);
    const std::vector<std::string> files = writer.tables(analysis);
    std::vector<DrawnFigure> overview;
    writer.figure(total_time_figure(analysis), overview);
    writer.figure(downtime_figure(analysis), overview);
    writer.figure(model_error_figure(analysis), overview);
    std::vector<DrawnCell> cells;
    for (std::size_t i = 0; i < analysis.cells.size() && cells.size() < most_cells_drawn; ++i) {
      DrawnCell drawn = draw_cell(analysis, i, whole, writer);
      if (!drawn.figures.empty()) {
        cells.push_back(std::move(drawn));
      }
    }
    write_file(folder / "index.html", render_page(analysis, overview, cells, files));
  });
}

} // namespace migralab
