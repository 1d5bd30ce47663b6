// SPDX-License-Identifier: Apache-2.0
#include "combinations.hpp"

namespace migralab {

std::vector<std::vector<std::string>> combinations_of(const Experiment& experiment) {
  if (experiment.factors.empty()) {
    return {{}};
  }
  std::vector<std::vector<std::string>> cells;
  switch (experiment.combination) {
  case Combination::list:
    return experiment.rows;
  case Combination::zip:
    for (std::size_t i = 0; i < experiment.factors.front().levels.size(); ++i) {
      auto& cell = cells.emplace_back();
      for (const Factor& factor : experiment.factors) {
        cell.push_back(factor.levels[i]);
      }
    }
    return cells;
  case Combination::full:
    break;
  }
  cells.emplace_back();
  for (const Factor& factor : experiment.factors) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& cell : cells) {
      for (const std::string& level : factor.levels) {
        longer.push_back(cell);
        longer.back().push_back(level);
      }
    }
    cells = std::move(longer);
  }
  return cells;
}

} // namespace migralab
