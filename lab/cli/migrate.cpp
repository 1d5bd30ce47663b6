// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migration_options.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

struct Options {
  std::string guest;
  std::string host;
  std::string lab;
  bool json = false;
  MigrationWishes wishes;
};

nlohmann::ordered_json to_json(const MigrationRecord& record, Technique technique, const std::string& accelerator) {
  nlohmann::ordered_json json{
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
      "{} moved from {} to {} in {}; downtime {} as the hypervisor reports it{}\n",
      record.guest,
      record.from,
      record.to,
      human(record.total_time()),
      downtime ? human(*downtime) : "unknown",
      accelerator == "kvm" ? "" : " (software emulation, TCG)");
}

int migrate(const Options& options) {
  const MigrationOptions wished = options_of(options.wishes);
  expect_available(wished, migration_features(feature_facts()));
  const OpenLab lab = open_lab(options.lab);
  const LabLock lock(LabFolder(lab.state.lab), "migrate", false, std::chrono::seconds(2));
  if (!lock.held()) {
    throw Error(fmt::format("lab {} has just been taken down", lab.state.lab));
  }
  return inside(
      lab.state.keeper,
      [&] {
        Interior interior(lab.topology);
        const MigrationRecord record = interior.migrate(options.guest, options.host, wished);
        if (options.json) {
          fmt::print("{}\n", to_json(record, wished.technique, lab.state.accelerator).dump(2));
        }
        if (!record.succeeded) {
          throw_if_interrupted();
          throw Error(
              fmt::format("{} did not move from {} to {}: {}", record.guest, record.from, record.to, record.error))
              .with_hint(fmt::format("it goes on running on {}", record.from));
        }
        if (!options.json) {
          print(record, lab.state.accelerator);
        }
        return 0;
      },
      std::chrono::minutes(6));
}

} // namespace

void add_migrate(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("migrate", "live-migrate a guest to another host");
  verb->add_option("GUEST", options->guest, "the guest")->required();
  verb->add_option("HOST", options->host, "where to")->required();
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
