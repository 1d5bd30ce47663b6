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
#include <unistd.h>

namespace migralab {

namespace {

constexpr const char* elsewhere = "make room for it, or name another folder with --output";

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error("cannot make the folder " + folder.native() + ": " + problem.message()).with_hint(elsewhere);
  }
}

/// A report while it is made: out of sight in the folder that it is for, which may hold other things of its owner.
class Draft {
public:
  explicit Draft(const std::filesystem::path& folder) : folder_(folder), is_new_(!std::filesystem::exists(folder)) {
    make_folder(folder_);
    std::string pattern = (folder_ / ".unfinished-XXXXXX").native();
    if (::mkdtemp(pattern.data()) == nullptr) {
      const Error error = system_error("cannot write into the folder " + folder_.native());
      clear();
      throw Error(error).with_hint(elsewhere);
    }
    path_ = pattern;
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() { clear(); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// What an earlier report had and this one has not (a cell that is not drawn any more) does not stay.
  void put_in_place() const {
    for (const char* part : {"tables", "figures", "report.json", "index.html"}) {
      std::error_code problem;
      std::filesystem::remove_all(folder_ / part, problem);
      if (!problem && std::filesystem::exists(path_ / part, problem)) {
        std::filesystem::rename(path_ / part, folder_ / part, problem);
      }
      if (problem) {
        throw Error("cannot put " + (folder_ / part).native() + " in its place: " + problem.message());
      }
    }
  }

private:
  void clear() const {
    std::error_code ignored; // a leftover is hidden, and is no report
    if (!path_.empty()) {
      std::filesystem::remove_all(path_, ignored);
    }
    if (is_new_) {
      std::filesystem::remove(folder_, ignored); // where nothing came to lie in it
    }
  }

  std::filesystem::path folder_;
  bool is_new_;
  std::filesystem::path path_;
};

class Writer {
public:
  Writer(std::filesystem::path folder, CommandRunner& runner) : folder_(std::move(folder)), runner_(runner) {
    for (const char* part : {"tables", "figures"}) {
      make_folder(folder_ / part);
    }
  }

  std::vector<std::string> tables(const Analysis& analysis) {
    std::vector<std::string> files;
    const auto write = [&](const std::string& name, const std::string& text) {
      put("tables/" + name, text);
      files.push_back("tables/" + name);
    };
    for (const auto& [name, text] : csv_tables(analysis)) {
      write(name, text);
    }
    const std::string warning = figure_warning(analysis);
    std::string markdown;
    for (const Table& table : printed_tables(analysis)) {
      markdown += markdown_table(table, warning) + "\n";
      write(table.name + ".tex", latex_table(table, warning));
    }
    write("tables.md", markdown);
    put("report.json", render_json(analysis));
    files.emplace_back("report.json");
    return files;
  }

  void figure(const std::optional<Figure>& figure, std::vector<DrawnFigure>& drawn) {
    if (figure) {
      std::string svg = draw(*figure, Medium::screen, runner_);
      put("figures/" + figure->name + ".svg", svg);
      put("figures/" + figure->name + ".pdf", draw(*figure, Medium::print, runner_));
      drawn.push_back({*figure, std::move(svg)});
    }
  }

  void page(const std::string& html) const { put("index.html", html); }

private:
  void put(const std::string& name, const std::string& text) const {
    try {
      write_file(folder_ / name, text);
    } catch (const Error& error) {
      throw Error(error).with_hint(elsewhere);
    }
  }

  std::filesystem::path folder_;
  CommandRunner& runner_;
};

/// Figures of a cell are of its typical trial, read whole again. One that cannot be read any more costs its figures.
DrawnCell draw_cell(const Analysis& analysis, std::size_t index, const WholeTrial& whole, Writer& writer) {
  DrawnCell drawn{index, {}};
  const CellFacts& cell = analysis.cells[index];
  if (cell.typical) {
    const TrialOutcome trial = whole(*cell.typical);
    writer.figure(load_figure(cell, trial), drawn.figures);
    writer.figure(placement_figure(cell, trial), drawn.figures);
    writer.figure(timeline_figure(cell, trial), drawn.figures);
    writer.figure(workload_figure(cell, trial), drawn.figures);
    writer.figure(switch_figure(cell, trial), drawn.figures);
  }
  writer.figure(percentile_figure(cell, *analysis.run), drawn.figures);
  return drawn;
}

void write_parts(const MeasuredRun& run, const WholeTrial& whole, Writer& writer) {
  const Analysis analysis = analyse(run);
  const std::vector<std::string> files = writer.tables(analysis);
  std::vector<DrawnFigure> overview;
  writer.figure(total_time_figure(analysis), overview);
  writer.figure(downtime_figure(analysis), overview);
  writer.figure(model_error_figure(analysis), overview);
  writer.figure(saturation_figure(analysis), overview);
  std::vector<DrawnCell> cells;
  for (std::size_t i = 0; i < analysis.cells.size() && cells.size() < most_cells_drawn; ++i) {
    DrawnCell drawn = draw_cell(analysis, i, whole, writer);
    if (!drawn.figures.empty()) {
      cells.push_back(std::move(drawn));
    }
  }
  writer.page(render_page(analysis, overview, cells, files));
}

} // namespace

void write_report(
    const MeasuredRun& run,
    const WholeTrial& whole,
    const std::filesystem::path& folder,
    CommandRunner& runner) {
  const Draft draft(folder);
  try {
    Writer writer(draft.path(), runner);
    write_parts(run, whole, writer);
  } catch (const Error& error) {
    if (error.status() == ExitStatus::machine_lacks) {
      draft.put_in_place(); // the tables are whole, and need no gnuplot
    }
    throw error.in("report into " + folder.native());
  }
  draft.put_in_place();
}

} // namespace migralab
