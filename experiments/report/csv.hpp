// SPDX-License-Identifier: Apache-2.0
// Tidy tables for other programs: one observation a row, units in a column of their own or in a column's name.
#pragma once

#include "analysis.hpp"

#include <map>
#include <string>

namespace migralab {

/// By file name: metrics.csv, cells.csv, failures.csv, comparisons.csv; models.csv, published.csv, links.csv and those
/// of a balancer where there is something in them.
[[nodiscard]] std::map<std::string, std::string> csv_tables(const Analysis& analysis);

/// Of trials with a balancer: moves.csv, decisions.csv, weighed-guests.csv.
[[nodiscard]] std::map<std::string, std::string> balance_csv_tables(const Analysis& analysis);

} // namespace migralab
