// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/experiment.hpp"
#include "migralab/topology/load.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <string>

namespace migralab {

void add_schema(CLI::App& app, Outcome& /*outcome*/) {
  auto kind = std::make_shared<std::string>("topology");
  CLI::App* verb = app.add_subcommand("schema", "print the JSON Schema of a kind of file, for editors and scripts");
  verb->add_option("KIND", *kind, "topology or experiment")
      ->check(CLI::IsMember({"topology", "experiment"}))
      ->capture_default_str();
  verb->callback([kind] { fmt::print("{}", *kind == "topology" ? topology_schema() : experiment_schema()); });
}

} // namespace migralab
