// SPDX-License-Identifier: Apache-2.0
#include "migralab/topology/load.hpp"
#include "verbs.hpp"

#include <fmt/format.h>

namespace migralab {

void add_schema(CLI::App& app, Outcome& /*outcome*/) {
  CLI::App* verb = app.add_subcommand("schema", "print the JSON Schema of topology files, for editors and scripts");
  verb->callback([] { fmt::print("{}", topology_schema()); });
}

} // namespace migralab
