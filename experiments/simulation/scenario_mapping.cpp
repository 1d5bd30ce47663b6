// SPDX-License-Identifier: Apache-2.0
// The keys of a scenario file.
#include "scenario_draft.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab::simulation {

namespace {

constexpr unsigned most_of_a_kind = 100'000;
constexpr unsigned most_cores = 1024;
constexpr unsigned most_seeds = 1000;
constexpr double most_mips = 1e9;
constexpr double most_watts = 1e6;
constexpr auto longest = std::chrono::hours(24 * 366);
constexpr auto longest_wake = std::chrono::hours(1);
constexpr double bytes_of_a_mb = 1U << 20U;
/// Of the shells that a name may be pasted into, and of a column (ECMA-262).
constexpr const char* name_form = "^[a-z][a-z0-9-]{0,30}$";

ValueKind<double> share(const std::string& about) {
  return number_kind({0, 1}, "write a share from 0 to 1: " + about);
}

ValueKind<double> mips_kind() {
  return number_kind({0, most_mips, true}, "write MIPS above 0, in the same unit for hosts and guests");
}

/// A member of a draft's spec, told in bytes and kept in MB.
template <typename Draft> auto reads_memory() {
  return [](YamlReader& reader, const YamlValue& value, Draft& draft) {
    if (const auto amount = amount_kind("4GiB").read(reader, value)) {
      draft.spec.memory_mb = static_cast<double>(amount->count) / bytes_of_a_mb;
      if (amount->count == 0) {
        reader.diagnostics().error(value.where, value.what + " is none at all", "write for example 512MiB");
      }
    }
  };
}

template <typename Draft> auto reads_network() {
  return [](YamlReader& reader, const YamlValue& value, Draft& draft) {
    constexpr BitRate least{1'000'000};
    constexpr BitRate most{1'000'000'000'000};
    if (const auto rate = bit_rate_kind(least, most, "1Gbit/s").read(reader, value)) {
      draft.spec.net_mbit = static_cast<double>(rate->bits_per_second) / 1e6;
    }
  };
}

Json network_schema() {
  return bit_rate_kind({}, {}, "1Gbit/s").schema;
}

const std::vector<Word<PowerTable>>& power_tables() {
  static const std::vector<Word<PowerTable>> all{
      {"hp-proliant-ml110-g4", hp_proliant_ml110_g4}, {"hp-proliant-ml110-g5", hp_proliant_ml110_g5}};
  return all;
}

ValueKind<double> watts_kind() {
  return number_kind({0, most_watts}, "write watts, from 0");
}

void read_power(YamlReader& reader, const YamlValue& value, HostDraft& host) {
  if (!value.node.IsSequence()) {
    if (const auto table = word_kind(power_tables()).read(reader, value)) {
      host.spec.power = *table;
    }
    return;
  }
  const auto items = reader.items(value, "[93.7, 97, ...]").value_or(std::vector<YamlValue>{});
  if (items.size() != host.spec.power.watts.size()) {
    reader.diagnostics().error(
        value.where,
        fmt::format("{} has {} numbers", value.what, items.size()),
        "write eleven: watts at 0 %, 10 %, ..., 100 % of the processors, as SPECpower_ssj2008 publishes them");
    return;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    YamlValue item = items[i];
    item.what = value.what;
    host.spec.power.watts[i] = watts_kind().read(reader, item).value_or(0);
  }
}

const Mapping<HostDraft>& host_mapping() {
  static const auto mapping = [] {
    Mapping<HostDraft> keys("a kind of hosts", "Hosts that are alike.");
    keys.key("count", count_kind(1, most_of_a_kind), &HostDraft::count, "How many. More than one: h1, h2, ...");
    keys.required(
        "cores",
        "cores: 2",
        count_kind(1, most_cores),
        [](HostDraft& host) -> unsigned& { return host.spec.cores; },
        "Of each.");
    keys.required(
        "core_mips",
        "core_mips: 2660",
        mips_kind(),
        [](HostDraft& host) -> double& { return host.spec.core_mips; },
        "Of each core.");
    keys.required("memory", "memory: 4GiB", amount_kind("4GiB").schema, reads_memory<HostDraft>(), "Of each.");
    keys.key(
        "network",
        network_schema(),
        reads_network<HostDraft>(),
        "Of each; half of it is for migrations. Default: 1Gbit/s.");
    const Json table{{"type", "array"}, {"items", watts_kind().schema}, {"minItems", 11}, {"maxItems", 11}};
    keys.key(
        "power",
        {{"anyOf", {schema_of(power_tables()), table}}},
        read_power,
        "A table, or watts at 0 %, 10 %, ..., 100 %. Default: hp-proliant-ml110-g5.");
    keys.key(
        "wake",
        duration_kind(longest_wake, "90s").schema,
        [](YamlReader& reader, const YamlValue& value, HostDraft& host) {
          if (const auto wake = duration_kind(longest_wake, "90s").read(reader, value)) {
            host.spec.wake_s = std::chrono::duration<double>(*wake).count();
          }
        },
        "What one that is off takes to come on. Default: none.");
    keys.key(
        "boot_energy",
        number_kind({0, most_watts}, "write watt-hours, from 0").schema,
        [](YamlReader& reader, const YamlValue& value, HostDraft& host) {
          constexpr double joules_of_a_watt_hour = 3600;
          if (const auto hours = number_kind({0, most_watts}, "write watt-hours, from 0").read(reader, value)) {
            host.spec.boot_joules = *hours * joules_of_a_watt_hour;
          }
        },
        "Watt-hours that coming on costs, beside what it draws then. Default: 0.");
    return keys;
  }();
  return mapping;
}

ValueKind<double> correlation_kind() {
  return number_kind({-1, 1}, "write a number from -1 to 1");
}

const Mapping<Companion>& memory_load() {
  static const auto mapping = [] {
    Mapping<Companion> keys("a load of memory", "Beside the load of processors.");
    keys.required("mean", "mean: 0.5", share("0.5"), &Companion::mean, "Share of the guest's memory.");
    keys.key("swing", share("0.1"), &Companion::swing, "Standard deviation. Default: 0.");
    keys.key("correlation", correlation_kind(), &Companion::correlation, "With the processors. Default: 0.");
    return keys;
  }();
  return mapping;
}

/// Told in bits, and kept in kB/s, as traces have it.
auto reads_rate(double Companion::*member) {
  return [member](YamlReader& reader, const YamlValue& value, Companion& companion) {
    constexpr BitRate most{1'000'000'000'000};
    if (const auto rate = bit_rate_kind({}, most, "10Mbit/s").read(reader, value)) {
      companion.*member = static_cast<double>(rate->bits_per_second) / 8e3;
    }
  };
}

const Mapping<Companion>& network_load() {
  static const auto mapping = [] {
    Mapping<Companion> keys("a load of the network", "Beside the load of processors.");
    keys.required("mean", "mean: 10Mbit/s", network_schema(), reads_rate(&Companion::mean), "Received and sent.");
    keys.key("swing", network_schema(), reads_rate(&Companion::swing), "Standard deviation. Default: 0.");
    keys.key("correlation", correlation_kind(), &Companion::correlation, "With the processors. Default: 0.");
    return keys;
  }();
  return mapping;
}

const Mapping<Pattern>& load_mapping() {
  static const auto mapping = [] {
    using Kind = Pattern::Kind;
    Mapping<Pattern> keys("a load", "How the demand of a guest goes; every guest draws lots of its own.");
    const std::vector<Word<Kind>> kinds{
        {"steady", Kind::steady},
        {"steps", Kind::steps},
        {"bursts", Kind::bursts},
        {"diurnal", Kind::diurnal},
        {"ar1", Kind::ar1},
        {"planetlab", Kind::planetlab}};
    keys.required("pattern", "pattern: bursts", word_kind(kinds), &Pattern::kind, "Its shape.");
    keys.key("mean", share("0.3"), &Pattern::mean, "Share of the guest's processors. Default: 0.3.");
    keys.key("swing", share("0.2"), &Pattern::swing, "How far it goes from there. Default: 0.2.");
    keys.key(
        "correlation",
        number_kind({-0.999, 0.999}, "write a number above -1 and below 1"),
        &Pattern::correlation,
        "Of ar1: of a sample and the next. Default: 0.");
    keys.key("change", share("0.05"), &Pattern::change, "Of steps, bursts: how likely one begins. Default: 0.05.");
    keys.key(
        "burst_length",
        number_kind({1, 1e6}, "write a number of samples from 1"),
        &Pattern::burst_length,
        "Samples, in the mean. Default: 5.");
    keys.key("period", duration_kind(longest, "24h"), &Pattern::period, "Of diurnal. Default: 24h.");
    keys.key("noise", share("0.05"), &Pattern::noise, "Standard deviation of what is added. Default: 0.");
    keys.key(
        "memory",
        memory_load().schema(),
        [](YamlReader& reader, const YamlValue& value, Pattern& pattern) {
          memory_load().read(reader, value, value.where, pattern.memory.emplace());
        },
        "How much of its memory the guest uses. Default: all of it.");
    keys.key(
        "network",
        network_load().schema(),
        [](YamlReader& reader, const YamlValue& value, Pattern& pattern) {
          network_load().read(reader, value, value.where, pattern.network.emplace());
        },
        "What it sends and receives. Default: nothing.");
    return keys;
  }();
  return mapping;
}

void read_load(YamlReader& reader, const YamlValue& value, GuestDraft& guest) {
  load_mapping().read(reader, value, value.where, guest.pattern);
  if (guest.pattern.period.count() <= 0) {
    reader.diagnostics().error(
        value.where, "'period' of " + value.what + " is no time at all", "write for example 24h");
  }
}

void read_on(YamlReader& reader, const YamlValue& value, GuestDraft& guest) {
  for (const YamlValue& item : reader.items(value, "[h1, h2]").value_or(std::vector<YamlValue>{})) {
    if (auto host = reader.text(item, "h1")) {
      guest.on.push_back(std::move(*host));
    }
  }
}

const Mapping<GuestDraft>& guest_mapping() {
  static const auto mapping = [] {
    Mapping<GuestDraft> keys("a kind of guests", "Guests that are alike.");
    keys.key("count", count_kind(1, most_of_a_kind), &GuestDraft::count, "How many. More than one: web1, web2, ...");
    keys.key(
        "cores",
        count_kind(1, most_cores),
        [](GuestDraft& guest) -> unsigned& { return guest.spec.cores; },
        "Of each. Default: 1.");
    keys.required(
        "core_mips",
        "core_mips: 1000",
        mips_kind(),
        [](GuestDraft& guest) -> double& { return guest.spec.core_mips; },
        "That each core may use.");
    keys.required("memory", "memory: 512MiB", amount_kind("512MiB").schema, reads_memory<GuestDraft>(), "Of each.");
    keys.key("network", network_schema(), reads_network<GuestDraft>(), "That each is promised. Default: none.");
    const Json hosts{{"type", "array"}, {"items", {{"type", "string"}}}};
    keys.key("on", hosts, read_on, "Hosts that they begin on, by turns. Default: where the policy puts them.");
    keys.required("load", "load: {pattern: steady, mean: 0.3}", load_mapping().schema(), read_load, "Their demand.");
    return keys;
  }();
  return mapping;
}

void read_settings(YamlReader& reader, const YamlValue& value, PolicyDraft& policy) {
  const auto entries = reader.entries(value, "{cooldown: 15min}");
  policy.readable = policy.readable && entries.has_value();
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    if (const auto text = reader.text(entry.value, "0.8")) {
      policy.settings.push_back({entry.key.value + "=" + text->value, entry.value.where});
    } else {
      policy.readable = false;
    }
  }
}

const Mapping<PolicyDraft>& policy_mapping() {
  static const auto mapping = [] {
    Mapping<PolicyDraft> keys("a policy", "A row of the table.");
    keys.key(
        "policy",
        Json{{"type", "string"}},
        [](YamlReader& reader, const YamlValue& value, PolicyDraft& draft) {
          draft.policy = reader.text(value, "thr-mmt");
          draft.readable = draft.readable && draft.policy.has_value();
        },
        "One of `migralab balance policies`. Default: the name of the row.");
    const Json settings{
        {"type", {"object", "null"}}, {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}};
    keys.key("set", settings, read_settings, "Its parameters.");
    return keys;
  }();
  return mapping;
}

bool is_name(const std::string& text) {
  constexpr std::size_t longest_name = 31;
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= longest_name && lower(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '-'; });
}

void expect_name(YamlReader& reader, const Located<std::string>& name, const std::string& kind) {
  if (!is_name(name.value)) {
    reader.diagnostics().error(
        name.where,
        fmt::format("'{}' is no name of {}", name.value, kind),
        "write a name of a-z, 0-9 and '-', at most 31, beginning with a letter");
  }
}

template <typename Draft>
void read_section(
    YamlReader& reader,
    const YamlValue& section,
    const Mapping<Draft>& mapping,
    const std::string& kind,
    std::vector<Draft>& drafts) {
  const auto entries = reader.entries(section, "{name: {...}}");
  for (YamlEntry entry : entries.value_or(std::vector<YamlEntry>{})) {
    expect_name(reader, entry.key, kind);
    entry.value.what = fmt::format("{} '{}'", kind, entry.key.value);
    Draft& draft = drafts.emplace_back();
    draft.name = entry.key;
    mapping.read(reader, entry.value, entry.key.where, draft);
  }
}

const Mapping<QuickDraft>& quick_mapping() {
  static const auto mapping = [] {
    Mapping<QuickDraft> keys("a quick form", "What is simulated with --quick.");
    keys.key("length", duration_kind(longest, "10min"), &QuickDraft::length, "Default: all of it.");
    keys.key("seeds", count_kind(1, most_seeds), &QuickDraft::seeds, "Default: 2 at most.");
    return keys;
  }();
  return mapping;
}

} // namespace

const Mapping<ScenarioDraft>& scenario_mapping() {
  static const auto mapping = [] {
    Mapping<ScenarioDraft> keys("a scenario", "A simulated cluster, and the policies that it is given to.");
    ValueKind<std::string> name = text_kind("ping-pong");
    name.schema = {{"type", "string"}, {"pattern", name_form}};
    keys.required(
        "simulation",
        "simulation: ping-pong",
        name.schema,
        [](YamlReader& reader, const YamlValue& value, ScenarioDraft& draft) {
          if (auto text = reader.text(value, "ping-pong")) {
            draft.name = std::move(*text);
            expect_name(reader, draft.name, "a scenario");
          }
        },
        "Its name.");
    keys.key("about", text_kind("what it shows"), &ScenarioDraft::about, "What it shows, for whoever reads the table.");
    keys.key("interval", duration_kind(longest, "5min"), &ScenarioDraft::interval, "Between samples. Default: 5min.");
    keys.key(
        "length",
        duration_kind(longest, "24h"),
        &ScenarioDraft::length,
        "Of the simulation. Default: 24h, or all of the trace.");
    keys.key(
        "seeds", count_kind(1, most_seeds), &ScenarioDraft::seeds, "Of what is drawn by lot: 1 to this. Default: 1.");
    keys.key(
        "quick",
        quick_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, ScenarioDraft& draft) {
          quick_mapping().read(reader, value, value.where, draft.quick);
        },
        "What is simulated with --quick.");
    keys.required(
        "hosts",
        "hosts: {h: {count: 3, cores: 2, core_mips: 2660, memory: 4GiB}}",
        schema_of_section(host_mapping().schema(), name_form),
        [](YamlReader& reader, const YamlValue& value, ScenarioDraft& draft) {
          draft.hosts_where = value.node.IsMap() || value.node.IsNull() ? value.where : Location();
          read_section(reader, value, host_mapping(), "host", draft.hosts);
        },
        "Kinds of hosts, by name.");
    keys.key(
        "guests",
        schema_of_section(guest_mapping().schema(), name_form),
        [](YamlReader& reader, const YamlValue& value, ScenarioDraft& draft) {
          draft.guests_where = value.where;
          read_section(reader, value, guest_mapping(), "guest", draft.guests);
        },
        "Kinds of guests, by name; or give a trace.");
    keys.key(
        "trace",
        Json{{"type", "string"}},
        [](YamlReader& reader, const YamlValue& value, ScenarioDraft& draft) {
          draft.trace = reader.text(value, "planetlab/20110303");
        },
        "Of PlanetLab or Bitbrains, relative to this file: its guests, as large as `balance replay` makes them.");
    keys.required(
        "policies",
        "policies: {none: , thr-mmt: }",
        schema_of_section(policy_mapping().schema(), name_form),
        [](YamlReader& reader, const YamlValue& value, ScenarioDraft& draft) {
          draft.policies_where = value.node.IsMap() || value.node.IsNull() ? value.where : Location();
          read_section(reader, value, policy_mapping(), "policy", draft.policies);
        },
        "Rows of the table, by name.");
    return keys;
  }();
  return mapping;
}

} // namespace migralab::simulation
