// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/substrate/keeper.hpp"
#include "verbs.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <string_view>

namespace migralab {

namespace {

constexpr const char* exit_codes = "Exit codes: 0 ok, 1 the operation failed, 2 bad input or usage, "
                                   "3 the machine lacks something, 130 interrupted.\n"
                                   "Labs are kept in $XDG_STATE_HOME/migralab, images in $XDG_CACHE_HOME/migralab.";

int complain(const Error& error) {
  const bool diagnostics = dynamic_cast<const InputError*>(&error) != nullptr;
  fmt::print(stderr, "{}{}\n", diagnostics ? "" : "migralab: ", error.what());
  if (!error.hint().empty()) {
    fmt::print(stderr, "hint: {}\n", error.hint());
  }
  return static_cast<int>(error.status());
}

int run_verb(int argc, char** argv) {
  CLI::App app("migralab: labs for virtual-machine migration, from one topology file");
  app.name("migralab");
  app.set_version_flag("--version", std::string("migralab ") + MIGRALAB_VERSION);
  app.footer(exit_codes);
  app.require_subcommand(1);
  Outcome outcome;
  for (const auto add :
       {add_run, add_up, add_ls, add_inspect, add_exec, add_console, add_migrate, add_down, add_check, add_doctor}) {
    add(app, outcome);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ExitStatus::bad_input);
  }
  return outcome.code;
}

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  // The keeper is this program under another name, so that a process list tells what it is.
  if (argc == 2 && std::string_view(argv[0]) == keeper_name) {
    return keeper_main(argv[1]);
  }
  watch_for_interrupts();
  try {
    const int code = run_verb(argc, argv);
    // Results that could not be written are a failure, not a short file.
    if (std::fflush(stdout) != 0 && code == 0) {
      fmt::print(stderr, "migralab: cannot write to standard output\n");
      return static_cast<int>(ExitStatus::failed);
    }
    return code;
  } catch (const Error& error) {
    return complain(error);
  } catch (const std::exception& error) {
    return complain(Error(error.what()));
  }
}
