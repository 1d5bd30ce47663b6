// SPDX-License-Identifier: Apache-2.0
#include "value_kind.hpp"

#include "migralab/core/spelling.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace migralab {
namespace {

constexpr const char* number_pattern = "^[0-9]+(\\.[0-9]+)? ?";

Json quantity(const std::string& units, const std::string& example) {
  return {{"type", "string"}, {"pattern", fmt::format("{}({})$", number_pattern, units)}, {"examples", {example}}};
}

/// A text, parsed by one of the parsers of units.hpp.
template <typename T, typename Parse>
std::optional<T> parsed(YamlReader& reader, const YamlValue& value, const std::string& example, const Parse& parse) {
  const auto written = reader.text(value, example);
  if (!written) {
    return std::nullopt;
  }
  const Parsed<T> result = parse(written->value);
  if (!result.value) {
    report_quantity(reader, value, result.problem);
  }
  return result.value;
}

/// The number before a unit; nothing where there is no number, or another unit.
std::optional<double> number_before(const std::string& text, std::string_view unit) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.starts_with(' ')) {
    rest.remove_prefix(1);
  }
  return problem == std::errc() && rest == unit ? std::optional(number) : std::nullopt;
}

} // namespace

void report_quantity(YamlReader& reader, const YamlValue& value, const std::string& problem) {
  const auto colon = problem.find(": ");
  reader.diagnostics().error(
      value.where,
      fmt::format("{}: {}", value.what, problem.substr(0, colon)),
      colon == std::string::npos ? "" : problem.substr(colon + 2));
}

ValueKind<std::string> text_kind(const std::string& example) {
  return {
      [example](YamlReader& reader, const YamlValue& value) {
        const auto written = reader.text(value, example);
        return written ? std::optional(written->value) : std::nullopt;
      },
      {{"type", {"string", "number", "boolean"}}, {"examples", {example}}}};
}

ValueKind<unsigned> count_kind(unsigned least, unsigned most) {
  return {
      [least, most](YamlReader& reader, const YamlValue& value) {
        const auto count = reader.count(value, least, most);
        return count ? std::optional(count->value) : std::nullopt;
      },
      {{"type", "integer"}, {"minimum", least}, {"maximum", most}}};
}

ValueKind<double> number_kind(NumberRange range, const std::string& hint) {
  const auto too_fine = [range](double number) {
    const double scaled = number * std::pow(10, range.decimals.value_or(0));
    return range.decimals && std::abs(scaled - std::round(scaled)) > 1e-6; // the double next to 0.07 is not 0.07
  };
  const auto fits = [range](double number) {
    return number <= range.most && (range.above_least ? number > range.least : number >= range.least);
  };
  return {
      [=](YamlReader& reader, const YamlValue& value) -> std::optional<double> {
        const auto written = reader.text(value, "0.5");
        if (!written) {
          return std::nullopt;
        }
        const bool quoted = value.node.Tag() == "!";
        const auto number = number_before(written->value, "");
        if (quoted || !number || !std::isfinite(*number)) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{} is {}'{}', not a number", value.what, quoted ? "the text " : "", written->value),
              quoted && number ? "remove the quotes" : hint);
          return std::nullopt;
        }
        if (!fits(*number)) {
          reader.diagnostics().error(
              value.where, fmt::format("{} is {}, out of range", value.what, written->value), hint);
          return std::nullopt;
        }
        if (too_fine(*number)) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{} is {}, with more than {} decimals", value.what, written->value, *range.decimals),
              hint);
          return std::nullopt;
        }
        return number;
      },
      {{"type", "number"}, {range.above_least ? "exclusiveMinimum" : "minimum", range.least}, {"maximum", range.most}}};
}

ValueKind<bool> switch_kind() {
  return {
      [](YamlReader& reader, const YamlValue& value) -> std::optional<bool> {
        const auto written = reader.text(value, "true");
        if (!written) {
          return std::nullopt;
        }
        if (written->value != "true" && written->value != "false") {
          reader.diagnostics().error(
              value.where, fmt::format("{} is '{}'", value.what, written->value), "write true or false");
          return std::nullopt;
        }
        return written->value == "true";
      },
      {{"type", "boolean"}}};
}

ValueKind<Bytes> amount_kind(const std::string& example) {
  return {
      [example](YamlReader& reader, const YamlValue& value) {
        return parsed<Bytes>(reader, value, example, parse_bytes);
      },
      quantity("B|[KMGT]iB|[kMGT]B", example)};
}

ValueKind<Bytes> byte_rate_kind(const std::string& example) {
  const auto parse = [example](std::string text) -> Parsed<Bytes> {
    if (!text.ends_with("/s")) {
      return {{}, fmt::format("'{}' is no rate in bytes: write for example {}", text, example)};
    }
    text.resize(text.size() - 2);
    return parse_bytes(text);
  };
  return {
      [example, parse](YamlReader& reader, const YamlValue& value) {
        return parsed<Bytes>(reader, value, example, parse);
      },
      quantity("(B|[KMGT]iB|[kMGT]B)/s", example)};
}

ValueKind<BitRate> bit_rate_kind(BitRate least, BitRate most, const std::string& example) {
  return {
      [=](YamlReader& reader, const YamlValue& value) -> std::optional<BitRate> {
        const auto rate = parsed<BitRate>(reader, value, example, parse_bit_rate);
        if (rate && (*rate < least || *rate > most)) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{}: impossible rate {}", value.what, to_string(*rate)),
              fmt::format(
                  "write a rate from {} to {}, or leave the key out for no limit", to_string(least), to_string(most)));
          return std::nullopt;
        }
        return rate;
      },
      quantity("[kMGT]?bit/s|[kMGT]?bps", example)};
}

ValueKind<Nanoseconds> duration_kind(Nanoseconds most, const std::string& example) {
  return {
      [=](YamlReader& reader, const YamlValue& value) -> std::optional<Nanoseconds> {
        const auto span = parsed<std::chrono::nanoseconds>(reader, value, example, parse_duration);
        if (span && *span > most) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{}: {} is out of range", value.what, human(*span)),
              fmt::format("write at most {}", human(most)));
          return std::nullopt;
        }
        return span;
      },
      quantity("ns|us|ms|s|min|h", example)};
}

ValueKind<double> percent_kind(double least, double most, const std::string& example) {
  return {
      [=](YamlReader& reader, const YamlValue& value) -> std::optional<double> {
        const auto written = reader.text(value, example);
        if (!written) {
          return std::nullopt;
        }
        const auto percent = number_before(written->value, "%");
        if (!percent) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{}: '{}' is no percentage", value.what, written->value),
              fmt::format("write for example '{}'", example));
          return std::nullopt;
        }
        if (!(*percent >= least && *percent <= most)) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{}: {} is out of range", value.what, written->value),
              fmt::format("write {}% to {}%", least, most));
          return std::nullopt;
        }
        return *percent / 100;
      },
      quantity("%", example)};
}

ValueKind<double> frequency_kind(double most, const std::string& example) {
  return {
      [=](YamlReader& reader, const YamlValue& value) -> std::optional<double> {
        const auto written = reader.text(value, example);
        if (!written) {
          return std::nullopt;
        }
        const auto rate = number_before(written->value, "/s");
        if (!rate) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{}: '{}' is not a rate", value.what, written->value),
              fmt::format("write requests per second with the unit, for example '{}'", example));
          return std::nullopt;
        }
        if (!(*rate > 0 && *rate <= most)) {
          reader.diagnostics().error(
              value.where,
              fmt::format("{}: impossible rate {}", value.what, written->value),
              fmt::format("write a rate above 0 and up to {}/s", most));
          return std::nullopt;
        }
        return rate;
      },
      quantity("/s", example)};
}

void report_unknown_word(
    YamlReader& reader,
    const YamlValue& value,
    const std::string& word,
    const std::vector<std::string>& known,
    const std::vector<PlannedWord>& planned) {
  for (const PlannedWord& other : planned) {
    if (other.name == word) {
      reader.diagnostics().error(
          value.where, fmt::format("{}: '{}' is not available in this version", value.what, word), other.instead);
      return;
    }
  }
  reader.diagnostics().error(
      value.where, fmt::format("{}: unknown word '{}'", value.what, word), suggest(word, known, "Known words"));
}

} // namespace migralab
