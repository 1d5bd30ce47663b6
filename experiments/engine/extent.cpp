// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/extent.hpp"

#include <algorithm>

namespace migralab {

namespace {

/// The trials that the stopping rule allows.
unsigned most_trials(const Experiment& experiment, std::size_t cells) {
  return (experiment.warm_up + experiment.stop.at_most) * static_cast<unsigned>(cells) * experiment.legs();
}

} // namespace

RunExtent extent_of(const Experiment& experiment, const std::vector<Cell>& cells, const std::vector<SeenTrial>& seen) {
  std::map<unsigned, const SeenTrial*> by_number;
  for (const SeenTrial& trial : seen) {
    by_number[trial.plan.number] = &trial;
  }
  const bool rule = !experiment.stop.metric.empty();
  std::map<unsigned, std::vector<double>> values;
  RunExtent extent;
  unsigned next = 1;
  for (unsigned block = 1;; ++block) {
    const bool certain = block <= experiment.warm_up + experiment.repetitions;
    if (rule && !certain && !extent.missing.empty()) {
      extent.at_most = true; // whom the rule asked from here on, it decided by trials that are not there
      break;
    }
    const std::set<unsigned> wanted = cells_wanted(experiment, cells, block, values);
    if (wanted.empty()) {
      break;
    }
    for (const PlannedTrial& planned : block_of(experiment, wanted, block, next)) {
      const auto found = by_number.find(planned.number);
      if (found == by_number.end()) {
        extent.missing.push_back(planned.number);
      } else if (found->second->value) {
        values[found->second->plan.cell].push_back(*found->second->value);
      }
      ++next;
    }
  }
  extent.planned = next - 1;
  if (extent.at_most) {
    extent.planned = most_trials(experiment, cells.size());
    for (; !by_number.empty() && next < by_number.rbegin()->first; ++next) {
      if (!by_number.contains(next)) {
        extent.missing.push_back(next);
      }
    }
  }
  return extent;
}

} // namespace migralab
