// SPDX-License-Identifier: Apache-2.0
#include "consolidation_settings.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace migralab::simulation {

namespace {

using Values = ConsolidationParameters;

struct Share {
  double Values::*member;
  bool above_zero = true;
};
struct Factor {
  double Values::*member;
};
struct Switch {
  bool Values::*member;
};
struct Seed {
  std::uint64_t Values::*member;
};
struct Count {
  std::size_t Values::*member;
};

struct Parameter {
  const char* name;
  std::variant<Share, Factor, Switch, Seed, Count> kind;
  const char* about;
  bool (*belongs_to)(std::string_view detect, std::string_view select);
};

constexpr double most_safety = 100;

/// They keep room for what a host's use has done so far.
bool keeps_room(std::string_view detect) {
  return detect == "mad" || detect == "iqr" || detect == "lr" || detect == "lrr";
}

/// zhao-2009 has no detection.
bool has_no_detection(std::string_view detect) {
  return detect == "zhao";
}

const std::vector<Parameter>& parameters() {
  using Name = std::string_view;
  static const std::vector<Parameter> all{
      {"threshold",
       Share{&Values::threshold},
       "a host is overloaded when its guests demand more than this share",
       [](Name detect, Name) { return detect == "thr"; }},
      {"safety",
       Factor{&Values::safety},
       "the larger, the more room hosts keep: a factor of the swing, or of the predicted use",
       [](Name detect, Name) { return keeps_room(detect); }},
      {"fallback",
       Share{&Values::fallback},
       "threshold while there are too few samples",
       [](Name detect, Name) { return keeps_room(detect); }},
      {"otf",
       Share{&Values::otf},
       "share of the time in which guests may demand all that a host has",
       [](Name detect, Name) { return detect == "otf"; }},
      {"weighted",
       Switch{&Values::weighted},
       "newer samples count more for the line; false: as CloudSim 4.0",
       [](Name detect, Name) { return detect == "lr" || detect == "lrr"; }},
      {"spare_receivers",
       Switch{&Values::spare_receivers},
       "hosts that take guests are not emptied in the same round; false: as CloudSim 4.0",
       [](Name detect, Name) { return !has_no_detection(detect); }},
      {"reserve",
       Count{&Values::reserve},
       "hosts without guests that stay on, for what may come",
       [](Name detect, Name) { return !has_no_detection(detect); }},
      {"transitions",
       Count{&Values::transitions},
       "hosts that are emptied in a round, at most; 0: any number",
       [](Name detect, Name) { return !has_no_detection(detect); }},
      {"weight",
       Share{&Values::weight, false},
       "of processors, against the network, in how busy a host is",
       [](Name detect, Name) { return has_no_detection(detect); }},
      {"seed", Seed{&Values::seed}, "of what is drawn by lot", [](Name detect, Name select) {
         return select == "rs" || has_no_detection(detect);
       }}};
  return all;
}

/// "thr" and "mmt" of "thr-mmt".
std::pair<std::string_view, std::string_view> parts_of(std::string_view policy) {
  const std::size_t dash = policy.find('-');
  return {policy.substr(0, dash), policy.substr(dash + 1)};
}

std::vector<const Parameter*> of_policy(const std::string& policy) {
  const auto [detect, select] = parts_of(policy);
  std::vector<const Parameter*> found;
  for (const Parameter& parameter : parameters()) {
    if (parameter.belongs_to(detect, select)) {
      found.push_back(&parameter);
    }
  }
  return found;
}

std::string default_of(const Parameter& parameter, const std::string& policy) {
  struct Writer {
    const Values& from;
    double published_safety;
    std::string operator()(const Share& kind) const { return fmt::format("{}", from.*kind.member); }
    std::string operator()(const Factor&) const { return fmt::format("{}", published_safety); }
    std::string operator()(const Switch& kind) const { return from.*kind.member ? "true" : "false"; }
    std::string operator()(const Seed& kind) const { return fmt::format("{}", from.*kind.member); }
    std::string operator()(const Count& kind) const { return fmt::format("{}", from.*kind.member); }
  };
  const Values defaults;
  return std::visit(Writer{defaults, published_safety(policy)}, parameter.kind);
}

/// Reads a value into the parameters; what is wrong with the text, or nothing.
class Reader {
public:
  Reader(Values& into, std::string_view text) : into_(into), text_(text) {}

  std::string operator()(const Share& kind) const {
    double number = 0;
    const auto rest = rest_after(number);
    if (!rest || (!rest->empty() && *rest != "%")) {
      return "no share; write for example 0.8 or 80%";
    }
    const double share = rest->empty() ? number : number / 100;
    if (!(share >= 0 && share <= 1) || (kind.above_zero && share == 0)) {
      return fmt::format("out of range; write a share {} 0 and up to 1", kind.above_zero ? "above" : "from");
    }
    into_.*kind.member = share;
    return "";
  }
  std::string operator()(const Factor& kind) const {
    double number = 0;
    if (rest_after(number) != "" || !(number > 0 && number <= most_safety)) {
      return fmt::format("no such factor; write a number above 0 and up to {}, for example 1.5", most_safety);
    }
    into_.*kind.member = number;
    return "";
  }
  std::string operator()(const Switch& kind) const {
    if (text_ != "true" && text_ != "false") {
      return "neither on nor off; write true or false";
    }
    into_.*kind.member = text_ == "true";
    return "";
  }
  std::string operator()(const Seed& kind) const { return whole(into_.*kind.member); }
  std::string operator()(const Count& kind) const { return whole(into_.*kind.member); }

private:
  template <typename Number> std::string whole(Number& member) const {
    Number number = 0;
    if (rest_after(number) != "") {
      return "no such number; write a whole number from 0";
    }
    member = number;
    return "";
  }

  /// What is left behind the number; nothing where there is no number.
  template <typename Number> std::optional<std::string_view> rest_after(Number& number) const {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    return error == std::errc() ? std::optional(text_.substr(static_cast<std::size_t>(end - text_.data())))
                                : std::nullopt;
  }

  Values& into_;
  std::string_view text_;
};

/// Sets one; what is wrong with it, or nothing.
std::string set(Values& values, const std::string& setting, const std::string& policy) {
  const std::size_t equals = setting.find('=');
  const std::string name = setting.substr(0, equals);
  std::vector<std::string> names;
  for (const Parameter* parameter : of_policy(policy)) {
    if (parameter->name != name) {
      names.emplace_back(parameter->name);
      continue;
    }
    if (equals == std::string::npos) {
      return fmt::format("no value; write {}={}", name, default_of(*parameter, policy));
    }
    return std::visit(Reader(values, std::string_view(setting).substr(equals + 1)), parameter->kind);
  }
  const bool of_others =
      std::any_of(parameters().begin(), parameters().end(), [&](const Parameter& one) { return one.name == name; });
  return fmt::format(
      "{} of policy '{}'; {}",
      of_others ? "no parameter" : "unknown parameter",
      policy,
      suggest(name, names, "Its parameters"));
}

} // namespace

std::vector<balance::ParameterInfo> consolidation_parameters(const std::string& policy) {
  std::vector<balance::ParameterInfo> infos;
  for (const Parameter* parameter : of_policy(policy)) {
    infos.push_back({parameter->name, default_of(*parameter, policy), parameter->about});
  }
  return infos;
}

ConsolidationParameters consolidation_values(const std::string& policy, const std::vector<std::string>& settings) {
  Values values;
  std::string mistakes;
  for (const std::string& setting : settings) {
    if (const std::string problem = set(values, setting, policy); !problem.empty()) {
      mistakes += fmt::format("{}--set {}: {}", mistakes.empty() ? "" : "\n", setting, problem);
    }
  }
  if (!mistakes.empty()) {
    throw Error(mistakes, ExitStatus::bad_input)
        .with_hint("`migralab balance policies` lists the parameters of every policy");
  }
  return values;
}

} // namespace migralab::simulation
