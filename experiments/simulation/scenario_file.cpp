// SPDX-License-Identifier: Apache-2.0
// From a scenario as it was written to hosts, guests and policies.
#include "migralab/simulation/scenario_file.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/core/units.hpp"
#include "migralab/simulation/policies.hpp"
#include "migralab/simulation/random.hpp"
#include "migralab/simulation/trace_files.hpp"
#include "scenario_draft.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace migralab::simulation {

namespace {

constexpr auto default_interval = std::chrono::minutes(5);
constexpr auto default_length = std::chrono::hours(24);
constexpr unsigned quick_seeds = 2;
constexpr std::size_t most_samples = 200'000'000; // of all guests: 1.6 GB

/// "web", or "web1", "web2", ... of several.
std::string nth(const std::string& name, unsigned count, unsigned i) {
  return count == 1 ? name : fmt::format("{}{}", name, i + 1);
}

class Resolver {
public:
  Resolver(const ScenarioDraft& draft, Diagnostics& diagnostics) : draft_(draft), diagnostics_(diagnostics) {}

  ScenarioFile run() {
    file_.name = draft_.name.value;
    file_.about = draft_.about;
    add_hosts();
    check_source();
    add_guests();
    add_extent();
    add_policies();
    return std::move(file_);
  }

private:
  /// False, and an error, for a name that another has.
  bool is_new(std::map<std::string, Location>& names, const std::string& name, Location where, const char* kind) {
    const auto [entry, added] = names.emplace(name, where);
    if (!added) {
      diagnostics_.error(where, fmt::format("there are two {} '{}'", kind, name), "rename one of the two")
          .notes.emplace_back(entry->second, "the other is of these");
    }
    return added;
  }

  void add_hosts() {
    if (draft_.hosts.empty() && draft_.hosts_where.line > 0) {
      diagnostics_.error(draft_.hosts_where, "there is no host", "a cluster has one host at least");
    }
    for (const HostDraft& group : draft_.hosts) {
      for (unsigned i = 0; i < group.count; ++i) {
        HostSpec host = group.spec;
        host.name = nth(group.name.value, group.count, i);
        if (!is_new(host_places_, host.name, group.name.where, "hosts")) {
          break;
        }
        numbers_.emplace(host.name, static_cast<HostIndex>(file_.hosts.size()));
        file_.hosts.push_back(std::move(host));
      }
    }
  }

  void check_source() {
    const Location& guests = draft_.guests_where;
    if (draft_.trace && guests.line > 0) {
      diagnostics_
          .error(
              draft_.trace->where, "there are guests and a trace, which has guests of its own", "remove one of the two")
          .notes.emplace_back(guests, "the guests");
    } else if (!draft_.trace && guests.line == 0) {
      diagnostics_.error(
          draft_.name.where,
          "there is no guest: neither 'guests' nor 'trace'",
          "write for example 'guests: {web: {core_mips: 1000, memory: 512MiB, load: {pattern: bursts}}}'");
    } else if (!draft_.trace && draft_.guests.empty()) {
      diagnostics_.error(guests, "there is no guest", "a cluster has one guest at least");
    }
    if (draft_.trace && draft_.interval) {
      diagnostics_.error(draft_.interval->where, "the trace has an interval of its own", "remove 'interval'");
    }
    file_.trace_path = draft_.trace ? draft_.trace->value : "";
  }

  std::optional<HostIndex> host_of(const GuestDraft& group, const Located<std::string>& name) {
    if (const auto found = numbers_.find(name.value); found != numbers_.end()) {
      return found->second;
    }
    constexpr std::size_t few = 20; // a hint lists them all
    std::vector<std::string> known;
    for (const auto& [other, number] : numbers_) {
      known.push_back(other);
    }
    const auto near = closest(name.value, known);
    diagnostics_.error(
        name.where,
        fmt::format("guest '{}' begins on host '{}', which is not there", group.name.value, name.value),
        known.size() <= few ? suggest(name.value, known, "hosts of this file")
        : near              ? fmt::format("did you mean '{}'?", *near)
                            : fmt::format("name one of the {} hosts", known.size()));
    return std::nullopt;
  }

  void add_guests() {
    std::map<std::string, Location> places;
    for (const GuestDraft& group : draft_.guests) {
      std::vector<HostIndex> on;
      for (const Located<std::string>& name : group.on) {
        if (const auto host = host_of(group, name)) {
          on.push_back(*host);
        }
      }
      GuestGroup& unfolded = file_.groups.emplace_back();
      unfolded.pattern = group.pattern;
      for (unsigned i = 0; i < group.count; ++i) {
        GuestSpec guest = group.spec;
        guest.name = nth(group.name.value, group.count, i);
        if (!is_new(places, guest.name, group.name.where, "guests")) {
          break;
        }
        if (!on.empty()) {
          guest.host = on[i % on.size()];
          expect_room(*guest.host, guest.memory_mb, group.on[i % on.size()].where);
        }
        unfolded.guests.push_back(std::move(guest));
      }
      guests_ += group.count;
    }
  }

  /// For one guest more that begins there.
  void expect_room(HostIndex host, double memory_mb, Location where) {
    double& taken = taken_mb_[host];
    const double room = file_.hosts[host].memory_mb;
    if (taken <= room && taken + memory_mb > room) {
      diagnostics_.error(
          where,
          fmt::format(
              "host '{}' has {:g} MiB, and the guests that begin on it have more: {:g}",
              file_.hosts[host].name,
              room,
              taken + memory_mb),
          "begin with some of them elsewhere, or give the host more 'memory'");
    }
    taken += memory_mb;
  }

  /// It has one sample at least, and not too many.
  void check_length(Nanoseconds length, Location where) {
    if (length < file_.interval) {
      diagnostics_.error(
          where,
          fmt::format("{} is shorter than the time between samples, {}", human(length), human(file_.interval)),
          "write a longer one");
    } else if (static_cast<std::size_t>(length / file_.interval) > most_samples / std::max<std::size_t>(guests_, 1)) {
      diagnostics_.error(
          where,
          fmt::format("{} samples of {} guests are more than {}", length / file_.interval, guests_, most_samples),
          "write a shorter 'length', a longer 'interval', or fewer guests");
    }
  }

  void add_extent() {
    file_.interval = draft_.interval ? draft_.interval->value : default_interval;
    if (file_.interval.count() <= 0) {
      diagnostics_.error(draft_.interval->where, "'interval' is no time at all", "write for example 5min");
      file_.interval = default_interval;
    }
    const Nanoseconds all = draft_.trace ? Nanoseconds(0) : default_length;
    file_.full = {draft_.length ? draft_.length->value : all, draft_.seeds};
    const QuickDraft& quick = draft_.quick;
    file_.quick = {
        quick.length ? quick.length->value : file_.full.length,
        quick.seeds ? quick.seeds->value : std::min(draft_.seeds, quick_seeds)};
    if (!draft_.trace || draft_.length) {
      check_length(file_.full.length, draft_.length ? draft_.length->where : draft_.name.where);
    }
    if (quick.length) {
      check_length(file_.quick.length, quick.length->where);
    }
  }

  void add_policies() {
    if (draft_.policies.empty() && draft_.policies_where.line > 0) {
      diagnostics_.error(
          draft_.policies_where, "there is no policy", "write for example 'policies: {none: , thr-mmt: }'");
    }
    for (const PolicyDraft& draft : draft_.policies) {
      const Located<std::string>& policy = draft.policy ? *draft.policy : draft.name;
      PolicyChoice choice{draft.name.value, policy.value, {}};
      for (const Located<std::string>& setting : draft.settings) {
        choice.settings.push_back(setting.value);
      }
      if (draft.readable) {
        try {
          static_cast<void>(make_policy(choice.policy, choice.settings, file_.interval));
        } catch (const Error& mistakes) {
          report(mistakes, policy.where, draft);
        }
      }
      file_.policies.push_back(std::move(choice));
    }
  }

  /// A line for each mistake, as for the command line: "--set mu=2: WHY".
  void report(const Error& mistakes, Location policy, const PolicyDraft& draft) {
    std::istringstream lines(mistakes.what());
    for (std::string line; std::getline(lines, line);) {
      constexpr std::string_view option = "--set";
      line.erase(0, line.starts_with(option) ? option.size() : 0);
      line.erase(0, line.find_first_not_of(" :"));
      Location where = policy;
      for (const Located<std::string>& setting : draft.settings) {
        where = line.starts_with(setting.value + ":") ? setting.where : where;
      }
      diagnostics_.error(where, line, mistakes.hint());
    }
  }

  const ScenarioDraft& draft_;
  Diagnostics& diagnostics_;
  ScenarioFile file_;
  std::map<std::string, Location> host_places_;
  std::map<std::string, HostIndex> numbers_;
  std::map<HostIndex, double> taken_mb_; // by guests that begin there
  std::size_t guests_ = 0;
};

/// Its first samples.
Trace beginning_of(const Trace& trace, std::size_t steps) {
  Trace cut{trace.interval, steps, trace.guests, {}, {}, {}};
  for (const auto& [from, to] : {std::pair{&trace.cpu, &cut.cpu}, {&trace.mem, &cut.mem}, {&trace.net, &cut.net}}) {
    for (std::size_t guest = 0; guest < trace.guests.size() && !from->empty(); ++guest) {
      const auto first = from->begin() + static_cast<std::ptrdiff_t>(guest * trace.steps);
      to->insert(to->end(), first, first + static_cast<std::ptrdiff_t>(steps));
    }
  }
  return cut;
}

} // namespace

ScenarioFile parse_scenario(const std::string& text, Diagnostics& diagnostics) {
  ScenarioDraft draft;
  YamlReader reader(text, diagnostics, "simulation: NAME");
  const auto root = reader.root();
  if (!root || !scenario_mapping().read(reader, *root, {}, draft)) {
    return {};
  }
  return Resolver(draft, diagnostics).run();
}

ScenarioFile load_scenario(const std::filesystem::path& path) {
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& error) {
    throw Error(error.what(), ExitStatus::bad_input)
        .with_hint("give the path of a scenario, as experiments/ping-pong.sim.yaml; docs/simulator.md has the format");
  }
  Diagnostics diagnostics(path.native(), text);
  ScenarioFile file = parse_scenario(text, diagnostics);
  diagnostics.throw_if_errors();
  if (!file.trace_path.empty()) {
    file.trace = with_context(path.string(), [&] { return read_trace(path.parent_path() / file.trace_path).trace; });
    file.interval = file.trace.interval;
    const Nanoseconds has = file.interval * static_cast<Nanoseconds::rep>(file.trace.steps);
    for (const auto& [key, extent] : {std::pair{"length", file.full}, {"quick.length", file.quick}}) {
      if (extent.length > has) {
        throw Error(
            fmt::format("{}: '{}' is {}, and the trace has {}", path.string(), key, human(extent.length), human(has)),
            ExitStatus::bad_input)
            .with_hint("write a shorter one, or none: then all of the trace is replayed");
      }
    }
  }
  return file;
}

Scenario scenario_of(const ScenarioFile& file, Nanoseconds length, std::uint64_t seed) {
  const auto wanted = static_cast<std::size_t>(length / file.interval);
  if (file.groups.empty()) {
    const bool all = length.count() == 0 || wanted >= file.trace.steps;
    Scenario scenario =
        scenario_for(all ? file.trace : beginning_of(file.trace, std::max<std::size_t>(wanted, 1)), 1, {});
    scenario.hosts = file.hosts;
    scenario.model = file.model;
    return scenario;
  }
  Scenario scenario{file.hosts, {}, {}, file.model};
  scenario.trace.interval = file.interval;
  scenario.trace.steps = wanted;
  const bool memory = std::any_of(
      file.groups.begin(), file.groups.end(), [](const GuestGroup& group) { return group.pattern.memory.has_value(); });
  const bool network = std::any_of(file.groups.begin(), file.groups.end(), [](const GuestGroup& group) {
    return group.pattern.network.has_value();
  });
  // Of a group that tells nothing, where another does: all of its memory, and no network.
  const auto append = [](std::vector<double>& all, const std::vector<double>& part, std::size_t count, double untold) {
    all.insert(all.end(), part.begin(), part.end());
    all.insert(all.end(), count - part.size(), untold);
  };
  Random seeds(seed);
  for (const GuestGroup& group : file.groups) {
    const Trace part = generated(group.pattern, group.guests.size(), wanted, file.interval, seeds.next());
    append(scenario.trace.cpu, part.cpu, part.cpu.size(), 0);
    append(scenario.trace.mem, part.mem, memory ? part.cpu.size() : 0, 1);
    append(scenario.trace.net, part.net, network ? part.cpu.size() : 0, 0);
    for (const GuestSpec& guest : group.guests) {
      scenario.guests.push_back(guest);
      scenario.trace.guests.push_back({guest.name, guest.cores, guest.mips(), guest.memory_mb});
    }
  }
  return scenario;
}

std::vector<std::string> settings_of(const PolicyChoice& choice, std::uint64_t seed) {
  std::vector<std::string> settings = choice.settings;
  const bool has_own = std::any_of(
      settings.begin(), settings.end(), [](const std::string& setting) { return setting.starts_with("seed="); });
  if (has_seed(choice.policy) && !has_own) {
    settings.push_back(fmt::format("seed={}", seed));
  }
  return settings;
}

std::string scenario_schema() {
  Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:migralab:balance-scenario:1"},
      {"title", "a simulated cluster, input of migralab balance simulate"}};
  schema.update(scenario_mapping().schema());
  return schema.dump(2) + "\n";
}

} // namespace migralab::simulation
