// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "plugin.hpp"
#include "scan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace migralab {

namespace {

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// The text before "/s".
std::optional<std::string> before_per_second(const std::string& text) {
  return text.ends_with("/s") ? std::optional(text.substr(0, text.size() - 2)) : std::nullopt;
}

std::optional<double> number_before(const std::string& text, std::string_view unit) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  return problem == std::errc() && rest == unit ? std::optional(number) : std::nullopt;
}

std::string out_of_range(const std::string& text, const std::string& least, const std::string& most) {
  return fmt::format("{} is out of range: write {} to {}", text, least, most);
}

/// One overload for each kind of text; "CAUSE: REMEDY", or empty.
struct Checker {
  const std::string& text;
  const std::string& example;

  std::string operator()(const CountText& wanted) const {
    const auto number = whole_number(text);
    if (!number) {
      return fmt::format("'{}' is no whole number: write for example {}", text, example);
    }
    const bool fits = *number >= wanted.least && *number <= wanted.most;
    return fits ? "" : out_of_range(text, std::to_string(wanted.least), std::to_string(wanted.most));
  }

  std::string operator()(const AmountText& wanted) const {
    const Parsed<Bytes> amount = parse_bytes(text);
    if (!amount.value) {
      return amount.problem;
    }
    const bool fits = *amount.value >= wanted.least && *amount.value <= wanted.most;
    return fits ? "" : out_of_range(text, to_string(wanted.least), to_string(wanted.most));
  }

  std::string operator()(const ByteRateText& wanted) const {
    if (text == "0") {
      return "";
    }
    const auto amount = before_per_second(text);
    const Parsed<Bytes> parsed = amount ? parse_bytes(*amount) : Parsed<Bytes>{};
    if (!parsed.value) {
      return fmt::format("'{}' is no rate in bytes: write for example 8MiB/s, or 0 for no limit", text);
    }
    return *parsed.value <= wanted.most ? "" : out_of_range(text, "0", to_string(wanted.most) + "/s");
  }

  std::string operator()(const BitRateText& /*wanted*/) const {
    return text == "0" || parse_bit_rate(text).value ? "" : parse_bit_rate(text).problem;
  }

  std::string operator()(const FrequencyText& wanted) const {
    const auto rate = number_before(text, "/s");
    if (!rate) {
      return fmt::format("'{}' is no rate: write it per second, for example '20/s'", text);
    }
    const bool fits = *rate >= wanted.least && *rate <= wanted.most;
    return fits ? "" : out_of_range(text, fmt::format("{}/s", wanted.least), fmt::format("{}/s", wanted.most));
  }

  std::string operator()(const SpanText& wanted) const {
    const auto span = parse_duration(text);
    if (!span.value) {
      return span.problem;
    }
    if (*span.value < wanted.least || *span.value > wanted.most) {
      return out_of_range(text, human(wanted.least), human(wanted.most));
    }
    const bool fits = !wanted.whole_seconds || span.value->count() % 1000000000 == 0;
    return fits
               ? ""
               : fmt::format("{} is not in whole seconds, and the program knows no others: write for example 2s", text);
  }

  std::string operator()(const PercentText& wanted) const {
    const auto percent = number_before(text, "%");
    const bool fits = percent && (*percent > 0 || (*percent == 0 && wanted.zero_too)) && *percent <= 100;
    return fits ? ""
                : fmt::format(
                      "'{}' is no percentage{}: write for example 10%", text, wanted.zero_too ? "" : " above 0%");
  }

  std::string operator()(const WordText& wanted) const {
    const bool known = std::find(wanted.words.begin(), wanted.words.end(), text) != wanted.words.end();
    return known ? "" : fmt::format("unknown word '{}': {}", text, suggest(text, wanted.words, "Known words"));
  }

  std::string operator()(const PathText& /*wanted*/) const {
    const bool blank = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
    return text.starts_with('/') && !blank ? ""
                                           : fmt::format("'{}' is no path: it starts with '/' and has no blanks", text);
  }

  std::string operator()(const AddressText& /*wanted*/) const {
    return text == "guest" || parse_ipv4(text)
               ? ""
               : fmt::format("'{}' is no IPv4 address: write one like 10.10.0.11, or guest", text);
  }
};

} // namespace

std::string problem_with(const WorkloadOption& option, const std::string& text) {
  return std::visit(Checker{text, option.fallback}, option.text);
}

std::string problem_with_all(const WorkloadSpec& spec) {
  const Plugin& plugin = plugin_of(spec.kind);
  return plugin.check ? plugin.check(Options(spec.options)) : "";
}

std::uint64_t Options::count(const std::string& name) const {
  return whole_number(text(name)).value();
}

std::uint64_t Options::bytes(const std::string& name) const {
  return text(name) == "0" ? 0 : parse_bytes(before_per_second(text(name)).value_or(text(name))).value.value().count;
}

double Options::per_second(const std::string& name) const {
  return number_before(text(name), "/s").value();
}

double Options::percent(const std::string& name) const {
  return number_before(text(name), "%").value();
}

double Options::seconds(const std::string& name) const {
  return std::chrono::duration<double>(parse_duration(text(name)).value.value()).count();
}

std::string target_of(const Options& options, Ipv4Address guest) {
  return options.is("to", "guest") ? to_string(guest) : options.text("to");
}

WorkloadOption target_option() {
  return {"to", "guest", AddressText{}, "whom it asks: an address, or guest, which is the one that is measured"};
}

WorkloadOption port_option(unsigned port) {
  return {"port", std::to_string(port), CountText{1, 65535}, "the TCP or UDP port"};
}

WorkloadOption slice_option() {
  return {
      "slice",
      "2s",
      SpanText{std::chrono::seconds(1), std::chrono::minutes(10), true},
      "the program tells its results at its end alone: it is run over and over, this long each time"};
}

WorkloadSpec make_workload(
    const std::string& name,
    const std::string& kind,
    const std::string& node,
    const std::map<std::string, std::string>& options) {
  const WorkloadKind& known = workload_kind(kind);
  WorkloadSpec spec{.name = name, .kind = kind, .node = node};
  std::vector<std::string> names;
  std::string problems;
  const auto complain = [&problems](const std::string& problem) {
    problems += (problems.empty() ? "" : "\n") + problem;
  };
  for (const WorkloadOption& option : known.options) {
    names.push_back(option.name);
    const auto given = options.find(option.name);
    spec.options[option.name] = given == options.end() ? option.fallback : given->second;
    if (const std::string problem = problem_with(option, spec.options[option.name]); !problem.empty()) {
      complain(fmt::format("{} of {}: {}", option.name, kind, problem));
    }
  }
  for (const auto& [option, text] : options) {
    if (std::find(names.begin(), names.end(), option) == names.end()) {
      complain(fmt::format("{} has no option '{}': {}", kind, option, suggest(option, names, "its options")));
    }
  }
  if (problems.empty()) {
    complain(problem_with_all(spec));
  }
  if (!problems.empty()) {
    throw Error(problems, ExitStatus::bad_input)
        .with_hint("`migralab workload ls` shows every kind with its options and their defaults");
  }
  return spec;
}

} // namespace migralab
