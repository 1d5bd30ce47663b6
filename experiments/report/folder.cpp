// SPDX-License-Identifier: Apache-2.0
#include "digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "migralab/report/report.hpp"
#include "whole_run.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>

namespace migralab {

namespace {

/// A report is the same wherever the folder is.
std::string without_path(std::string text, const std::filesystem::path& folder) {
  const std::string path = (folder / "trials/").native();
  for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path, at + 1)) {
    text.replace(at, path.size(), "trials/");
  }
  return text;
}

const std::string* provenance_of(const RunRecord& run, const std::string& key) {
  const auto found =
      std::find_if(run.provenance.begin(), run.provenance.end(), [&](const auto& fact) { return fact.first == key; });
  return found == run.provenance.end() ? nullptr : &found->second;
}

/// What was asked for, and what is written there now: reports may be made with another text on purpose (a sentence
/// about the run, published values), but not in silence.
std::vector<std::string> changed_inputs(const RunRecord& run, const std::filesystem::path& folder) {
  std::vector<std::string> sentences;
  for (const auto& [file, key] :
       {std::pair("experiment.exp.yaml", "experiment_sha256"), std::pair("topology.lab.yaml", "topology_sha256")}) {
    const std::string* digest = provenance_of(run, key);
    if (digest != nullptr && *digest != sha256_of_text(read_plain_file(folder / file))) {
      sentences.push_back(fmt::format(
          "{} was changed since the run began: run.json has another digest of it. What it says now may not be what was "
          "measured",
          file));
    }
  }
  return sentences;
}

std::vector<std::string> doubts_of(const RunRecord& run, const std::filesystem::path& folder) {
  std::vector<std::string> doubts = changed_inputs(run, folder);
  if (lacks_digests(folder)) {
    doubts.emplace_back(
        "This bundle lost its SHA256SUMS: each trial is still checked by its own, but not run.json and the two files "
        "of what was asked for");
  }
  return doubts;
}

} // namespace

MeasuredRun read_measured(const std::filesystem::path& folder) {
  const RunFolder source = RunFolder::open(folder);
  MeasuredRun result;
  result.run = source.header();
  result.damaged = differing_files(source);
  result.doubts = doubts_of(result.run, folder);
  Predictions predictions;
  const std::vector<unsigned> numbers = source.trials();
  const std::vector<std::string> changed = result.damaged;
  for (const unsigned number : numbers) {
    const std::string files = fmt::format("trials/{:04}/", number);
    if (std::any_of(changed.begin(), changed.end(), [&](const auto& what) { return what.starts_with(files); })) {
      continue; // named already
    }
    try {
      TrialOutcome trial = source.read(number);
      predictions.add(trial);
      result.trials.push_back(measured(std::move(trial), result.run.cells));
    } catch (const std::exception& problem) { // whatever a damaged file makes of a parser
      result.damaged.push_back(fmt::format("trial {}: {}", number, without_path(problem.what(), folder)));
    }
  }
  result.extent = extent_of(result);
  std::erase_if(result.extent.missing, [&](unsigned number) {
    return std::binary_search(numbers.begin(), numbers.end(), number);
  });
  add_predictions(result, predictions);
  add_moves_not_made(result);
  return result;
}

WholeTrial whole_trials(const std::filesystem::path& folder) {
  return [source = RunFolder::open(folder)](unsigned number) { return source.read(number); };
}

} // namespace migralab
