// SPDX-License-Identifier: Apache-2.0
// Pre-copy of memory that is dirtied at one rate: without end (Liu), or until a working set is dirty.
#include "rounds.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::models {

MigrationPrediction geometric(const ModelInputs& inputs) {
  const double rate = bytes_per_second(inputs.dirty_rate);
  const double memory = static_cast<double>(inputs.memory.count);
  const Dirtying dirtying{[=](double, double length) { return std::min(memory, rate * length); }};
  return pre_copy(inputs, follow(inputs, first_round(inputs), dirtying));
}

MigrationPrediction saturating(const ModelInputs& inputs, bool sweep) {
  if (!inputs.working_set) {
    throw Error("there is no working set");
  }
  if (*inputs.working_set > inputs.memory) {
    throw Error(
        "the working set, " + to_string(*inputs.working_set) + ", is larger than the memory, " +
        to_string(inputs.memory));
  }
  const double rate = bytes_per_second(inputs.dirty_rate);
  const double set = static_cast<double>(inputs.working_set->count);
  const Dirtying dirtying{[=](double, double length) {
    if (set == 0) {
      return 0.0;
    }
    // expm1: a short round dirties rate * length, not the difference of two numbers near 1
    return sweep ? std::min(set, rate * length) : -set * std::expm1(-rate * length / set);
  }};
  return pre_copy(inputs, follow(inputs, first_round(inputs), dirtying));
}

} // namespace migralab::models
