// SPDX-License-Identifier: Apache-2.0
#include "guest_shell.hpp"
#include "verbs.hpp"

#include <memory>

namespace migralab {

void add_ssh(CLI::App& app, Outcome& outcome) {
  struct Options {
    std::string guest;
    std::vector<std::string> command;
    std::string lab;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("ssh", "log in to a guest, or run a command in it");
  verb->add_option("GUEST", options->guest, "the guest")->required();
  verb->add_option("COMMAND", options->command, "after --: the command and its arguments");
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->callback([options, &outcome] {
    const OpenLab lab = open_lab(options->lab);
    outcome.code = run_in_guest(lab, options->guest, options->command);
  });
}

} // namespace migralab
