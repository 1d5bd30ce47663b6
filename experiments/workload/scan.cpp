// SPDX-License-Identifier: Apache-2.0
#include "scan.hpp"

#include <charconv>
#include <sstream>

namespace migralab {

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream stream{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

std::optional<double> leading_number(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<double> number_after(std::string_view line, std::string_view label) {
  const std::size_t place = line.find(label);
  if (place == std::string_view::npos) {
    return std::nullopt;
  }
  line.remove_prefix(place + label.size());
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return leading_number(line);
}

std::optional<double> milliseconds(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (problem != std::errc()) {
    return std::nullopt;
  }
  if (unit == "us") {
    return number / 1e3;
  }
  if (unit == "ms") {
    return number;
  }
  if (unit == "s") {
    return number * 1e3;
  }
  if (unit == "m") {
    return number * 60e3;
  }
  return unit == "h" ? std::optional(number * 3600e3) : std::nullopt;
}

} // namespace migralab
