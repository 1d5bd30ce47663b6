// SPDX-License-Identifier: Apache-2.0
// Carries out a plan: each step as soon as what it needs is done, several at a time.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/plan/plan.hpp"

#include <cstddef>
#include <functional>

namespace migralab {

struct StepReport {
  const Step& step;
  std::size_t done = 0; // steps done, this one included
  Nanoseconds took;
};

/// Performs every step, at most `workers` at a time. After a failure no new step starts; the first failure is thrown
/// when those under way have ended, with the step's name in front. `report` is never called by two threads at once.
void execute(
    const Plan& plan,
    std::size_t workers,
    const std::function<void(const Step&)>& perform,
    const std::function<void(const StepReport&)>& report);

} // namespace migralab
