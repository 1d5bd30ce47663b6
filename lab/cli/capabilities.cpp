// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/technique.hpp"
#include "migralab/hypervisor/xen_features.hpp"
#include "migralab/process/command_runner.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const std::vector<Feature>& features) {
  Json list = Json::array();
  for (const Feature& feature : features) {
    list.push_back(
        {{"name", feature.name}, {"available", feature.available}, {"reason", feature.reason}, {"fix", feature.fix}});
  }
  return list;
}

std::string words(const Feature& feature) {
  const std::string fix = feature.fix.empty() ? "" : " (" + feature.fix + ")";
  return feature.available ? "yes" : "no: " + feature.reason + fix;
}

std::string table(const std::string& hypervisor, const std::vector<Feature>& features) {
  std::vector<std::vector<std::string>> rows{{"MIGRATION", hypervisor}};
  for (const Feature& feature : features) {
    rows.push_back({feature.name, words(feature)});
  }
  return render_rows(rows);
}

/// Of "QEMU emulator version 7.2.17 (Debian ...)": the number.
std::string qemu_version() {
  SystemRunner runner;
  const CommandResult result =
      runner.run({.argv = {"qemu-system-x86_64", "--version"}, .timeout = std::chrono::seconds(10)});
  const std::string before = "version ";
  const std::size_t begins = result.output.find(before);
  if (!result.ok() || begins == std::string::npos) {
    return "not found";
  }
  const std::string rest = result.output.substr(begins + before.size());
  return rest.substr(0, rest.find_first_of(" \n"));
}

void capabilities(bool json) {
  const FeatureFacts facts = feature_facts();
  const std::vector<Feature> kvm = migration_features(facts);
  const std::vector<Feature> xen = xen_migration_features();
  const std::string qemu = qemu_version();
  const unsigned long libvirt = facts.libvirt_version;
  const std::string libvirt_version =
      fmt::format("{}.{}.{}", libvirt / 1'000'000, libvirt / 1000 % 1000, libvirt % 1000);
  if (json) {
    const Json all{
        {"schema", "migralab.capabilities/1"},
        {"substrate", "namespace"},
        {"hypervisors",
         {{{"name", "kvm"}, {"libvirt", libvirt_version}, {"qemu", qemu}, {"migration", to_json(kvm)}},
          {{"name", "xen"}, {"libvirt", nullptr}, {"qemu", nullptr}, {"migration", to_json(xen)}}}}};
    fmt::print("{}\n", all.dump(2));
    return;
  }
  fmt::print(
      "KVM/QEMU on hosts that are namespaces: {}, libvirt {}; Xen on hosts that are machines, from their image\n\n",
      qemu,
      libvirt_version);
  fmt::print("{}\n{}", table("KVM/QEMU", kvm), table("XEN", xen));
}

} // namespace

void add_capabilities(CLI::App& app, Outcome& /*outcome*/) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("capabilities", "what migrations can do here, and why not what they cannot");
  verb->add_flag("--json", *json, "for scripts");
  verb->callback([json] { capabilities(*json); });
}

} // namespace migralab
