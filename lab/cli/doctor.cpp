// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/doctor.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

void add_doctor(CLI::App& app, Outcome& outcome) {
  auto json = std::make_shared<bool>(false);
  auto hosts = std::make_shared<std::vector<std::string>>();
  CLI::App* verb =
      app.add_subcommand("doctor", "tell what this machine has and lacks for labs; exit 3 if one could not run");
  verb->add_flag("--json", *json, "for scripts");
  verb->add_option(
      "--host", *hosts, "look at this remote host instead, where ssh finds it; several: also at each other");
  verb->callback([json, hosts, &outcome] {
    SystemRunner runner;
    const std::vector<Finding> findings =
        hosts->empty() ? examine_machine(runner) : examine_remote_hosts(*hosts, runner);
    fmt::print("{}", *json ? render_json(findings) : render_text(findings));
    outcome.code = static_cast<int>(exit_status_of(findings));
  });
}

} // namespace migralab
