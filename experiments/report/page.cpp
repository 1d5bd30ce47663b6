// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

#include "figures.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "tables.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr std::string_view style = R"(:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .5rem; border-bottom: 1px solid #ddd; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .4rem 0; }
.warning { border-left: 6px solid #d55e00; background: #fdf1e7; padding: .6rem 1rem; margin: 1rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #e4e4e4; text-align: right; vertical-align: top; }
th { background: #f6f6f4; font-weight: 600; vertical-align: bottom; }
td { white-space: nowrap; }
small { display: block; color: #555; font-weight: 400; font-size: .82em; }
th.left, td.left { text-align: left; white-space: normal; overflow-wrap: break-word; max-width: 30rem; }
th.group { text-align: center; }
tr.last td { font-weight: 600; border-top: 2px solid #888; }
.note, figcaption { color: #555; font-size: .88rem; }
figure { margin: 1rem 0; }
figure svg { width: 100%; max-width: 760px; height: auto; display: block; }
details { margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; }
@media print { body { font-size: 10pt; max-width: none; } .scroll { overflow: visible; } figure { break-inside: avoid; } }
)";

/// `open`: as it is; otherwise behind a line that opens it.
std::string section(const std::string& heading, const Table& table, bool open = true) {
  if (table.empty()) {
    return {};
  }
  const std::string caption = fmt::format("<p>{}</p>\n", html_escaped(table.caption));
  if (open) {
    return fmt::format("<h2 id=\"{}\">{}</h2>\n{}{}", table.name, heading, caption, html_table(table));
  }
  return fmt::format(
      "<h2 id=\"{}\">{}</h2>\n<details>\n<summary>{} rows</summary>\n{}{}</details>\n",
      table.name,
      heading,
      table.rows.size(),
      caption,
      html_table(table));
}

constexpr std::size_t most_open_rows = 60;

std::string long_section(const std::string& heading, const Table& table) {
  return section(heading, table, table.rows.size() <= most_open_rows);
}

/// A further table of the section before it.
std::string below(const Table& table) {
  return table.empty() ? "" : fmt::format("<p>{}</p>\n", html_escaped(table.caption)) + html_table(table);
}

std::string drawn(const DrawnFigure& figure) {
  const std::string& name = figure.figure.name;
  return fmt::format(
      "<figure id=\"figure-{0}\">\n{1}<figcaption>{2} (<a href=\"figures/{0}.svg\">SVG</a>, "
      "<a href=\"figures/{0}.pdf\">PDF</a>)</figcaption>\n</figure>\n",
      html_escaped(name),
      inlined(figure.svg, name),
      html_escaped(figure.figure.caption));
}

const DrawnFigure* figure_named(const std::vector<DrawnFigure>& figures, std::string_view name) {
  for (const DrawnFigure& figure : figures) {
    if (figure.figure.name == name) {
      return &figure;
    }
  }
  return nullptr;
}

std::string drawn_if(const std::vector<DrawnFigure>& figures, std::string_view name) {
  const DrawnFigure* figure = figure_named(figures, name);
  return figure == nullptr ? std::string() : drawn(*figure);
}

std::string head(const Analysis& analysis) {
  const Experiment& experiment = analysis.run->run.experiment;
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}: migralab</title>\n<style>\n{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
      html_escaped(experiment.name),
      style);
  if (!experiment.about.empty()) {
    html += fmt::format("<p>{}</p>\n", html_escaped(experiment.about));
  }
  std::size_t warm_up = 0;
  for (const CellFacts& cell : analysis.cells) {
    warm_up += cell.warm_up;
  }
  html += fmt::format(
      "<p>{} cell{}, {}, {} of them warm-up; begun at {}</p>\n",
      analysis.cells.size(),
      analysis.cells.size() == 1 ? "" : "s",
      counted_trials(*analysis.run),
      warm_up,
      html_escaped(analysis.run->run.created_at));
  html += fmt::format(
      "<p{}>{}</p>\n",
      !analysis.caution.sentence.empty() ? " class=\"warning\" role=\"note\"" : "",
      html_escaped(accelerator_note(analysis)));
  for (const std::string& damaged : analysis.run->damaged) {
    html +=
        fmt::format("<p class=\"warning\" role=\"note\">Damaged, not in this report: {}</p>\n", html_escaped(damaged));
  }
  if (!analysis.run->damaged.empty()) {
    html += fmt::format("<p>What to do about damage: {}.</p>\n", html_escaped(damage_hint));
  }
  for (const std::string& remark : remarks(analysis)) {
    html += fmt::format("<p class=\"warning\" role=\"note\">{}.</p>\n", html_escaped(remark));
  }
  return html;
}

std::string definitions(const Analysis& analysis) {
  std::string html = fmt::format(
      "<details open>\n<summary>What the {} are</summary>\n<ul>\n", analysis.balanced ? "figures" : "downtimes");
  for (const std::string& definition : analysis.balanced ? balance_definitions() : downtime_definitions()) {
    html += fmt::format("<li>{}</li>\n", html_escaped(definition));
  }
  return html + "</ul>\n</details>\n";
}

std::string cell_sections(const Analysis& analysis, const std::vector<DrawnCell>& cells) {
  if (cells.empty()) {
    return {};
  }
  std::string html = "<h2 id=\"cells-drawn\">Each cell over time</h2>\n";
  if (cells.size() < analysis.cells.size()) {
    html += fmt::format(
        "<p class=\"note\">{} of {} cells are drawn; the tables have all.</p>\n", cells.size(), analysis.cells.size());
  }
  for (const DrawnCell& cell : cells) {
    const CellFacts& facts = analysis.cells[cell.cell];
    const bool open = cells.size() <= 3;
    html += fmt::format(
        "<details{}>\n<summary>Cell {}: {}</summary>\n",
        open ? " open" : "",
        facts.cell->number,
        html_escaped(facts.name));
    for (const DrawnFigure& figure : cell.figures) {
      html += drawn(figure);
    }
    html += "</details>\n";
  }
  return html;
}

std::string file_list(const std::vector<std::string>& files) {
  std::string html = "<h2 id=\"files\">Files</h2>\n<p>Tables: ";
  for (std::size_t i = 0; i < files.size(); ++i) {
    html += fmt::format("{}<a href=\"{}\">{}</a>", i == 0 ? "" : ", ", html_escaped(files[i]), html_escaped(files[i]));
  }
  return html +
         "</p>\n<p>Raw data: a folder per trial beside this report (<code>trials/0001</code>, ...): every request, "
         "every sample, every event. This report is made of them by <code>migralab report</code>.</p>\n";
}

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

} // namespace

std::string inlined(std::string_view svg, const std::string& prefix) {
  const std::size_t start = svg.find("<svg");
  if (start == std::string_view::npos) {
    return {};
  }
  std::string element(svg.substr(start));
  for (const char* reference : {"id='", "id=\"", "href='#", "href=\"#", "url(#"}) {
    replace_all(element, reference, reference + prefix + "-");
  }
  return element;
}

std::string render_page(
    const Analysis& analysis,
    const std::vector<DrawnFigure>& overview,
    const std::vector<DrawnCell>& cells,
    const std::vector<std::string>& files) {
  std::string html = head(analysis);
  html += section("Results", cell_table(analysis));
  html += drawn_if(overview, "total-time");
  html += drawn_if(overview, "downtimes");
  html += definitions(analysis);
  html += section("Published", source_table(analysis));
  html += below(published_table(analysis));
  html += section("Saturation", saturation_table(analysis));
  html += drawn_if(overview, "saturation");
  html += long_section("Comparisons", comparison_table(analysis));
  html += long_section("Influence of factors with two levels", influence_table(analysis));
  html += section("Failures", failure_table(analysis));
  const Table failed = failed_trials_table(analysis);
  html += failed.empty() ? "" : "<h3>Reasons</h3>\n" + html_table(failed);
  html += long_section("Moves", move_table(analysis));
  html += long_section("Decisions", decision_table(analysis));
  html += long_section("Guests as they were weighed", weighed_guest_table(analysis));
  html += long_section("Before, during and after", phase_table(analysis));
  html += long_section("Failed requests by kind", failed_request_table(analysis));
  html += long_section("Loss of service", loss_table(analysis));
  html += cell_sections(analysis, cells);
  html += long_section("Models", model_table(analysis));
  html += drawn_if(overview, "model-errors");
  html += long_section("Networks", network_table(analysis));
  html += long_section("Balancing", balance_table(analysis));
  html += long_section("Further metrics", other_table(analysis));
  html += long_section("Outliers", outlier_table(analysis));
  html += section("Design", design_table(analysis));
  html += below(factor_table(analysis));
  html += long_section("Links", link_table(analysis));
  html += long_section("Trials", trial_table(analysis));
  html += section("Provenance", provenance_table(analysis));
  html += file_list(files);
  return html + "</body>\n</html>\n";
}

} // namespace migralab
