// SPDX-License-Identifier: Apache-2.0
// The tables of Ferreira and Martins 2013 (tests/unit/balance/published).
#pragma once

#include "migralab/balance/cluster.hpp"
#include "migralab/core/csv.hpp"

#include "support/golden.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab::balance::test {

inline void for_each_row(const std::string& table, const std::function<void(const CsvReader&)>& use) {
  const auto path = migralab::test::source_path("tests/unit/balance/published/ferreira2013_" + table + ".csv");
  const std::string text = migralab::test::read_text(path);
  CsvReader rows(table, text, Instant{});
  while (rows.next()) {
    use(rows);
  }
}

/// A line of the tables 7.1, 7.3 and 7.4. Of 7.1 and 7.3 only the processor is printed; the rest is as in the first
/// lines of 7.4, when the same guests were on the same hosts.
struct Sample {
  std::string time; // of the day
  std::string host;
  Load smoothed;
  Load sampled;
};

inline std::vector<Sample> samples_of(const std::string& table, const std::string& host, bool cpu_only) {
  const double mem = host == "59" ? 0.46 : host == "61" ? 0.244 : 0.196;
  std::vector<Sample> samples;
  for_each_row(table + "_host" + host, [&](const CsvReader& row) {
    const auto load = [&](const std::string& suffix) {
      const auto share = [&](const char* resource) { return row.number(resource + suffix) / 100; };
      return cpu_only ? Load{share("cpu"), mem, 0} : Load{share("cpu"), share("mem"), share("net")};
    };
    samples.push_back({row.text("time"), host, load("_smoothed_pct"), load("_pct")});
  });
  return samples;
}

struct PrintedGuest {
  Guest guest;
  double volume = 0;
  double cost = 0;
};

/// Tables 7.2, 7.5, 7.6 and 7.7.
inline std::vector<PrintedGuest> guests_of(const std::string& table, HostIndex host) {
  std::vector<PrintedGuest> guests;
  for_each_row(table, [&](const CsvReader& row) {
    const Load load{row.number("cpu_pct") / 100, row.number("mem_pct") / 100, row.number("net_pct") / 100};
    guests.push_back({{row.text("vm"), host, load, row.number("image_mb")}, row.number("volume"), row.number("cost")});
  });
  return guests;
}

} // namespace migralab::balance::test
