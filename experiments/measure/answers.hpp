// SPDX-License-Identifier: Apache-2.0
// What counts as an answer, everywhere.
#pragma once

#include "migralab/measure/probe.hpp"

namespace migralab {

inline bool is_answer(const RequestSample& sample) {
  return sample.answered && (sample.end == RequestEnd::answered || sample.end == RequestEnd::late);
}

} // namespace migralab
