// SPDX-License-Identifier: Apache-2.0
// What tables of cells are made with.
#pragma once

#include "analysis.hpp"
#include "words.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab {

/// "1.20 to 1.45", with as many decimals as `like`; "n < 6", "no interval" where there is none.
[[nodiscard]] std::string interval_text(const IntervalOrRefusal& interval, double factor, double like);

/// Those that any cell has, in order.
[[nodiscard]] std::vector<std::string>
metrics_where(const Analysis& analysis, const std::function<bool(const MetricName&)>& wanted);

/// What an experiment is about: its migrations, or its balancer; where nothing moves, what was told of the whole
/// measuring.
[[nodiscard]] std::vector<std::string> headline(const Analysis& analysis);

} // namespace migralab
