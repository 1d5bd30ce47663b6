// SPDX-License-Identifier: Apache-2.0
// An experiment and a topology as texts, for tests of designs.
#pragma once

#include "migralab/core/error.hpp"
#include "migralab/experiment/design.hpp"

#include <gtest/gtest.h>
#include <string>

namespace migralab::test {

inline const TopologySource two_hosts{.file = "/labs/two.lab.yaml", .text = R"(lab: two
networks:
  lan: {rate: 1Gbit/s}
storage: {store: }
hosts: {h1: {memory: 2GiB}, h2: {memory: 2GiB}}
clients: {client: }
guests:
  web: {memory: 256MiB, services: [http]}
  db: {memory: 256MiB}
)"};

inline Experiment experiment_with(const std::string& more, const std::string& moves = "guest: web\nroute: [h2, h1]\n") {
  const std::string text = "experiment: sweep\ntopology: two.lab.yaml\nclient: client\n" + moves + more;
  Diagnostics diagnostics("/labs/sweep.exp.yaml", text);
  Experiment experiment = parse_experiment(text, "/labs/sweep.exp.yaml", diagnostics);
  EXPECT_EQ(diagnostics.render(), "");
  return experiment;
}

} // namespace migralab::test
