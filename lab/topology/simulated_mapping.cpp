// SPDX-License-Identifier: Apache-2.0
#include "mappings.hpp"

namespace migralab {
namespace {

constexpr auto longest_time = std::chrono::seconds(10);

} // namespace

const Mapping<SimulatedSpec>& simulated_mapping() {
  static const auto mapping = [] {
    Mapping<SimulatedSpec> keys("what is simulated", "Times and sizes of the model (docs/simulator.md).");
    keys.key(
        "used", amount_kind("120MiB"), &SimulatedSpec::used, "Memory of a guest that is not zero. Default: 120MiB.");
    keys.key(
        "dirty_rate",
        byte_rate_kind("512KiB/s"),
        &SimulatedSpec::dirty_rate,
        "Memory that an idle guest writes. Default: 512KiB/s.");
    keys.key(
        "working_set",
        amount_kind("2MiB"),
        &SimulatedSpec::working_set,
        "What these writes go to, again and again. Default: 2MiB.");
    keys.key(
        "idle_cpu",
        percent_kind(0, 100, "2%"),
        [](SimulatedSpec & spec) -> auto& { return spec.idle_cpu; },
        "Of one processor, for an idle guest. Default: 2%.");
    keys.key(
        "goodput",
        percent_kind(1, 100, "94%"),
        [](SimulatedSpec & spec) -> auto& { return spec.goodput; },
        "Of a link's rate, what a migration gets of it. Default: 94%.");
    keys.key(
        "setup",
        duration_kind(longest_time, "30ms"),
        &SimulatedSpec::setup,
        "Before a migration's first byte. Default: 30ms.");
    keys.key(
        "resume",
        duration_kind(longest_time, "20ms"),
        &SimulatedSpec::resume,
        "From its last byte until the guest runs. Default: 20ms.");
    keys.key(
        "finish",
        duration_kind(longest_time, "30ms"),
        &SimulatedSpec::finish,
        "From then until the migration has ended. Default: 30ms.");
    keys.key(
        "noise",
        switch_kind(),
        &SimulatedSpec::noise,
        "Whether times and latencies differ from trial to trial, by chance and the seed. Default: true.");
    return keys;
  }();
  return mapping;
}

} // namespace migralab
