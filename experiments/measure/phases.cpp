// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/phases.hpp"

#include "answers.hpp"

namespace migralab {

double PhaseSummary::failed_share() const {
  return requests.planned == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(requests.planned);
}

PhaseSummary phase_summary(const ProbeTrace& trace, Instant from, Instant to) {
  PhaseSummary phase;
  phase.length = std::max(Nanoseconds(to - from), Nanoseconds(0));
  phase.requests = summarize(trace, from, to);
  const auto in_time = phase.requests.ends.find(RequestEnd::answered);
  phase.failed = phase.requests.planned - (in_time == phase.requests.ends.end() ? 0 : in_time->second);
  std::size_t came = 0;
  for (const RequestSample& sample : trace.samples) {
    if (!is_answer(sample)) {
      continue;
    }
    came += *sample.answered >= from && *sample.answered < to ? 1U : 0U;
    if (sample.planned >= from && sample.planned < to) {
      phase.latencies.record(*sample.answered - sample.planned);
    }
  }
  if (phase.length > Nanoseconds(0)) {
    phase.rate = static_cast<double>(came) / std::chrono::duration<double>(phase.length).count();
  }
  return phase;
}

PhaseSummaries phase_summaries(const ProbeTrace& trace, const Phases& phases) {
  return {
      .before = phase_summary(trace, phases.before, phases.during),
      .during = phase_summary(trace, phases.during, phases.after),
      .after = phase_summary(trace, phases.after, phases.end)};
}

std::optional<double> degradation_percent(double before, double now) {
  return before > 0 ? std::optional(100 * (before - now) / before) : std::nullopt;
}

} // namespace migralab
