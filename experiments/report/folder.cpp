// SPDX-License-Identifier: Apache-2.0
#include "digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "migralab/report/report.hpp"
#include "predicted.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>

namespace migralab {

MeasuredRun read_measured(const std::filesystem::path& folder) {
  const RunFolder source = RunFolder::open(folder);
  MeasuredRun result;
  result.run = source.header();
  result.damaged = differing_files(folder);
  Predictions predictions;
  const std::vector<std::string> changed = result.damaged;
  for (const unsigned number : source.trials()) {
    const std::string files = fmt::format("trials/{:04}/", number);
    if (std::any_of(changed.begin(), changed.end(), [&](const auto& what) { return what.starts_with(files); })) {
      continue; // named already
    }
    try {
      TrialOutcome trial = source.read(number);
      predictions.add(trial);
      result.trials.push_back(measured(std::move(trial), result.run.cells));
    } catch (const std::exception& problem) { // whatever a damaged file makes of a parser
      std::string why = problem.what();
      // A report is the same wherever the folder is.
      for (const std::string& prefix : {folder.native() + "/", folder.native() + ": ", folder.native()}) {
        for (std::size_t at = why.find(prefix); !prefix.empty() && at != std::string::npos; at = why.find(prefix)) {
          why.erase(at, prefix.size());
        }
      }
      result.damaged.push_back(fmt::format("trial {}: {}", number, why));
    }
  }
  add_predictions(result, predictions);
  return result;
}

WholeTrial whole_trials(const std::filesystem::path& folder) {
  return [source = RunFolder::open(folder)](unsigned number) { return source.read(number); };
}

} // namespace migralab
