// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/substrate/keeper.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/uplink.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

namespace {

constexpr const char* exit_codes = "Exit codes: 0 ok, 1 the operation failed, 2 bad input or usage, "
                                   "3 the machine lacks something, 130 interrupted.\n"
                                   "Labs are kept in $XDG_STATE_HOME/migralab, images in $XDG_CACHE_HOME/migralab.";

/// CLI11 says only that a subcommand is required.
void expect_verb(const CLI::App& app, int argc, char** argv) {
  const std::string verb = argc < 2 ? "" : argv[1];
  std::vector<std::string> known;
  for (const CLI::App* subcommand : app.get_subcommands({})) {
    known.push_back(subcommand->get_name());
  }
  if (verb.starts_with("-") || std::find(known.begin(), known.end(), verb) != known.end()) {
    return;
  }
  throw Error(verb.empty() ? "what shall be done?" : fmt::format("unknown verb '{}'", verb), ExitStatus::bad_input)
      .with_hint(suggest(verb, known, "verbs") + "; `migralab --help` explains them");
}

/// A stream that the caller closed becomes /dev/null: the next file that is opened must not take its number.
void open_standard_streams() {
  for (int stream = 0; stream < 3; ++stream) {
    if (::fcntl(stream, F_GETFD) < 0) {
      static_cast<void>(::open("/dev/null", O_RDWR)); // the lowest free number: this one
    }
  }
}

int run_verb(int argc, char** argv) {
  CLI::App app("migralab: labs for virtual-machine migration, from one topology file");
  app.name("migralab");
  app.set_version_flag("--version", std::string("migralab ") + MIGRALAB_VERSION);
  app.footer(exit_codes);
  app.require_subcommand(1);
  Outcome outcome;
  for (const auto add : {add_run,     add_report,       add_compare,    add_bundle,       add_up,       add_ls,
                         add_inspect, add_exec,         add_ssh,        add_cp,           add_console,  add_forward,
                         add_migrate, add_shape,        add_counters,   add_storage,      add_workload, add_down,
                         add_audit,   add_capabilities, add_dirty_rate, add_availability, add_balance,  add_check,
                         add_graph,   add_schema,       add_image,      add_doctor,       add_adopt}) {
    add(app, outcome);
  }
  expect_verb(app, argc, argv);
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
  // A lab's standing processes are this program under other names, so that a process list tells what they are.
  if (argc == 3 && std::string_view(argv[0]) == keeper_name) {
    return keeper_main(argv[1]);
  }
  if (argc == 2 && std::string_view(argv[0]) == node_holder_name) {
    return node_holder_main();
  }
  if (argc > 2 && std::string_view(argv[1]) == uplink_name) {
    return uplink_main({argv + 2, argv + argc});
  }
  open_standard_streams();
  watch_for_interrupts();
  try {
    const int code = run_verb(argc, argv);
    // Results that could not be written are a failure, not a short file.
    if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0) && code == 0) {
      return complain(Error("cannot write to standard output"));
    }
    return code;
  } catch (const Error& error) {
    return complain(error);
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(Error(error.path1().native() + ": " + error.code().message()));
  } catch (const std::exception& error) {
    return complain(Error(error.what()));
  }
}
