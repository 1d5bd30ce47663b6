// SPDX-License-Identifier: Apache-2.0
// Who runs the guests, in words.
#include "migralab/plan/plan.hpp"

namespace migralab {

std::string accelerator_words(const std::string& accelerator) {
  if (accelerator == simulated_accelerator) {
    return "nobody (simulated)";
  }
  return accelerator == accelerator_name(true) ? "KVM" : "TCG (software emulation)";
}

Caution caution_about(const std::string& accelerators) {
  if (accelerators.find(simulated_accelerator) != std::string::npos) {
    return {
        "simulated: all times are those of a model, nothing was measured",
        "Simulated: times of a model, nothing was measured"};
  }
  if (accelerators.find(accelerator_name(false)) != std::string::npos) {
    return {
        "software emulation (TCG): correct, but not performance figures",
        "Software emulation (TCG): not performance figures"};
  }
  return {};
}

std::string accelerator_name(bool kvm) {
  return kvm ? "kvm" : "tcg";
}

} // namespace migralab
