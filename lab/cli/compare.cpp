// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "migralab/report/report.hpp"
#include "results.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string first;
  std::string second;
  bool json = false;
  bool csv = false;
};

int compare_runs(const Options& options) {
  SystemRunner runner;
  const Results first(options.first, runner);
  const Results second(options.second, runner);
  const MeasuredRun one = read_measured(first.folder());
  const MeasuredRun other = read_measured(second.folder());
  tell(
      options.json  ? render_difference_json(one, other)
      : options.csv ? render_difference_csv(one, other)
                    : render_difference_table(one, other));
  for (const MeasuredRun* run : {&one, &other}) {
    for (const std::string& damaged : run->damaged) {
      talk(fmt::format("{}: damaged, left out: {}", run == &one ? options.first : options.second, damaged));
    }
  }
  if (!one.damaged.empty() || !other.damaged.empty()) {
    talk(std::string("hint: ") + damage_hint);
  }
  return static_cast<int>(one.damaged.empty() && other.damaged.empty() ? ExitStatus::ok : ExitStatus::failed);
}

} // namespace

void add_compare(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("compare", "two runs beside each other, cells matched by their levels");
  verb->add_option("FIRST", options->first, "a folder that `run` made, or a results bundle")->required();
  verb->add_option("SECOND", options->second, "another one")->required();
  CLI::Option* json = verb->add_flag("--json", options->json, "every metric, for scripts");
  verb->add_flag("--csv", options->csv, "every metric, a row each")->excludes(json);
  verb->callback([options, &outcome] { outcome.code = compare_runs(*options); });
}

} // namespace migralab
