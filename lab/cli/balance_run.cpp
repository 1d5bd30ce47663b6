// SPDX-License-Identifier: Apache-2.0
#include "balance_summary.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/balancer/balancer.hpp"
#include "migralab/balancer/trace_files.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/doctor.hpp"
#include "migration_options.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

namespace migralab {

namespace {

struct Options {
  std::string lab;
  std::string policy = "ferreira-2013";
  std::vector<std::string> settings;
  std::vector<std::string> evacuate;
  std::vector<std::string> together; // "web,db"
  std::vector<std::string> apart;
  std::string time; // empty: until an interrupt
  std::string output;
  bool json = false;
  MigrationWishes migration;
};

constexpr auto look_interval = std::chrono::milliseconds(100);

coordination::NamedGroup group_of(balance::Group::Kind kind, const std::string& text) {
  coordination::NamedGroup group{.kind = kind, .guests = {}};
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, ',');) {
    group.guests.insert(name);
  }
  return group;
}

std::vector<coordination::NamedGroup> groups_of(const Options& options) {
  std::vector<coordination::NamedGroup> groups;
  for (const std::string& text : options.together) {
    groups.push_back(group_of(balance::Group::Kind::together, text));
  }
  for (const std::string& text : options.apart) {
    groups.push_back(group_of(balance::Group::Kind::apart, text));
  }
  return groups;
}

/// Nothing: until an interrupt.
std::optional<Nanoseconds> time_limit(const Options& options) {
  if (options.time.empty()) {
    return std::nullopt;
  }
  const auto parsed = parse_duration(options.time);
  if (!parsed.value || parsed.value->count() <= 0) {
    throw Error(
        fmt::format("--for {}: {}", options.time, parsed.problem.empty() ? "is no time at all" : parsed.problem),
        ExitStatus::bad_input)
        .with_hint("write for example --for 5min");
  }
  return parsed.value;
}

std::string clock_text(Instant at, Instant origin) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at - origin).count();
  return fmt::format("{:2}:{:02}", seconds / 60, seconds % 60);
}

/// What has happened since the last time, as lines on stderr.
class Narrator {
public:
  explicit Narrator(Instant origin) : origin_(origin) {}

  void tell_news(const balancer::BalanceTrace& trace) {
    for (; samples_ < trace.samples.size(); ++samples_) {
      add(trace.samples[samples_]);
    }
    for (; notes_ < trace.notes.size(); ++notes_) {
      const auto& note = trace.notes[notes_];
      say(note.at, fmt::format("{}: {}", note.node, note.text));
    }
    for (; rounds_ < trace.rounds.size(); ++rounds_) {
      tell_round(trace.rounds[rounds_]);
    }
    for (; begun_ < trace.moves.size(); ++begun_) {
      const auto& move = trace.moves[begun_];
      say(move.began, fmt::format("{} leaves {} for {}", move.guest, move.from, move.to));
    }
    for (; orders_ < trace.orders.size(); ++orders_) {
      const auto& order = trace.orders[orders_];
      const std::string why = order.why.empty() ? "" : ": " + order.why;
      say(order.at, fmt::format("move of {} to {}: {}{}", order.guest, order.to, order.end, why));
    }
  }

private:
  void say(Instant at, const std::string& text) const { talk(fmt::format("{}  {}", clock_text(at, origin_), text)); }

  /// A line for each time that all hosts have told.
  void add(const balancer::LoadSample& sample) {
    if (!sample.guest.empty()) {
      return;
    }
    if (row_.contains(sample.host)) {
      tell_row();
    }
    row_[sample.host] = sample.average;
    row_at_ = sample.at;
  }

  void tell_row() {
    std::string text;
    for (const auto& [host, average] : row_) {
      text += fmt::format(
          "{}{} cpu {:.0f} mem {:.0f} net {:.0f} %",
          text.empty() ? "" : "  ",
          host,
          100 * average.cpu,
          100 * average.mem,
          100 * average.net);
    }
    say(row_at_, text);
    row_.clear();
  }

  void tell_round(const balancer::BalanceRound& round) const {
    std::string what;
    for (const auto& moves : {round.moves, round.advice}) {
      for (const auto& move : moves) {
        what += fmt::format("{}{} to {}", what.empty() ? "" : ", ", move.guest, move.to);
      }
    }
    const char* verb = round.advice.empty() ? "" : "would move ";
    std::string asked;
    for (const std::string& host : round.asked_by) {
      asked += (asked.empty() ? "" : ", ") + host;
    }
    say(round.at,
        fmt::format(
            "round {}{}: {}{}{}",
            round.number,
            asked.empty() ? "" : ", asked for by " + asked,
            verb,
            what.empty() ? "nothing to move" : what,
            round.held_back.empty() ? "" : "; held back: " + round.held_back));
  }

  Instant origin_;
  std::map<std::string, balance::Load> row_;
  Instant row_at_;
  std::size_t samples_ = 0;
  std::size_t notes_ = 0;
  std::size_t rounds_ = 0;
  std::size_t begun_ = 0;
  std::size_t orders_ = 0;
};

void write_tables(const balancer::BalanceTrace& trace, Instant origin, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const balancer::TraceTable& table : balancer::trace_tables()) {
    write_file(folder / table.file, table.write(trace, origin));
  }
}

int balance_lab(const OpenLab& lab, const balancer::BalanceWish& wish, const Options& options) {
  const std::optional<Nanoseconds> limit = time_limit(options);
  const Instant origin = std::chrono::steady_clock::now();
  Narrator narrator(origin);
  const auto balancer = balancer::start_balancer(lab.topology, lab.state, wish, lab.folder / "balancer");
  while (!interrupted() && (!limit || std::chrono::steady_clock::now() - origin < *limit)) {
    std::this_thread::sleep_for(look_interval);
    balancer->look();
    narrator.tell_news(balancer->trace());
  }
  const balancer::BalanceTrace trace = balancer->stop();
  const double overload = balance::make_policy(wish.policy, wish.parameters).parameters().overload;
  const auto summary = balancer::summarize(trace, overload);
  if (!options.output.empty()) {
    write_tables(trace, origin, options.output);
    talk(fmt::format("samples, decisions and moves are in {}", options.output));
  }
  tell(options.json ? balance_summary_json(summary, wish.policy) : balance_summary_text(summary, overload));
  return 0;
}

int run(const Options& options) {
  balancer::BalanceWish wish{
      .policy = options.policy,
      .parameters = options.settings,
      .groups = groups_of(options),
      .evacuate = {options.evacuate.begin(), options.evacuate.end()},
      .migration = options_of(options.migration)};
  static_cast<void>(balance::make_policy(wish.policy, wish.parameters)); // its mistakes before those of the lab
  static_cast<void>(time_limit(options));
  expect_consistent(wish.migration);
  expect_available(wish.migration, migration_features(feature_facts()));
  const OpenLab lab = open_lab(options.lab);
  const LabLock lock(LabFolder(lab.state.lab), "balance run", false, std::chrono::seconds(2));
  if (!lock.held()) {
    throw Error(fmt::format("lab {} has just been taken down", lab.state.lab));
  }
  return inside(lab.state.keeper, [&] { return balance_lab(lab, wish, options); });
}

} // namespace

void add_balance_run(CLI::App& balance, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = balance.add_subcommand("run", "balance a lab that is up: an agent on every host and a coordinator");
  verb->add_option("LAB", options->lab, "the lab; may be left out when there is only one");
  verb->add_option("--policy", options->policy, "see `migralab balance policies`")->capture_default_str();
  verb->add_option("--set", options->settings, "a parameter: period=2s; may be repeated")->allow_extra_args(false);
  verb->add_option("--for", options->time, "how long: 5min; else until Ctrl-C");
  verb->add_option("--evacuate", options->evacuate, "a host that is to be emptied; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--together", options->together, "web,db: guests that stay on one host; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--apart", options->apart, "web,db: guests that share no host; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--output", options->output, "a folder for samples, decisions and moves (CSV and JSON lines)");
  add_migration_options(*verb, options->migration);
  verb->add_flag("--json", options->json, "the summary for scripts");
  verb->callback([options, &outcome] { outcome.code = run(*options); });
}

} // namespace migralab
