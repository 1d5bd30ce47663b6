// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/lab/up.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string lab;
  std::string host;
  bool all = false;
  bool abandon = false;
};

/// Goes on after a failure; the exit code tells.
int down_all(bool abandon) {
  int code = 0;
  for (const std::string& lab : lab_names()) {
    try {
      tear_down(lab, abandon);
      fmt::print("lab {} is down\n", lab);
    } catch (const Error& error) {
      talk(fmt::format("migralab: down {}: {}", lab, error.what()));
      code = static_cast<int>(error.status());
    }
  }
  return code;
}

void down_one(const std::string& named, bool abandon) {
  // A second `down` is not a mistake: the wish is already fulfilled.
  if (named.empty() && lab_names().empty()) {
    talk("no lab is up: nothing to do");
    return;
  }
  const std::string lab = named.empty() ? choose_lab(named) : named;
  if (tear_down(lab, abandon)) {
    fmt::print("lab {} is down\n", lab);
  } else {
    talk(fmt::format("there is no lab {}: nothing to do", lab));
  }
}

/// A damaged record is none, nor one whose topology is lost: `down` by it would not find the hosts.
bool is_on_record(const Claimed& claimed) {
  const LabFolder folder(claimed.lab);
  try {
    const auto state = folder.read();
    return state && state->uuid == claimed.instance && !deployed_topology(folder, *state).lab.empty();
  } catch (const Error&) {
    return false;
  }
}

/// Of a lab whose controller is lost: by what one of its hosts remembers.
int down_by_host(const std::string& destination, const std::string& named) {
  SystemRunner runner;
  const Claimed claimed = choose_claimed(destination, named, labs_of_host(destination, runner));
  if (is_on_record(claimed)) {
    throw Error(fmt::format("lab {} is on record here", claimed.lab), ExitStatus::bad_input)
        .with_hint(fmt::format("`migralab down {}` ends all of it", claimed.lab));
  }
  const Topology topology = topology_of(claimed);
  const std::vector<Remnant> left = remove_lab(
      topology, remote_nodes(topology), claimed.instance, runner, [](const RemoteNode&, const std::vector<Remnant>&) {
      });
  for (const Remnant& remnant : left) {
    talk(fmt::format("left on {}: {}", remnant.host, remnant.what));
  }
  fmt::print("lab {} is {} its hosts\n", claimed.lab, left.empty() ? "removed from" : "not quite removed from");
  return left.empty() ? 0 : 1;
}

} // namespace

void add_down(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("down", "end a lab and remove everything of it");
  CLI::Option* lab = verb->add_option("LAB", options->lab, "the lab; may be left out when there is only one");
  verb->add_flag("--all", options->all, "every lab of this user")->excludes(lab);
  verb->add_flag(
      "--abandon",
      options->abandon,
      "forget what is left on remote hosts that do not answer any more; `audit --host ADDRESS` finds it");
  verb->add_option(
      "--host", options->host, "of a lab whose controller was lost: remove it from its hosts, of which this is one");
  verb->callback([options, &outcome] {
    if (!options->host.empty()) {
      outcome.code = down_by_host(options->host, options->lab);
    } else if (options->all) {
      outcome.code = down_all(options->abandon);
    } else {
      down_one(options->lab, options->abandon);
    }
  });
}

} // namespace migralab
