// SPDX-License-Identifier: Apache-2.0
#include "verbs.hpp"

namespace migralab {

void add_settings(CLI::App& verb, TopologyChanges& changes) {
  verb.add_option(
          "--set",
          changes.settings,
          "change a value of the topology, PATH=VALUE: guests.*.memory=128MiB; may be repeated")
      ->allow_extra_args(false);
}

} // namespace migralab
