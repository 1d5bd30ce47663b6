// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/hypervisor/xen_features.hpp"
#include "migralab/lab/preflight.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/simulated/lab.hpp"
#include "migration_options.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

struct Options {
  std::string guest;
  std::string host;
  std::vector<std::string> also; // "GUEST=HOST"
  std::string lab;
  bool check = false;
  bool json = false;
  MigrationWishes wishes;
};

using Json = nlohmann::ordered_json;

std::vector<Move> moves_of(const Options& options) {
  std::vector<Move> moves{{options.guest, options.host}};
  for (const std::string& text : options.also) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
      throw Error(fmt::format("--also: '{}' is not a guest and a host", text), ExitStatus::bad_input)
          .with_hint("write --also GUEST=HOST, once for each further guest");
    }
    moves.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return moves;
}

Json to_json(const MigrationRecord& record, Technique technique, const std::string& accelerator) {
  Json json{
      {"schema", "migralab.migration/1"},
      {"guest", record.guest},
      {"from", record.from},
      {"to", record.to},
      {"technique", to_string(technique)},
      {"succeeded", record.succeeded},
      {"error", record.error},
      {"accelerator", accelerator},
      {"total_time_ms", static_cast<double>(record.total_time().count()) / 1e6},
      {"samples", record.samples.size()},
      {"statistics", record.completed}};
  const auto downtime = record.hypervisor_downtime();
  json["hypervisor_downtime_ms"] =
      downtime ? nlohmann::ordered_json(static_cast<double>(downtime->count()) / 1e6) : nlohmann::ordered_json();
  return json;
}

void print(const MigrationRecord& record, const std::string& accelerator) {
  const auto downtime = record.hypervisor_downtime();
  fmt::print(
      "{} moved from {} to {} in {}; downtime {}{}{}\n",
      record.guest,
      record.from,
      record.to,
      human(record.total_time()),
      downtime ? human(*downtime) : "unknown",
      accelerator == simulated_accelerator ? "" : " as the hypervisor reports it",
      caution_about(accelerator).sentence.empty() ? "" : " (" + caution_about(accelerator).sentence + ")");
}

Json to_json(const std::vector<MigrationRecord>& records, Technique technique, const std::string& accelerator) {
  if (records.size() == 1) {
    return to_json(records.front(), technique, accelerator);
  }
  Json migrations = Json::array();
  for (const MigrationRecord& record : records) {
    migrations.push_back(to_json(record, technique, accelerator));
    migrations.back().erase("schema");
  }
  return {{"schema", "migralab.migrations/1"}, {"migrations", migrations}};
}

/// Of those that did not move; nothing when all did.
void expect_moved(const std::vector<MigrationRecord>& records) {
  std::string text;
  std::string hint;
  for (const MigrationRecord& record : records) {
    if (!record.succeeded) {
      text += fmt::format(
          "{}{} did not move from {} to {}: {}",
          text.empty() ? "" : "\n",
          record.guest,
          record.from,
          record.to,
          record.error);
      hint += records.size() == 1
                  ? fmt::format("it goes on running on {}", record.from)
                  : fmt::format("{}{} goes on running on {}", hint.empty() ? "" : ", ", record.guest, record.from);
    }
  }
  if (!text.empty()) {
    throw_if_interrupted();
    throw Error(text).with_hint(hint);
  }
}

std::string_view to_string(PreflightFinding::Verdict verdict) {
  switch (verdict) {
  case PreflightFinding::Verdict::ok:
    return "ok";
  case PreflightFinding::Verdict::failed:
    return "failed";
  case PreflightFinding::Verdict::unknown:
    return "unknown";
  }
  return {};
}

Json to_json(const std::vector<PreflightFinding>& findings) {
  Json list = Json::array();
  bool ready = true;
  for (const PreflightFinding& finding : findings) {
    ready = ready && !finding.failed();
    list.push_back(
        {{"guest", finding.guest},
         {"from", finding.from},
         {"to", finding.to},
         {"prerequisite", to_string(finding.prerequisite)},
         {"verdict", to_string(finding.verdict)},
         {"what", finding.what},
         {"fix", finding.fix}});
  }
  return {{"schema", "migralab.preflight/1"}, {"ready", ready}, {"prerequisites", list}};
}

/// The exit code: that of a migration that would be refused.
int print(const std::vector<PreflightFinding>& findings, bool json) {
  if (json) {
    fmt::print("{}\n", to_json(findings).dump(2));
  } else {
    std::vector<std::vector<std::string>> rows{{"GUEST", "FROM", "TO", "PREREQUISITE", "VERDICT", ""}};
    for (const PreflightFinding& finding : findings) {
      rows.push_back(
          {finding.guest,
           finding.from,
           finding.to,
           std::string(to_string(finding.prerequisite)),
           std::string(to_string(finding.verdict)),
           finding.fix.empty() ? finding.what : fmt::format("{} ({})", finding.what, finding.fix)});
    }
    fmt::print("{}", render_rows(rows));
  }
  try {
    expect_ready(findings);
  } catch (const Error& error) {
    return static_cast<int>(error.status()); // what it says is printed above
  }
  return 0;
}

constexpr auto longest = std::chrono::minutes(6);
constexpr auto patience = std::chrono::seconds(5);
/// Five rounds of 2 GiB at 100 Mbit/s take 15 minutes. One that is left alone in the middle would end with a guest that
/// runs nowhere, and an emulated host takes its time to give it up.
constexpr auto longest_by_xen = std::chrono::minutes(60);
constexpr auto patience_with_xen = std::chrono::seconds(30);

/// Throws Error when one did not move.
void tell_of(
    const std::vector<MigrationRecord>& records,
    Technique technique,
    const std::string& accelerator,
    bool json) {
  if (json) {
    fmt::print("{}\n", to_json(records, technique, accelerator).dump(2));
  } else {
    for (const MigrationRecord& record : records) {
      if (record.succeeded) {
        print(record, accelerator);
      }
    }
  }
  expect_moved(records);
}

int migrate_simulated_guests(
    OpenLab& lab,
    const std::vector<Move>& moves,
    const MigrationOptions& wished,
    const Options& options) {
  if (options.check) {
    expect_real(lab.topology, "--check");
  }
  const LabLock lock = lock_lab(lab.state.lab, "migrate");
  const LabFolder folder(lab.state.lab);
  lab.state = folder.read().value_or(lab.state); // as it was left by whoever had the lock before
  const std::vector<MigrationRecord> records = migrate_simulated(lab.topology, lab.state, moves, wished);
  folder.write(lab.state);
  tell_of(records, wished.technique, lab.state.accelerator, options.json);
  return 0;
}

int migrate(const Options& options) {
  const std::vector<Move> moves = moves_of(options);
  const MigrationOptions wished = options_of(options.wishes);
  expect_consistent(wished);
  OpenLab lab = open_any_lab(options.lab);
  if (lab.state.simulated) {
    return migrate_simulated_guests(lab, moves, wished, options);
  }
  const bool xen = std::any_of(moves.begin(), moves.end(), [&](const Move& move) {
    return host_of(lab.topology, move.to).hypervisor == HostSpec::Hypervisor::xen;
  });
  if (!options.check) {
    for (const Move& move : moves) {
      expect_available(wished, features_of(host_of(lab.topology, move.to).hypervisor));
    }
  }
  const LabLock lock = lock_lab(lab.state.lab, "migrate");
  return inside(
      lab.state.keeper,
      [&] {
        Interior interior(lab.topology);
        if (options.check) {
          return print(preflight(lab.topology, interior, moves, wished), options.json);
        }
        tell_of(interior.migrate(moves, wished), wished.technique, lab.state.accelerator, options.json);
        return 0;
      },
      xen ? longest_by_xen : longest,
      Network::of_lab,
      xen ? patience_with_xen : patience);
}

} // namespace

void add_migrate(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("migrate", "live-migrate a guest to another host");
  verb->add_option("GUEST", options->guest, "the guest")->required();
  verb->add_option("HOST", options->host, "where to")->required();
  verb->add_option("--also", options->also, "GUEST=HOST: another one that begins at the same time; may be repeated")
      ->allow_extra_args(false);
  verb->add_flag("--check", options->check, "only look whether everything is there that it needs");
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->add_flag(
      "--copy-storage",
      options->wishes.options.copy_storage,
      "copy the disk along, for a guest on storage of type local");
  add_migration_options(*verb, options->wishes);
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options, &outcome] { outcome.code = migrate(*options); });
}

} // namespace migralab
