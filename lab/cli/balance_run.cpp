// SPDX-License-Identifier: Apache-2.0
#include "balance_summary.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/balancer/balancer.hpp"
#include "migralab/balancer/trace_files.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/simulated/lab.hpp"
#include "migration_options.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
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
    std::string reasons = round.held_back.empty() ? "" : "; held back: " + round.held_back;
    for (const std::string& reason : round.reasons) {
      reasons += "; " + reason;
    }
    say(round.at,
        fmt::format(
            "round {}{}: {}{}{}",
            round.number,
            asked.empty() ? "" : ", asked for by " + asked,
            verb,
            what.empty() ? "nothing to move" : what,
            reasons));
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

/// Where the tables go. What there is of them is on the disk while the balancer runs: a process that is killed leaves
/// what it had.
class Tables {
public:
  /// Opens the folder before the lab is entered, whose mounts are those of the time when it came up. Empty: no tables.
  /// Throws Error.
  explicit Tables(const std::string& folder) : folder_(folder) {
    if (folder.empty()) {
      return;
    }
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) {
      throw Error(fmt::format("--output {}: {}", folder, problem.message()), ExitStatus::bad_input);
    }
    open_ = UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open_) {
      throw system_error("--output " + folder);
    }
    const bool empty = std::filesystem::directory_iterator(folder) == std::filesystem::directory_iterator();
    if (!empty) {
      throw Error(fmt::format("--output {}: the folder is not empty", folder), ExitStatus::bad_input)
          .with_hint("name a new one, so that nothing of an earlier run is mixed with this one");
    }
  }

  void write_now_and_then(const balancer::BalanceTrace& trace, Instant origin) {
    constexpr auto interval = std::chrono::seconds(10);
    constexpr int rest = 50; // times as long as writing took: of long runs there is much
    if (!open_ || std::chrono::steady_clock::now() < next_) {
      return;
    }
    const Instant began = std::chrono::steady_clock::now();
    try {
      write(trace, origin);
    } catch (const Error& error) { // the end decides
      talk(fmt::format("{}; tried again", error.what()));
    }
    const Instant ended = std::chrono::steady_clock::now();
    next_ = ended + std::max<Nanoseconds>(interval, rest * (ended - began));
  }

  void write(const balancer::BalanceTrace& trace, Instant origin) const {
    if (!open_) {
      return;
    }
    const std::filesystem::path inside = fmt::format("/proc/self/fd/{}", open_.get());
    for (const balancer::TraceTable& table : balancer::trace_tables()) {
      with_context("--output " + folder_, [&] { write_file(inside / table.file, table.write(trace, origin)); });
    }
  }

  /// What tells the folder apart from another's.
  void write_summary(const std::string& json) const {
    if (open_) {
      const std::filesystem::path inside = fmt::format("/proc/self/fd/{}", open_.get());
      with_context("--output " + folder_, [&] { write_file(inside / "summary.json", json); });
    }
  }

  void tell_where() const {
    if (open_) {
      talk(fmt::format("samples, decisions and moves are in {}", folder_));
    }
  }

private:
  std::string folder_;
  UniqueFd open_;
  Instant next_;
};

/// Migrations that go on when the time is over end before the summary.
void tell_of_open_moves(balancer::BalanceTrace trace) {
  find_untold(trace); // of an agent that was killed
  for (const balancer::BalanceMove& move : trace.moves) {
    if (!move.ended && !move.succeeded) {
      talk(fmt::format("waits for {}, which is moving to {}", move.guest, move.to));
    }
  }
}

void tell_result(
    const balancer::BalanceTrace& trace,
    Instant origin,
    const balancer::BalanceWish& wish,
    const std::string& accelerator,
    const Options& options,
    const Tables& tables) {
  const double overload = balance::make_policy(wish.policy, wish.parameters).parameters().overload;
  const auto summary = balancer::summarize(trace, overload);
  const std::string json = balance_summary_json(summary, wish.policy, accelerator);
  const std::string sentence = caution_about(accelerator).sentence;
  tell(options.json ? json : balance_summary_text(summary, overload) + sentence + (sentence.empty() ? "" : "\n"));
  tables.write(trace, origin);
  tables.write_summary(json);
  tables.tell_where();
}

int balance_lab(const OpenLab& lab, const balancer::BalanceWish& wish, const Options& options, Tables& tables) {
  const std::optional<Nanoseconds> limit = time_limit(options);
  const Instant origin = std::chrono::steady_clock::now();
  const std::filesystem::path logs = lab.folder / "balancer";
  Narrator narrator(origin);
  const auto balancer = balancer::start_balancer(lab.topology, lab.state, wish, logs);
  while (!interrupted() && (!limit || std::chrono::steady_clock::now() - origin < *limit)) {
    std::this_thread::sleep_for(look_interval);
    balancer->look();
    narrator.tell_news(balancer->trace());
    tables.write_now_and_then(balancer->trace(), origin);
  }
  tell_of_open_moves(balancer->trace());
  const balancer::BalanceTrace trace = balancer->stop();
  narrator.tell_news(trace);
  tell_result(trace, origin, wish, lab.state.accelerator, options, tables);
  expect_whole(trace, logs);
  return 0;
}

/// The same on a clock of its own.
int balance_simulated_lab(OpenLab& lab, const balancer::BalanceWish& wish, const Options& options, Tables& tables) {
  const std::optional<Nanoseconds> limit = time_limit(options);
  if (!limit) {
    throw Error(
        fmt::format("lab {} is simulated: its time passes at once, and has to end", lab.state.lab),
        ExitStatus::bad_input)
        .with_hint("say how long: --for 5min");
  }
  constexpr auto longest = std::chrono::hours(24);
  if (*limit > longest) {
    throw Error(
        fmt::format("--for {}: of a simulated lab a day is simulated at most", options.time), ExitStatus::bad_input)
        .with_hint("for longer times there are simulated clusters: `migralab balance simulate`");
  }
  const Instant origin = std::chrono::steady_clock::now();
  const LabFolder folder(lab.state.lab);
  lab.state = folder.read().value_or(lab.state); // as it was left by whoever had the lock before
  const balancer::BalanceTrace trace = balance_simulated(lab.topology, lab.state, wish, *limit, origin);
  folder.write(lab.state);
  Narrator(origin).tell_news(trace);
  tell_result(trace, origin, wish, lab.state.accelerator, options, tables);
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
  OpenLab lab = open_any_lab(options.lab);
  const LabLock lock = lock_lab(lab.state.lab, "balance run");
  if (lab.state.simulated) {
    Tables tables(options.output);
    return balance_simulated_lab(lab, wish, options, tables);
  }
  expect_available(wish.migration, migration_features(feature_facts()));
  Tables tables(options.output);
  return inside(lab.state.keeper, [&] { return balance_lab(lab, wish, options, tables); });
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
