// SPDX-License-Identifier: Apache-2.0
#include "guest_shell.hpp"
#include "migralab/core/error.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string from;
  std::string to;
  std::string lab;
};

/// "web:/srv/x" -> {"web", "/srv/x"}; a path of this machine has no guest.
std::pair<std::string, std::string> split(const std::string& place, const Topology& topology) {
  const std::size_t colon = place.find(':');
  const std::string guest = place.substr(0, colon);
  if (colon == std::string::npos || guest.find('/') != std::string::npos) {
    return {"", place};
  }
  static_cast<void>(guest_of(topology, guest)); // a wrong name is an error that lists the right ones
  return {guest, place.substr(colon + 1)};
}

int copy(const Options& options) {
  const OpenLab lab = open_lab(options.lab);
  const auto [from_guest, from_path] = split(options.from, lab.topology);
  const auto [to_guest, to_path] = split(options.to, lab.topology);
  if (from_guest.empty() == to_guest.empty()) {
    throw Error("one of the two must be in a guest, the other on this machine", ExitStatus::bad_input)
        .with_hint("write for example `migralab cp web:/srv/www/index.html .`");
  }
  const std::string& guest = from_guest.empty() ? to_guest : from_guest;
  const auto arguments = [fetch = !from_guest.empty(), from = from_path, to = to_path](
                             const std::string& login) -> std::vector<std::string> {
    const std::string there = login + ":";
    return {"-q", "-r", "--", fetch ? there + from : from, fetch ? to : there + to};
  };
  return inside(lab.state.keeper, [&] {
    SystemRunner runner;
    const CommandResult result = runner.run(guest_command(lab, guest, "scp", arguments));
    if (result.end == CommandResult::End::not_started) {
      throw Error(result.errors, ExitStatus::machine_lacks).with_hint("install the Debian package openssh-client");
    }
    return result.ok() ? 0 : static_cast<int>(ExitStatus::failed); // scp has said why
  });
}

} // namespace

void add_cp(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("cp", "copy files or folders to or from a guest");
  verb->add_option("FROM", options->from, "PATH or GUEST:PATH")->required();
  verb->add_option("TO", options->to, "PATH or GUEST:PATH")->required();
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->callback([options, &outcome] { outcome.code = copy(*options); });
}

} // namespace migralab
