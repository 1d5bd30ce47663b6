// SPDX-License-Identifier: Apache-2.0
#include "migralab/plan/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

std::string render_plan(const Plan& plan) {
  std::size_t width = 0;
  for (const Step& step : plan.steps) {
    width = std::max(width, step.name.size());
  }
  std::string text = fmt::format(
      "lab {}: {} steps, guests run by {}\n",
      plan.lab,
      plan.steps.size(),
      plan.kvm ? "KVM" : "TCG (software emulation)");
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    std::string after;
    for (const std::size_t earlier : step.after) {
      after += (after.empty() ? "after " : ", ") + plan.steps[earlier].name;
    }
    text += after.empty() ? fmt::format("{:3}  {}\n", i + 1, step.name)
                          : fmt::format("{:3}  {:{}}  {}\n", i + 1, step.name, width, after);
  }
  for (const std::string& host : plan.remotes) {
    text += fmt::format("  +  {:{}}  before all steps\n", "ssh " + host, width);
  }
  for (const Gateway& gateway : plan.gateways) {
    text += fmt::format("  +  {:{}}  after all steps\n", "outbound " + gateway.network.network, width);
  }
  return text;
}

} // namespace migralab
