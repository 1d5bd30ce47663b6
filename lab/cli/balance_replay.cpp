// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/units.hpp"
#include "migralab/simulation/measures.hpp"
#include "migralab/simulation/policies.hpp"
#include "migralab/simulation/trace_files.hpp"
#include "session.hpp"
#include "table.hpp"
#include "timed_balancer.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

namespace migralab {

namespace {

using namespace simulation;

struct Options {
  std::string trace;
  std::string policy = "thr-mmt";
  std::vector<std::string> settings;
  std::optional<unsigned> hosts;
  bool free_sizes = false;
  bool json = false;
};

constexpr unsigned most_hosts = 100'000;
constexpr auto some_interval = std::chrono::minutes(5); // to look at settings before the trace is read

struct Replay {
  std::string kind;
  std::size_t guests = 0;
  std::size_t hosts = 0;
  std::size_t steps = 0;
  Nanoseconds interval{0};
  simulation::HostSpec first_host;
  simulation::Outcome outcome;
  Nanoseconds mean_decision{0};
  Nanoseconds longest_decision{0};
};

KnownTrace trace_of(const Options& options) {
  std::optional<Error> wrong_policy;
  try {
    static_cast<void>(make_policy(options.policy, options.settings, some_interval));
  } catch (const Error& error) {
    wrong_policy = error;
  }
  KnownTrace trace;
  try {
    trace = read_trace(options.trace);
  } catch (const Error&) {
    if (wrong_policy) { // the mistakes of both in one go
      complain(*wrong_policy);
    }
    throw;
  }
  if (wrong_policy) {
    throw Error(*wrong_policy);
  }
  return trace;
}

Replay replay(const Options& options) {
  KnownTrace known = trace_of(options);
  Replay done;
  done.kind = known.kind;
  done.guests = known.trace.guests.size();
  done.steps = known.trace.steps;
  done.interval = known.trace.interval;
  const std::size_t told = known.trace.hosts.size();
  if (told > 0 && options.hosts) {
    throw Error("--hosts: samples of a lab tell which hosts there are", ExitStatus::bad_input)
        .with_hint("leave it out");
  }
  // Those without guests are off.
  done.hosts = told > 0 ? told : options.hosts.value_or(static_cast<unsigned>(done.guests));
  const auto policy = make_policy(options.policy, options.settings, done.interval);
  Model model;
  model.sizes_bind = !options.free_sizes;
  const Scenario scenario = scenario_for(std::move(known.trace), done.hosts, model);
  done.first_host = scenario.hosts.front();
  TimedBalancer timed(*policy);
  try {
    done.outcome = simulate(scenario, timed);
  } catch (const Error& error) {
    throw error.in(fmt::format("{} with {} hosts", options.trace, done.hosts));
  }
  done.mean_decision = timed.mean();
  done.longest_decision = timed.longest();
  return done;
}

std::string plural(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string text_of(const Replay& done, const Options& options) {
  std::string text = fmt::format(
      "simulated, not measured: {} of a {} trace, {} samples, one every {:g} s, on {}, policy {}\n",
      plural(done.guests, "guest"),
      done.kind,
      done.steps,
      std::chrono::duration<double>(done.interval).count(),
      plural(done.hosts, "host"),
      options.policy);
  if (done.kind == "Bitbrains") {
    text += fmt::format(
        "hosts of {} cores of {:.0f} MIPS and {:.0f} MB, as the trace's guests need; power scaled from an HP ProLiant "
        "ML110 G5\n",
        done.first_host.cores,
        done.first_host.core_mips,
        done.first_host.memory_mb);
  }
  std::vector<std::vector<std::string>> rows;
  for (const Measure& measure : measures()) {
    rows.push_back({measure.heading, simulation::text_of(measure, measure.value(done.outcome)), measure.about});
  }
  rows.push_back(
      {"DECISION TIME", human(done.mean_decision), fmt::format("mean; {} at most", human(done.longest_decision))});
  return text + render_rows(rows);
}

std::string json_of(const Replay& done, const Options& options) {
  using Json = nlohmann::ordered_json;
  const auto ms = [](Nanoseconds span) { return std::chrono::duration<double, std::milli>(span).count(); };
  Json outcome = Json::object();
  for (const Measure& measure : measures()) {
    outcome[measure.key] = measure.value(done.outcome);
  }
  const Json json{
      {"schema", "migralab.balance-replay/1"},
      {"simulated", true},
      {"trace", done.kind},
      {"guests", done.guests},
      {"hosts", done.hosts},
      {"steps", done.steps},
      {"interval_s", std::chrono::duration<double>(done.interval).count()},
      {"policy", options.policy},
      {"settings", options.settings},
      {"outcome", outcome},
      {"decision_ms", {{"mean", ms(done.mean_decision)}, {"longest", ms(done.longest_decision)}}}};
  return json.dump(2) + "\n";
}

void run(const Options& options) {
  const Replay done = replay(options);
  tell(options.json ? json_of(done, options) : text_of(done, options));
}

} // namespace

void add_balance_replay(CLI::App& balance) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = balance.add_subcommand(
      "replay", "what a policy would have made of a trace, in a simulated cluster (docs/simulator.md)");
  verb->add_option(
          "TRACE",
          options->trace,
          "a folder of PlanetLab or Bitbrains (GWA-T-12), a file of Bitbrains, or a folder with samples of a lab "
          "(balance_samples.csv)")
      ->required();
  verb->add_option("--policy", options->policy, "see `migralab balance policies`")->capture_default_str();
  verb->add_option("--set", options->settings, "a parameter: threshold=0.7; may be repeated")->allow_extra_args(false);
  verb->add_option("--hosts", options->hosts, "how many; else one for each guest: those without guests are off")
      ->check(CLI::Range(1U, most_hosts));
  verb->add_flag("--free-sizes", options->free_sizes, free_sizes_about);
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options] { run(*options); });
}

} // namespace migralab
