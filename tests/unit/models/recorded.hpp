// SPDX-License-Identifier: Apache-2.0
// Migrations to fit models to: six real ones, and made-up ones whose parameters are known. quickstart_*.csv are the job
// statistics and outcomes of an idle 256 MiB guest over 1 Gbit/s, QEMU 7.2, under TCG.
#pragma once

#include "migralab/core/error.hpp"
#include "migralab/hypervisor/migration.hpp"
#include "support/golden.hpp"

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace migralab::test {

using Row = std::map<std::string, double>;

inline std::vector<Row> read_csv(const std::string& name) {
  std::istringstream text(read_text(source_path("tests/unit/models/" + name)));
  std::vector<std::string> header;
  std::vector<Row> rows;
  for (std::string line; std::getline(text, line);) {
    std::istringstream cells(line);
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, ',');) {
      row.push_back(cell);
    }
    if (header.empty()) {
      header = row;
      continue;
    }
    Row& named = rows.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      named[header.at(i)] = std::stod(row[i]);
    }
  }
  return rows;
}

inline Instant at(double seconds) {
  return Instant(Nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
}

inline std::vector<MigrationRecord> real_migrations() {
  const std::vector<Row> samples = read_csv("quickstart_samples.csv");
  std::vector<MigrationRecord> records;
  for (const Row& trial : read_csv("quickstart_trials.csv")) {
    MigrationRecord& record = records.emplace_back();
    record.guest = "web";
    record.succeeded = true;
    record.began = at(trial.at("began_s"));
    record.ended = at(trial.at("ended_s"));
    record.completed = trial;
    for (const Row& sample : samples) {
      if (sample.at("trial") == trial.at("trial")) {
        record.samples.push_back({at(sample.at("at_s")), sample});
      }
    }
  }
  return records;
}

/// Samples every 50 ms of a migration that behaves as the geometric model says.
inline MigrationRecord ideal_migration(double memory, double rate, double dirty, unsigned rounds) {
  MigrationRecord record;
  record.guest = "ideal";
  record.succeeded = true;
  record.began = at(100);
  double round_begins = 100.5; // a set-up of half a second
  double sent = 0;
  double left = memory;
  double pages_per_second = 0;
  for (unsigned round = 1; round <= rounds; ++round) {
    const double length = left / rate;
    for (double t = 0; t < length; t += 0.05) {
      record.samples.push_back(
          {at(round_begins + t),
           {{"memory_total", memory + 1000 * 4096},
            {"memory_constant", 1000},
            {"memory_page_size", 4096},
            {"memory_processed", sent + rate * t},
            {"memory_remaining", left - rate * t},
            {"memory_iteration", round},
            {"memory_dirty_rate", pages_per_second}}});
    }
    sent += left;
    left = dirty * length;
    round_begins += length;
    pages_per_second = dirty / 4096;
  }
  record.completed = {
      {"memory_processed", sent + left}, {"memory_constant", 1000}, {"downtime", 1e3 * left / rate + 20}};
  record.ended = at(round_begins + left / rate + 0.12);
  return record;
}

inline std::string complaint(const auto& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what() + (error.hint().empty() ? "" : " | " + error.hint());
  }
  return "nothing was thrown";
}

} // namespace migralab::test
