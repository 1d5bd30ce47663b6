// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/hypervisor/inspection.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

constexpr auto answer_limit = std::chrono::seconds(4); // of a libvirtd that has been up

struct Options {
  std::string guest;
  std::string lab;
  unsigned seconds = 1;
  bool json = false;
};

void print(const Options& options, const std::string& host, const DirtyRate& rate, const std::string& accelerator) {
  if (options.json) {
    const nlohmann::ordered_json json{
        {"schema", "migralab.dirty-rate/1"},
        {"guest", options.guest},
        {"host", host},
        {"period_s", rate.period.count()},
        {"bytes_per_s", rate.per_second.count},
        {"mode", "page-sampling"},
        {"accelerator", accelerator}};
    fmt::print("{}\n", json.dump(2));
    return;
  }
  fmt::print(
      "{} on {} wrote to {} a second of distinct memory, over {} s; by a sample of its pages{}\n",
      options.guest,
      host,
      human(rate.per_second),
      rate.period.count(),
      accelerator == "kvm" ? "" : " (software emulation, TCG)");
}

int dirty_rate(const Options& options) {
  const OpenLab lab = open_lab(options.lab);
  return inside(
      lab.state.keeper,
      [&] {
        const std::string host = Interior(lab.topology).find(options.guest).host;
        const auto inspection = connect_inspection(libvirt_of(lab.topology, host), answer_limit);
        const DirtyRate rate = inspection->measure_dirty_rate(options.guest, std::chrono::seconds(options.seconds));
        print(options, host, rate, lab.state.accelerator);
        return 0;
      },
      std::chrono::minutes(2));
}

} // namespace

void add_dirty_rate(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("dirty-rate", "how fast a guest writes to its memory");
  verb->add_option("GUEST", options->guest, "the guest")->required();
  verb->add_option("--seconds", options->seconds, "measure for so long: 1 to 60")->default_str("1");
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options, &outcome] { outcome.code = dirty_rate(*options); });
}

} // namespace migralab
