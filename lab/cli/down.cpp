// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/lab/up.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string lab;
  bool all = false;
};

/// Goes on after a failure; the exit code tells.
int down_all() {
  int code = 0;
  for (const std::string& lab : lab_names()) {
    try {
      tear_down(lab);
      fmt::print("lab {} is down\n", lab);
    } catch (const Error& error) {
      talk(fmt::format("migralab: down {}: {}", lab, error.what()));
      code = static_cast<int>(error.status());
    }
  }
  return code;
}

void down_one(const std::string& named) {
  // A second `down` is not a mistake: the wish is already fulfilled.
  if (named.empty() && lab_names().empty()) {
    talk("no lab is up: nothing to do");
    return;
  }
  const std::string lab = named.empty() ? choose_lab(named) : named;
  if (tear_down(lab)) {
    fmt::print("lab {} is down\n", lab);
  } else {
    talk(fmt::format("there is no lab {}: nothing to do", lab));
  }
}

} // namespace

void add_down(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("down", "end a lab and remove everything of it");
  CLI::Option* lab = verb->add_option("LAB", options->lab, "the lab; may be left out when there is only one");
  verb->add_flag("--all", options->all, "every lab of this user")->excludes(lab);
  verb->callback([options, &outcome] {
    if (options->all) {
      outcome.code = down_all();
    } else {
      down_one(options->lab);
    }
  });
}

} // namespace migralab
