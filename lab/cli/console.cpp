// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

void add_console(CLI::App& app, Outcome& /*outcome*/) {
  struct Options {
    std::string guest;
    std::string lab;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("console", "open a guest's serial console; Ctrl-] leaves it");
  verb->add_option("GUEST", options->guest, "the guest")->required();
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->callback([options] {
    const OpenLab lab = open_lab(options->lab);
    inside(lab.state.keeper, [&] {
      Interior interior(lab.topology);
      const GuestPlace place = interior.find(options->guest);
      talk(fmt::format("console of {} on {}; Ctrl-] leaves it", options->guest, place.host));
      interior.hypervisor(place.host).console(options->guest);
      return 0;
    });
  });
}

} // namespace migralab
