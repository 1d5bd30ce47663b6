// SPDX-License-Identifier: Apache-2.0
// The order in which trials are run, and when there are enough of them.
#include "migralab/experiment/design.hpp"
#include "migralab/statistics/summary.hpp"

#include <algorithm>
#include <random>

namespace migralab {

namespace {

/// The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): neighbouring seeds and blocks give unrelated states.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

/// Uniform below `bound`. std::uniform_int_distribution and std::shuffle differ from library to library, the engine
/// does not (C++ standard, [rand.eng.mers]).
std::uint64_t below(std::uint64_t bound, std::mt19937_64& engine) {
  const std::uint64_t unfair = (0 - bound) % bound; // 2^64 mod bound: so many values too many
  std::uint64_t value = engine();
  while (value < unfair) {
    value = engine();
  }
  return value % bound;
}

} // namespace

std::vector<PlannedTrial>
block_of(const Experiment& experiment, const std::set<unsigned>& wanted, unsigned block, unsigned first) {
  std::vector<unsigned> order(wanted.begin(), wanted.end());
  std::mt19937_64 engine(mixed(mixed(experiment.seed) ^ block));
  for (std::size_t left = order.size(); left > 1; --left) { // Fisher and Yates, by Durstenfeld
    std::swap(order[left - 1], order[below(left, engine)]);
  }
  std::vector<PlannedTrial> trials;
  for (const unsigned cell : order) {
    for (unsigned leg = 1; leg <= experiment.legs(); ++leg) {
      trials.push_back(
          {.number = first++, .cell = cell, .block = block, .leg = leg, .warm_up = block <= experiment.warm_up});
    }
  }
  return trials;
}

std::set<unsigned> cells_wanted(
    const Experiment& experiment,
    const std::vector<Cell>& cells,
    unsigned block,
    const std::map<unsigned, std::vector<double>>& values) {
  const bool certain = block <= experiment.warm_up + experiment.repetitions;
  const bool rule = !experiment.stop.metric.empty();
  std::set<unsigned> wanted;
  if (!certain && (!rule || block > experiment.warm_up + experiment.stop.at_most)) {
    return wanted;
  }
  for (const Cell& cell : cells) {
    const auto known = values.find(cell.number);
    const bool none = known == values.end() || known->second.empty(); // more trials would not tell it either
    if (certain || !(none || precision_of(known->second, experiment.stop.within).reached)) {
      wanted.insert(cell.number);
    }
  }
  return wanted;
}

} // namespace migralab
