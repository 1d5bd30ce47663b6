// SPDX-License-Identifier: Apache-2.0
// A topology from text, simulated, in which nothing is left to chance.
#pragma once

#include "migralab/topology/load.hpp"

#include <gtest/gtest.h>
#include <string>

namespace migralab::simulated::test {

inline constexpr Instant noon{std::chrono::hours(12)};

inline Topology topology_of(const std::string& text) {
  Diagnostics diagnostics("small.lab.yaml", text);
  Topology topology = parse_topology(text, "small.lab.yaml", "", diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render();
  return topology;
}

/// Three hosts on one network; a guest on the first and a guest on the second.
inline Topology small_lab(const std::string& rate = "1Gbit/s", const std::string& simulated = "") {
  return topology_of(
      "lab: small\nsubstrate: simulated\nsimulated: {noise: false, goodput: 100%" + simulated +
      "}\nnetworks: {lan: {rate: " + rate + "}}\n" +
      "hosts:\n  h1: {memory: 2GiB, cpus: 1}\n  h2: {memory: 2GiB, cpus: 1}\n  h3: {memory: 512MiB, cpus: 1}\n"
      "clients: {client: }\n"
      "guests:\n  web: {memory: 256MiB, host: h1}\n  db: {memory: 1GiB, host: h2}\n");
}

} // namespace migralab::simulated::test
