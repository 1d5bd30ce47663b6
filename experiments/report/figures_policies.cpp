// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/policy_figures.hpp"

#include "dots.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/plan/plan.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

Figure figure_of(const PolicyFigure& wanted) {
  Figure figure;
  figure.name = wanted.name;
  figure.title = wanted.title;
  figure.warning = caution_about(simulated_accelerator).brief;
  for (const PolicyMeasure& measure : wanted.measures) {
    std::vector<Dots> rows;
    for (const PolicyRow& row : measure.rows) {
      rows.push_back({row.policy, 0, row.values, row.median, row.interval});
    }
    figure.left = left_margin(rows);
    figure.panels.push_back(dots_panel(measure.heading, measure.heading, rows, 1, true));
  }
  return figure;
}

} // namespace

void write_policy_figures(
    const std::vector<PolicyFigure>& figures,
    const std::filesystem::path& folder,
    CommandRunner& runner) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error(fmt::format("{}: {}", folder.string(), problem.message()), ExitStatus::bad_input);
  }
  for (const PolicyFigure& wanted : figures) {
    const Figure figure = figure_of(wanted);
    write_file(folder / (figure.name + ".svg"), draw(figure, Medium::screen, runner));
    write_file(folder / (figure.name + ".pdf"), draw(figure, Medium::print, runner));
  }
}

} // namespace migralab
