// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/cluster_file.hpp"
#include "migralab/balance/decision_json.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <optional>

namespace migralab {

namespace {

using namespace balance;

struct Options {
  std::string state;
  std::string policy = "ferreira-2013";
  std::vector<std::string> settings;
  std::vector<std::string> evacuate;
  bool json = false;
};

void evacuate(Cluster& cluster, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto host =
        std::find_if(cluster.hosts.begin(), cluster.hosts.end(), [&](const Host& one) { return one.name == name; });
    if (host == cluster.hosts.end()) {
      std::vector<std::string> known;
      for (const Host& one : cluster.hosts) {
        known.push_back(one.name);
      }
      throw Error(fmt::format("--evacuate {}: the state has no such host", name), ExitStatus::bad_input)
          .with_hint(suggest(name, known, "hosts"));
    }
    host->evacuating = true;
  }
}

std::string percent(double share) {
  return fmt::format("{:.1f}", 100 * share);
}

std::string in_words(Rule rule, double ceiling) {
  switch (rule) {
  case Rule::source:
    return "is there";
  case Rule::evacuating:
    return "is to be emptied";
  case Rule::inbound:
    return "a guest is coming to it already";
  case Rule::apart:
    return "anti-affinity";
  case Rule::together:
    return "affinity";
  case Rule::cpu:
  case Rule::mem:
  case Rule::net:
    return fmt::format("{} above {} %", to_string(rule), percent(ceiling));
  case Rule::no_gain:
    return "no improvement";
  case Rule::unneeded:
    return "not the first choice";
  case Rule::contended:
    return "another guest of the combination";
  case Rule::taken:
    return "taken";
  }
  return "";
}

std::string in_words(const GuestRecord& record) {
  switch (record.verdict) {
  case Verdict::moves:
    return "moves";
  case Verdict::unneeded:
    return "not needed";
  case Verdict::too_little:
    return "too little alone";
  case Verdict::no_destination:
    return "no destination";
  case Verdict::paced:
    return record.why;
  }
  return "";
}

void print_destinations(const GuestRecord& record, const Cluster& cluster, double ceiling) {
  if (record.destinations.empty()) {
    return;
  }
  fmt::print("  destinations of {}, first choice first:\n", cluster.guests[record.guest].name);
  std::vector<std::vector<std::string>> rows{{"    HOST", "CPU %", "MEM %", "NET % WITH IT", ""}};
  for (const DestinationRecord& destination : record.destinations) {
    rows.push_back(
        {"    " + cluster.hosts[destination.host].name,
         percent(destination.after.cpu),
         percent(destination.after.mem),
         percent(destination.after.net),
         in_words(destination.rule, ceiling)});
  }
  fmt::print("{}", render_rows(rows));
  for (std::size_t rule = 0; rule < rules; ++rule) {
    if (record.others[rule] > 0) {
      fmt::print("    and {} more: {}\n", record.others[rule], in_words(static_cast<Rule>(rule), ceiling));
    }
  }
  if (record.not_looked_at > 0) {
    fmt::print("    and {} more\n", record.not_looked_at);
  }
}

std::string in_words(HostRecord::Trigger trigger) {
  switch (trigger) {
  case HostRecord::Trigger::overloaded:
    return "overloaded";
  case HostRecord::Trigger::uneven:
    return "above the mean of hosts that differ too much";
  case HostRecord::Trigger::evacuating:
    return "to be emptied";
  }
  return "";
}

void print_record(const HostRecord& record, const Cluster& cluster, const Parameters& parameters) {
  const std::string& name = cluster.hosts[record.host].name;
  fmt::print(
      "{} is {}: cpu {} %, mem {} %, net {} %{}\n",
      name,
      in_words(record.trigger),
      percent(record.load.cpu),
      percent(record.load.mem),
      percent(record.load.net),
      record.trigger == HostRecord::Trigger::overloaded
          ? fmt::format("; limit {} %, target {} %", percent(record.limit), percent(record.target))
          : "");
  if (!record.guests.empty()) {
    std::vector<std::vector<std::string>> rows{{"  GUEST", "VOLUME", "COST", "CPU %", "MEM %", "NET % WITHOUT IT", ""}};
    for (const GuestRecord& guest : record.guests) {
      rows.push_back(
          {"  " + cluster.guests[guest.guest].name,
           fmt::format("{:.2f}", guest.volume),
           fmt::format("{:.2f}", guest.cost),
           percent(guest.source_after.cpu),
           percent(guest.source_after.mem),
           percent(guest.source_after.net),
           in_words(guest)});
    }
    fmt::print("{}", render_rows(rows));
  }
  for (const GuestRecord& guest : record.guests) {
    print_destinations(guest, cluster, parameters.ceiling);
  }
  if (!record.searched_all) {
    fmt::print("  the search for a combination came to its limit, {} steps\n", record.steps);
  }
  if (!record.why.empty()) {
    fmt::print("  {}\n", record.why);
  }
  fmt::print("\n");
}

void print(const Decision& decision, const Cluster& cluster, const Parameters& parameters) {
  for (const HostRecord& record : decision.records) {
    print_record(record, cluster, parameters);
  }
  for (const auto& move : decision.moves) {
    fmt::print("move {} from {} to {}\n", move.guest, move.from, move.to);
  }
  for (const auto& move : decision.advice) {
    fmt::print("advice: move {} from {} to {}\n", move.guest, move.from, move.to);
  }
  if (decision.records.empty()) {
    fmt::print("nothing to do\n");
  } else if (decision.moves.empty() && decision.advice.empty()) {
    fmt::print("nothing can be done\n");
  }
}

ClusterFile state_of(const Options& options) {
  ClusterFile file = load_cluster(options.state);
  evacuate(file.cluster, options.evacuate);
  return file;
}

void decide(const Options& options) {
  std::optional<Policy> policy;
  std::optional<Error> wrong_policy;
  try {
    policy.emplace(make_policy(options.policy, options.settings));
  } catch (const Error& error) {
    wrong_policy = error;
  }
  ClusterFile file;
  try {
    file = state_of(options);
  } catch (const Error&) {
    if (wrong_policy) { // the mistakes of both in one go
      complain(*wrong_policy);
    }
    throw;
  }
  if (wrong_policy) {
    throw Error(*wrong_policy);
  }
  for (const auto& move : file.in_flight) {
    policy->started(move);
  }
  const Decision decision = policy->decide(file.cluster, std::chrono::steady_clock::now());
  if (options.json) {
    fmt::print("{}", to_json(decision, file.cluster, options.policy, policy->parameters(), balance::Layout::indented));
  } else {
    print(decision, file.cluster, policy->parameters());
  }
}

} // namespace

void add_balance_decide(CLI::App& balance) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = balance.add_subcommand("decide", "what a policy would do with a cluster as it is, and why");
  verb->add_option("--state", options->state, "the cluster (JSON, docs/balancing.md); - is standard input")->required();
  verb->add_option("--policy", options->policy, "see `migralab balance policies`")->capture_default_str();
  verb->add_option("--set", options->settings, "a parameter: overload=0.8; may be repeated")->allow_extra_args(false);
  verb->add_option("--evacuate", options->evacuate, "a host that is to be emptied; may be repeated")
      ->allow_extra_args(false);
  verb->add_flag("--json", options->json, "for scripts; `migralab schema balance-decision` describes it");
  verb->callback([options] { decide(*options); });
}

} // namespace migralab
