// SPDX-License-Identifier: Apache-2.0
#include "migralab/models/availability.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/units.hpp"
#include "migralab/experiment/metrics.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "migralab/statistics/summary.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

/// As written on the command line.
struct Options {
  std::string time_to_failure;
  std::string time_to_repair;
  std::string between_migrations;
  std::string migration_time;
  std::string migration_downtime;
  double migration_failure = 0;
  std::string from; // a run's folder
  bool json = false;
};

/// What a run's migrations took: medians over its trials.
struct MeasuredMigrations {
  Nanoseconds time{};
  Nanoseconds downtime{};
  std::string downtime_of; // the metric: "downtime.http"
  std::size_t trials = 0;
};

Nanoseconds span(const char* option, const std::string& text) {
  const auto parsed = parse_duration(text);
  if (!parsed.value) {
    throw Error(fmt::format("{}: {}", option, parsed.problem), ExitStatus::bad_input);
  }
  if (*parsed.value <= Nanoseconds(0)) {
    throw Error(fmt::format("{}: {} is no mean time", option, text), ExitStatus::bad_input).with_hint("it is above 0");
  }
  return *parsed.value;
}

/// In seconds, of every guest that moved in every trial that succeeded and is no warm-up.
std::vector<double> values_of(const RunRecord& run, const std::string& name) {
  std::vector<double> values;
  for (const TrialOutcome& trial : run.trials) {
    if (trial.plan.warm_up || !trial.succeeded()) {
      continue;
    }
    const auto cell = std::find_if(
        run.cells.begin(), run.cells.end(), [&](const Cell& one) { return one.number == trial.plan.cell; });
    if (cell == run.cells.end()) {
      continue; // a trial of a file that was changed since: report says so
    }
    for (const Metric& metric : metrics_of(trial, *cell)) {
      if (metric.name == name || metric.name.ends_with(":" + name)) { // "GUEST:" with several guests
        values.push_back(metric.unit == "ms" ? metric.value / 1e3 : metric.value);
      }
    }
  }
  return values;
}

MeasuredMigrations measured_in(const std::string& folder) {
  std::vector<std::string> damaged;
  const RunRecord run = read_run(folder, damaged);
  for (const std::string& sentence : damaged) {
    talk("damaged, left out: " + sentence);
  }
  const auto span_of = [](double value) { return Nanoseconds(static_cast<std::int64_t>(value * 1e9)); };
  const std::vector<double> times = values_of(run, "total_time");
  if (times.empty()) {
    throw Error(fmt::format("no trial in {} migrated a guest", folder), ExitStatus::bad_input)
        .with_hint("give --migration-time and --migration-downtime instead");
  }
  // What clients see first: a service of many short requests is judged by these.
  for (const char* name : {"downtime.http", "downtime.udp", "downtime.push"}) {
    if (const std::vector<double> downtimes = values_of(run, name); !downtimes.empty()) {
      return {
          .time = span_of(median(times)),
          .downtime = span_of(median(downtimes)),
          .downtime_of = name,
          .trials = times.size()};
    }
  }
  throw Error(fmt::format("no client was watching in the trials of {}", folder), ExitStatus::bad_input)
      .with_hint("give --migration-downtime as well, or run the experiment with a probe");
}

/// "nan" is a number to the parser of options, and in no range.
void expect_share(double share) {
  if (!(share >= 0 && share < 1)) {
    throw Error(fmt::format("--migration-failure: {} is no share", share), ExitStatus::bad_input)
        .with_hint("it is at least 0 and below 1: 0.001 where one migration in a thousand loses the guest");
  }
}

AvailabilityInputs inputs_of(const Options& options, const std::optional<MeasuredMigrations>& measured) {
  expect_share(options.migration_failure);
  AvailabilityInputs inputs{
      .time_to_failure = span("--mtbf", options.time_to_failure),
      .time_to_repair = span("--mttr", options.time_to_repair)};
  if (options.between_migrations.empty()) {
    if (!options.migration_time.empty() || !options.migration_downtime.empty() || measured ||
        options.migration_failure > 0) {
      throw Error("it is not said how often the guest migrates", ExitStatus::bad_input)
          .with_hint("add --migrations-every 1d, or leave the other options of migrations out");
    }
    return inputs;
  }
  if (!measured && (options.migration_time.empty() || options.migration_downtime.empty())) {
    throw Error("it is not said what a migration takes", ExitStatus::bad_input)
        .with_hint("add --migration-time and --migration-downtime, the client's; or --from and the folder of a run");
  }
  inputs.time_between_migrations = span("--migrations-every", options.between_migrations);
  inputs.migration_time =
      options.migration_time.empty() ? measured->time : span("--migration-time", options.migration_time);
  inputs.migration_downtime = options.migration_downtime.empty()
                                  ? measured->downtime
                                  : span("--migration-downtime", options.migration_downtime);
  inputs.migration_failure = options.migration_failure;
  if (inputs.migration_downtime == Nanoseconds(0)) {
    throw Error(
        "no client noticed the run's migrations: their downtime is below what the probe tells", ExitStatus::bad_input)
        .with_hint("give --migration-downtime: the probe's interval is an upper bound");
  }
  if (inputs.migration_downtime >= inputs.migration_time) {
    throw Error(
        fmt::format(
            "--migration-downtime: {} is not below the migration's time, {}",
            human(inputs.migration_downtime),
            human(inputs.migration_time)),
        ExitStatus::bad_input)
        .with_hint("the downtime is a part of the migration");
  }
  return inputs;
}

double seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

/// "99.97 %" is not enough: as many digits as the unavailability needs.
std::string percent(double share) {
  return fmt::format("{:.7f} %", 100 * share);
}

/// Days, hours and minutes, as long times are read; below a minute as everywhere.
std::string in_words(double time) {
  struct Unit {
    const char* name;
    double length; // seconds
  };
  for (const Unit& unit : {Unit{"d", 24 * 3600}, Unit{"h", 3600}, Unit{"min", 60}}) {
    if (time >= unit.length) {
      return fmt::format("{:.2f} {}", time / unit.length, unit.name);
    }
  }
  return human(Nanoseconds(static_cast<std::int64_t>(time * 1e9)));
}

std::string per_year(double share) {
  constexpr double year = 365.25 * 24 * 3600;
  return in_words(share * year);
}

nlohmann::ordered_json to_json(const AvailabilityInputs& inputs, const Availability& result) {
  using Json = nlohmann::ordered_json;
  Json sensitivities = Json::array();
  for (const Sensitivity& sensitivity : result.sensitivities) {
    sensitivities.push_back({{"input", to_string(sensitivity.input)}, {"elasticity", sensitivity.elasticity}});
  }
  const auto& every = inputs.time_between_migrations;
  return {
      {"schema", "migralab.availability/1"},
      {"inputs",
       {{"time_to_failure_s", seconds(inputs.time_to_failure)},
        {"time_to_repair_s", seconds(inputs.time_to_repair)},
        {"time_between_migrations_s", every ? Json(seconds(*every)) : Json()},
        {"migration_time_s", every ? Json(seconds(inputs.migration_time)) : Json()},
        {"migration_downtime_s", every ? Json(seconds(inputs.migration_downtime)) : Json()},
        {"migration_failure_share", every ? Json(inputs.migration_failure) : Json()}}},
      {"availability", result.available()},
      {"unavailability", result.unavailable()},
      {"downtime_per_year_s", seconds(result.downtime_per_year)},
      {"shares",
       {{"up", result.up},
        {"migrating", result.migrating},
        {"switching", result.switching},
        {"failed", result.failed}}},
      {"sensitivities", sensitivities}};
}

void print(const Availability& result, const std::optional<MeasuredMigrations>& measured) {
  if (measured) {
    fmt::print(
        "migrations as measured, medians of {}: {} in all, {} of downtime ({})\n",
        measured->trials,
        human(measured->time),
        human(measured->downtime),
        measured->downtime_of);
  }
  fmt::print(
      "availability {}, down {} a year\n\n", percent(result.available()), in_words(seconds(result.downtime_per_year)));
  fmt::print(
      "{}\n",
      render_rows(
          {{"STATE", "SHARE OF TIME", "A YEAR"},
           {"up", percent(result.up), per_year(result.up)},
           {"migrating", percent(result.migrating), per_year(result.migrating)},
           {"switching", percent(result.switching), per_year(result.switching)},
           {"failed", percent(result.failed), per_year(result.failed)}}));
  std::vector<std::vector<std::string>> rows{{"INPUT, 1 % LARGER", "UNAVAILABILITY"}};
  for (const Sensitivity& sensitivity : result.sensitivities) {
    rows.push_back({std::string(to_string(sensitivity.input)), fmt::format("{:+.4f} %", sensitivity.elasticity)});
  }
  fmt::print("{}", render_rows(rows));
}

void availability_of(const Options& options) {
  std::optional<MeasuredMigrations> measured;
  if (!options.from.empty()) {
    measured = measured_in(options.from);
  }
  const AvailabilityInputs inputs = inputs_of(options, measured);
  const Availability result = availability(inputs);
  if (options.json) {
    fmt::print("{}\n", to_json(inputs, result).dump(2));
  } else {
    print(result, measured);
  }
}

} // namespace

void add_availability(CLI::App& app, Outcome& /*outcome*/) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("availability", "how much of the time a service is there, by a Markov chain (docs/models.md)");
  verb->add_option("--mtbf", options->time_to_failure, "mean time of the guest's host to a failure: 90d")->required();
  verb->add_option("--mttr", options->time_to_repair, "mean time until the guest runs again: 2h")->required();
  verb->add_option(
      "--migrations-every", options->between_migrations, "mean time between migrations: 1d; none: it stays");
  verb->add_option("--migration-time", options->migration_time, "what one takes in all: 12s");
  verb->add_option("--migration-downtime", options->migration_downtime, "how long a client got no answer: 300ms");
  verb->add_option("--migration-failure", options->migration_failure, "share of migrations that lose the guest: 0.001");
  verb->add_option("--from", options->from, "a run's folder: time and downtime of its migrations, as far as not given");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options] { availability_of(*options); });
}

} // namespace migralab
