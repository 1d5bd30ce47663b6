// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/technique.hpp"

#include "table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

void capabilities(bool json) {
  const std::vector<Feature> features = migration_features(feature_facts());
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows{{"MIGRATION", "KVM/QEMU"}};
  for (const Feature& feature : features) {
    list.push_back(
        {{"name", feature.name}, {"available", feature.available}, {"reason", feature.reason}, {"fix", feature.fix}});
    const std::string fix = feature.fix.empty() ? "" : " (" + feature.fix + ")";
    rows.push_back({feature.name, feature.available ? "yes" : "no: " + feature.reason + fix});
  }
  if (json) {
    const nlohmann::ordered_json all{
        {"schema", "migralab.capabilities/1"}, {"hypervisors", {{{"name", "kvm"}, {"migration", list}}}}};
    fmt::print("{}\n", all.dump(2));
  } else {
    fmt::print("{}", render_rows(rows));
  }
}

} // namespace

void add_capabilities(CLI::App& app, Outcome& /*outcome*/) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("capabilities", "what migrations can do here, and why not what they cannot");
  verb->add_flag("--json", *json, "for scripts");
  verb->callback([json] { capabilities(*json); });
}

} // namespace migralab
