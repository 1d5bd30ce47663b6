// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

#include "grid.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr std::string_view style = R"(:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; }
.warning { border-left: 6px solid #d55e00; background: #fdf1e7; padding: .6rem 1rem; margin: 1rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
th { background: #f6f6f4; font-weight: 600; }
th.left, td.left { text-align: left; }
th.group { text-align: center; }
tr.median td { font-weight: 600; border-top: 2px solid #888; }
.provenance td { white-space: normal; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; }
)";

std::string heading_row(const Grid& grid) {
  std::string html = "<tr>";
  for (std::size_t i = 0; i < grid.columns.size();) {
    std::size_t end = i + 1;
    while (end < grid.columns.size() && grid.columns[end].group == grid.columns[i].group) {
      ++end;
    }
    html += fmt::format("<th class=\"group\" colspan=\"{}\">{}</th>", end - i, html_escaped(grid.columns[i].group));
    i = end;
  }
  html += "</tr>\n<tr>";
  for (const Grid::Column& column : grid.columns) {
    html += fmt::format("<th{}>{}</th>", column.to_the_right ? "" : " class=\"left\"", html_escaped(column.name));
  }
  return html + "</tr>\n";
}

std::string table(const Grid& grid) {
  std::string html = "<div class=\"scroll\"><table>\n<thead>\n" + heading_row(grid) + "</thead>\n<tbody>\n";
  for (const auto& row : grid.rows) {
    html += row.front() == "median" ? "<tr class=\"median\">" : "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += fmt::format("<td{}>{}</td>", grid.columns[i].to_the_right ? "" : " class=\"left\"", html_escaped(row[i]));
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table></div>\n";
}

std::string failures(const RunOutcome& run) {
  std::string html;
  for (const TrialOutcome& trial : run.trials) {
    if (!trial.migration.succeeded) {
      html += fmt::format("<p>Trial {} failed: {}</p>\n", trial.trial, html_escaped(trial.migration.error));
    }
  }
  return html;
}

std::string link_rates(const RunOutcome& run) {
  if (run.link_rates.empty()) {
    return {};
  }
  std::string html =
      "<h2>Links</h2>\n<table>\n<thead>\n<tr><th class=\"left\">network</th><th class=\"left\">node</th>"
      "<th class=\"left\">direction</th><th>declared</th><th>measured</th><th>off by</th></tr>\n</thead>\n<tbody>\n";
  for (const LinkRate& rate : run.link_rates) {
    html += fmt::format(
        "<tr{}><td class=\"left\">{}</td><td class=\"left\">{}</td><td "
        "class=\"left\">{}</td><td>{}</td><td>{}</td><td>{:+.1f} %</td></tr>\n",
        rate.off() ? " class=\"warning\"" : "",
        html_escaped(rate.network),
        html_escaped(rate.node),
        to_string(rate.direction),
        to_string(rate.declared),
        human(rate.measured),
        rate.deviation() * 100);
  }
  return html + "</tbody>\n</table>\n<p>Measured before the first trial; more than 5 % off is marked.</p>\n";
}

std::string provenance(const RunOutcome& run) {
  std::string html = "<table class=\"provenance\">\n<tbody>\n";
  for (const auto& [key, value] : run.provenance) {
    html += fmt::format(
        "<tr><th class=\"left\">{}</th><td class=\"left\">{}</td></tr>\n", html_escaped(key), html_escaped(value));
  }
  return html + "</tbody>\n</table>\n";
}

/// Without the XML declaration and document type, which have no place inside a page.
std::string_view element_of(std::string_view figure) {
  const std::size_t start = figure.find("<svg");
  return start == std::string_view::npos ? std::string_view() : figure.substr(start);
}

constexpr std::string_view files = R"(<ul>
<li><a href="trials.csv">trials.csv</a>: a row per trial</li>
<li><a href="requests.csv">requests.csv</a>: every request of every probe</li>
<li><a href="job_samples.csv">job_samples.csv</a>: the migration job's statistics while it ran</li>
<li><a href="events.csv">events.csv</a>: what happened to the guests</li>
<li><a href="network.csv">network.csv</a>: interface counters</li>
<li><a href="link_rates.csv">link_rates.csv</a>: what shaped links carried before the first trial</li>
<li><a href="run.json">run.json</a>: the trials, their statistics and the provenance</li>
<li><a href="timeline.svg">timeline.svg</a>: the figure</li>
</ul>
<p>Times are seconds since the start of the run, by the client's monotonic clock.</p>
)";

} // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += letter;
    }
  }
  return out;
}

std::string render_page(const RunOutcome& run, std::string_view figure) {
  const std::string experiment = html_escaped(run.experiment);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}: migralab</title>\n<style>\n{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
      experiment,
      style);
  html += fmt::format("<p>Lab {}, {} trials</p>\n", html_escaped(run.lab), run.trials.size());
  html += fmt::format(
      "<p{}>{}</p>\n", is_emulated(run) ? " class=\"warning\" role=\"note\"" : "", html_escaped(accelerator_note(run)));
  html += "<h2>Timeline</h2>\n<figure style=\"margin: 0\">\n";
  html += element_of(figure);
  html += "</figure>\n<h2>Trials</h2>\n";
  html += table(trial_grid(run));
  html += failures(run);
  html += "<p>Downtime: by the hypervisor's own account; by each probe, the longest silence that its client saw. "
          "Failed: requests without a good answer.</p>\n";
  if (const Grid networks = network_grid(run); !networks.columns.empty()) {
    html += "<h2>Networks</h2>\n" + table(networks);
  }
  html += link_rates(run);
  html += "<h2>Provenance</h2>\n" + provenance(run);
  html += "<h2>Files</h2>\n";
  html += files;
  return html + "</body>\n</html>\n";
}

} // namespace migralab
