// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/rate.hpp"

#include "answers.hpp"
#include "migralab/core/error.hpp"

namespace migralab {

RateSeries answer_rate(const ProbeTrace& trace, Instant from, Instant to, Nanoseconds grain) {
  if (grain <= Nanoseconds(0)) {
    throw Error("a rate needs a grain of time", ExitStatus::bad_input);
  }
  RateSeries series{grain, {}};
  for (Instant at = from; at + grain <= to; at += grain) {
    series.points.push_back({at, 0});
  }
  const double one = 1 / std::chrono::duration<double>(grain).count();
  for (const RequestSample& sample : trace.samples) {
    if (is_answer(sample) && *sample.answered >= from) {
      const auto index = static_cast<std::size_t>((*sample.answered - from) / grain);
      if (index < series.points.size()) {
        series.points[index].value += one;
      }
    }
  }
  return series;
}

} // namespace migralab
