// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/parameters.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/core/units.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <variant>

namespace migralab::balance {

namespace {

constexpr unsigned most_rounds = 64; // a host's history is the bits of one word
constexpr double exponent_tolerance = 1e-9;

/// How a parameter is written, what it may be, and the member it goes to.
struct Share {
  double Parameters::*member;
  bool above_zero = true;
};
struct Count {
  unsigned Parameters::*member;
  unsigned least = 1;
  unsigned most = std::numeric_limits<unsigned>::max();
};
struct Span {
  Nanoseconds Parameters::*member;
  Nanoseconds least{0};
  Nanoseconds most = std::chrono::hours(24);
};
struct Switch {
  bool Parameters::*member;
};

struct Parameter {
  const char* name;
  std::variant<Share, Count, Span, Switch> kind;
  const char* about;
};

const std::vector<Parameter>& parameters() {
  static const std::vector<Parameter> all{
      {"period",
       Span{&Parameters::period, std::chrono::milliseconds(1), std::chrono::hours(1)},
       "time between samples"},
      {"mu", Share{&Parameters::mu}, "weight of the newest sample in the moving average"},
      {"adaptive_mu",
       Switch{&Parameters::adaptive_mu},
       "mu rises while samples are off the average to one side, and falls while they swing"},
      {"overload", Share{&Parameters::overload}, "a host is overloaded when a resource exceeds this share"},
      {"watch", Share{&Parameters::watch, false}, "hosts ask for a round above this share; 0: with every sample"},
      {"target", Share{&Parameters::target}, "share that every resource of the source must fall to"},
      {"alpha", Share{&Parameters::alpha, false}, "exponent of the volume in the cost"},
      {"beta", Share{&Parameters::beta, false}, "exponent of the image in the cost; alpha + beta = 1"},
      {"largest_combination",
       Count{&Parameters::largest_combination, 1, 64},
       "guests that may leave a host in one decision"},
      {"search_limit",
       Count{&Parameters::search_limit},
       "steps of the search for a combination of guests, for each host"},
      {"ceiling", Share{&Parameters::ceiling}, "share that no resource of a destination may exceed"},
      {"inbound", Count{&Parameters::inbound}, "guests that may come to a host at once"},
      {"k", Count{&Parameters::k, 1, most_rounds}, "act on a host that was overloaded in k ..."},
      {"n", Count{&Parameters::n, 1, most_rounds}, "... of the last n rounds"},
      {"hold", Count{&Parameters::hold, 1, most_rounds}, "act on a host overloaded in so many rounds running"},
      {"min_improvement",
       Share{&Parameters::min_improvement, false},
       "how far below the source's largest share those of both hosts must come to lie"},
      {"cooldown", Span{&Parameters::cooldown}, "time that a guest stays where it came to"},
      {"adaptive", Switch{&Parameters::adaptive}, "the cooldown doubles with each move of the last 24 h"},
      {"cooldown_limit", Span{&Parameters::cooldown_limit}, "what it doubles up to"},
      {"advise", Switch{&Parameters::advise}, "decide, and move nothing"},
      {"seed", Count{&Parameters::seed, 0}, "of what is drawn by lot"},
      {"weight", Share{&Parameters::weight, false}, "of processors, against the network, in how busy a host is"},
      {"window", Count{&Parameters::window, 2, most_rounds}, "samples that a forecast is made from"},
      {"swaps", Switch{&Parameters::swaps}, "a guest that finds no room may be exchanged for another"},
      {"highest", Share{&Parameters::highest}, "the threshold rises to this share at most; it falls to `watch`"},
      {"step", Share{&Parameters::step}, "by which the threshold rises and falls"},
      {"memory", Count{&Parameters::memory, 1, most_rounds}, "migrations that the threshold is judged by"},
      {"settle",
       Count{&Parameters::settle, 1, most_rounds},
       "rounds without a migration before the last one is judged"},
      {"least_gain", Share{&Parameters::least_gain, false}, "what a migration must lower the spread by to be worth it"},
      {"spread", Share{&Parameters::spread, false}, "of the hosts' loads, that is small enough"},
      {"priority",
       Count{&Parameters::priority, 1, 5},
       "moves of this priority or a more urgent one: 1 only the most urgent"}};
  return all;
}

const Parameter* find(const std::string& name) {
  const auto found =
      std::find_if(parameters().begin(), parameters().end(), [&](const Parameter& one) { return one.name == name; });
  return found == parameters().end() ? nullptr : &*found;
}

std::string span_text(Nanoseconds span) {
  const auto seconds = std::chrono::duration<double>(span).count();
  for (const auto& [unit, length] : {std::pair{"h", 3600.0}, {"min", 60.0}}) {
    if (seconds >= length && std::fmod(seconds, length) == 0) {
      return fmt::format("{}{}", seconds / length, unit);
    }
  }
  return fmt::format("{}s", seconds);
}

/// Reads a value into a set of parameters: an overload for each kind.
class Reader {
public:
  Reader(Parameters& into, const std::string& text) : into_(into), text_(text) {}

  /// Each: what is wrong with the text, "CAUSE; write EXAMPLE"; empty: nothing.
  std::string operator()(const Share& kind) const {
    double number = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    const std::string_view rest(end, static_cast<std::size_t>(text_.data() + text_.size() - end));
    if (error != std::errc() || (!rest.empty() && rest != "%")) {
      return "no share; write for example 0.9 or 90%";
    }
    const double share = rest.empty() ? number : number / 100;
    if (!(share >= 0 && share <= 1) || (kind.above_zero && share == 0)) {
      return fmt::format("out of range; write a share {} 0 and up to 1", kind.above_zero ? "above" : "from");
    }
    into_.*kind.member = share;
    return "";
  }
  std::string operator()(const Count& kind) const {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    if (error != std::errc() || end != text_.data() + text_.size() || number < kind.least || number > kind.most) {
      return fmt::format("no such number; write a whole number from {} to {}", kind.least, kind.most);
    }
    into_.*kind.member = number;
    return "";
  }
  std::string operator()(const Span& kind) const {
    const Parsed<Nanoseconds> span = parse_duration(text_);
    if (!span.value) {
      return span.problem;
    }
    if (*span.value < kind.least || *span.value > kind.most) {
      return fmt::format("out of range; write a time from {} to {}", span_text(kind.least), span_text(kind.most));
    }
    into_.*kind.member = *span.value;
    return "";
  }
  std::string operator()(const Switch& kind) const {
    if (text_ != "true" && text_ != "false") {
      return "neither on nor off; write true or false";
    }
    into_.*kind.member = text_ == "true";
    return "";
  }

private:
  Parameters& into_;
  const std::string& text_;
};

std::string default_of(const Parameter& parameter, const Parameters& defaults) {
  struct Writer {
    const Parameters& from;
    std::string operator()(const Share& kind) const { return fmt::format("{}", from.*kind.member); }
    std::string operator()(const Count& kind) const { return fmt::format("{}", from.*kind.member); }
    std::string operator()(const Span& kind) const { return span_text(from.*kind.member); }
    std::string operator()(const Switch& kind) const { return from.*kind.member ? "true" : "false"; }
  };
  return std::visit(Writer{defaults}, parameter.kind);
}

/// Sets one; what is wrong with it, or nothing.
std::string
set(Parameters& values,
    const std::string& setting,
    const std::vector<std::string>& names,
    const std::string& policy,
    const Parameters& defaults) {
  const auto equals = setting.find('=');
  const std::string name = setting.substr(0, equals);
  const bool known = std::find(names.begin(), names.end(), name) != names.end();
  if (!known && names.empty()) {
    return fmt::format("policy '{}' has no parameters", policy);
  }
  if (!known) {
    const std::string of_others = find(name) == nullptr ? "unknown parameter" : "no parameter";
    return fmt::format("{} of policy '{}'; {}", of_others, policy, suggest(name, names, "Its parameters"));
  }
  if (equals == std::string::npos) {
    return fmt::format("no value; write {}={}", name, default_of(*find(name), defaults));
  }
  const std::string text = setting.substr(equals + 1);
  return std::visit(Reader(values, text), find(name)->kind);
}

/// What no single value tells.
std::vector<std::string> contradictions(const Parameters& values) {
  std::vector<std::string> found;
  if (std::abs(values.alpha + values.beta - 1) > exponent_tolerance) {
    found.push_back(fmt::format(
        "alpha {} and beta {} add up to {}; set both so that they add up to 1: doubling volume and image doubles the "
        "cost",
        values.alpha,
        values.beta,
        values.alpha + values.beta));
  }
  for (const auto& [name, value] : {std::pair{"target", values.target}, {"ceiling", values.ceiling}}) {
    if (value > values.overload) {
      found.push_back(fmt::format(
          "{} {} is above overload {}; set it lower: a move would leave a host overloaded",
          name,
          value,
          values.overload));
    }
  }
  if (values.k > values.n) {
    found.push_back(fmt::format("k {} is more than n {}; set n too: k of the last n rounds", values.k, values.n));
  }
  if (values.adaptive && values.cooldown == Nanoseconds(0)) {
    found.emplace_back("adaptive without a cooldown changes nothing; set cooldown too, for example cooldown=15min");
  }
  if (values.cooldown > values.cooldown_limit) {
    found.push_back(fmt::format(
        "cooldown {} is above cooldown_limit {}; set both",
        span_text(values.cooldown),
        span_text(values.cooldown_limit)));
  }
  return found;
}

} // namespace

std::vector<ParameterInfo> describe(const std::vector<std::string>& names, const Parameters& defaults) {
  std::vector<ParameterInfo> infos;
  for (const std::string& name : names) {
    const Parameter& parameter = *find(name);
    infos.push_back({name, default_of(parameter, defaults), parameter.about});
  }
  return infos;
}

Parameters with_values(
    const std::vector<std::string>& settings,
    const std::vector<std::string>& names,
    const std::string& policy,
    const Parameters& defaults,
    const std::string& option) {
  Parameters values = defaults;
  std::string mistakes;
  for (const std::string& setting : settings) {
    if (const std::string problem = set(values, setting, names, policy, defaults); !problem.empty()) {
      mistakes += fmt::format("{}{} {}: {}", mistakes.empty() ? "" : "\n", option, setting, problem);
    }
  }
  if (mistakes.empty()) { // else they may be about a value that was never meant
    for (const std::string& problem : contradictions(values)) {
      mistakes += fmt::format("{}{}: {}", mistakes.empty() ? "" : "\n", option, problem);
    }
  }
  if (!mistakes.empty()) {
    throw Error(mistakes, ExitStatus::bad_input)
        .with_hint("`migralab balance policies` lists the parameters of every policy");
  }
  return values;
}

} // namespace migralab::balance
