// SPDX-License-Identifier: Apache-2.0
#include "shaping_words.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"

#include <charconv>
#include <fmt/format.h>

namespace migralab {

namespace {

// As in a topology file.
constexpr BitRate slowest{100'000};
constexpr BitRate fastest{400'000'000'000};
constexpr auto longest_delay = std::chrono::seconds(10);

[[noreturn]] void refuse(const std::string& word, const std::string& problem, std::string hint = {}) {
  throw Error(fmt::format("{}: {}", word, problem), ExitStatus::bad_input).with_hint(std::move(hint));
}

std::optional<BitRate> rate_of(const std::string& word, const std::string& value) {
  if (value == "none") {
    return std::nullopt;
  }
  const Parsed<BitRate> rate = parse_bit_rate(value);
  if (!rate.value) {
    refuse(word, rate.problem, "'none' takes the limit away");
  }
  if (*rate.value < slowest || *rate.value > fastest) {
    refuse(word, fmt::format("a rate is {} to {}", to_string(slowest), to_string(fastest)));
  }
  return rate.value;
}

std::chrono::nanoseconds delay_of(const std::string& word, const std::string& value) {
  if (value == "none") {
    return {};
  }
  const Parsed<std::chrono::nanoseconds> delay = parse_duration(value);
  if (!delay.value) {
    refuse(word, delay.problem, "'none' takes the delay away");
  }
  if (*delay.value > longest_delay) {
    refuse(word, fmt::format("a delay is at most {}", human(longest_delay)));
  }
  return *delay.value;
}

double loss_of(const std::string& word, const std::string& value) {
  if (value == "none") {
    return 0;
  }
  double percent = 0;
  const char* end = value.data() + value.size();
  const auto [rest, problem] = std::from_chars(value.data(), end, percent);
  if (problem != std::errc() || std::string_view(rest, static_cast<std::size_t>(end - rest)) != "%" || percent < 0 ||
      percent > 100) {
    refuse(word, "a loss is 0% to 100%, for example 0.5%", "'none' takes the loss away");
  }
  return percent / 100;
}

} // namespace

Shaping changed_shaping(Shaping shaping, const std::vector<std::string>& words) {
  static const std::vector<std::string> keys{"rate", "up", "down", "delay", "loss"};
  for (const std::string& word : words) {
    const std::size_t sign = word.find('=');
    const std::string key = word.substr(0, sign);
    const std::string value = sign == std::string::npos ? "" : word.substr(sign + 1);
    if (key == "rate") {
      shaping.up = shaping.down = rate_of(word, value);
    } else if (key == "up") {
      shaping.up = rate_of(word, value);
    } else if (key == "down") {
      shaping.down = rate_of(word, value);
    } else if (key == "delay") {
      shaping.delay = delay_of(word, value);
    } else if (key == "loss") {
      shaping.loss = loss_of(word, value);
    } else {
      refuse(word, fmt::format("'{}' is nothing that can be shaped", key), suggest(key, keys, "keys"));
    }
  }
  return shaping;
}

std::string describe_shaping(const Shaping& shaping) {
  std::string text = describe_rate(shaping);
  if (shaping.delay.count() > 0) {
    text += fmt::format(", {} delay", human(shaping.delay));
  }
  if (shaping.loss > 0) {
    text += fmt::format(", {:.6g}% loss", shaping.loss * 100);
  }
  return text;
}

} // namespace migralab
