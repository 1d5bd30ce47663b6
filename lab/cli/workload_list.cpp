// SPDX-License-Identifier: Apache-2.0
#include "migralab/workload/kind.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const WorkloadKind& kind) {
  Json options = Json::array();
  for (const WorkloadOption& option : kind.options) {
    options.push_back({{"name", option.name}, {"default", option.fallback}, {"about", option.about}});
  }
  Json metrics = Json::array();
  for (const WorkloadMetric& metric : kind.metrics) {
    metrics.push_back({{"name", metric.name}, {"unit", metric.unit}, {"about", metric.about}});
  }
  Json programs = Json::array();
  for (const ProgramNeed& need : kind.programs) {
    programs.push_back({{"program", need.program}, {"package", need.package}});
  }
  return {
      {"kind", kind.name},
      {"about", kind.about},
      {"loop", to_string(kind.loop)},
      {"options", options},
      {"metrics", metrics},
      {"programs", programs}};
}

std::string programs_of(const WorkloadKind& kind) {
  std::string text;
  for (const ProgramNeed& need : kind.programs) {
    const std::string from = need.package.empty() ? "ours, in micro and debian" : "Debian package " + need.package;
    text += (text.empty() ? "" : ", ") + fmt::format("{} ({})", need.program, from);
  }
  return text;
}

void print(const WorkloadKind& kind) {
  fmt::print("{}: {}; {}\n  needs {}\n", kind.name, kind.about, to_string(kind.loop), programs_of(kind));
  std::vector<std::vector<std::string>> rows{{"  OPTION", "DEFAULT", "ABOUT"}};
  for (const WorkloadOption& option : kind.options) {
    rows.push_back({"  " + option.name, option.fallback, option.about});
  }
  fmt::print("{}", render_rows(rows));
  rows = {{"  METRIC", "UNIT", "ABOUT"}};
  for (const WorkloadMetric& metric : kind.metrics) {
    rows.push_back({"  " + metric.name, metric.unit.empty() ? "-" : metric.unit, metric.about});
  }
  fmt::print("{}\n", render_rows(rows));
}

} // namespace

CLI::App* add_workload_list(CLI::App& workload, Outcome& outcome) {
  struct Options {
    std::string kind;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = workload.add_subcommand("ls", "the kinds, with options, defaults, metrics and needed programs");
  verb->add_option("KIND", options->kind, "only this one");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options, &outcome] {
    const std::vector<std::string> kinds =
        options->kind.empty() ? workload_kinds() : std::vector<std::string>{options->kind};
    Json all = Json::array();
    for (const std::string& name : kinds) {
      const WorkloadKind& kind = workload_kind(name);
      if (options->json) {
        all.push_back(to_json(kind));
      } else {
        print(kind);
      }
    }
    if (options->json) {
      fmt::print("{}\n", Json{{"schema", "migralab.workload-kinds/1"}, {"kinds", all}}.dump(2));
    }
    outcome.code = 0;
  });
  return verb;
}

} // namespace migralab
