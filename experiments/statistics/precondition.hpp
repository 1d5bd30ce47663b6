// SPDX-License-Identifier: Apache-2.0
// What every function of this room asks of its arguments.
#pragma once

#include <span>
#include <string>

namespace migralab::statistics {

/// Throws Error unless there is a value and every value is finite.
void expect_values(std::span<const double> values);
/// Throws Error unless 0 < `value` < 1; `name` is what the sentence calls it.
void expect_probability(double value, const std::string& name);

} // namespace migralab::statistics
