// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/graph.hpp"

#include "migralab/topology/load.hpp"

#include "support/golden.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

Topology ferreira() {
  return load_topology(test::source_path("topologies/ferreira-2013.lab.yaml"));
}

std::filesystem::path golden(const std::string& name) {
  return test::source_path("tests/unit/report/golden/" + name);
}

TEST(Graph, OfATopology) {
  const Topology topology = load_topology(test::source_path("topologies/kvm-two-nics.lab.yaml"));
  test::expect_golden(golden("two-nics.dot"), graph_dot(topology, {}));
  test::expect_golden(golden("two-nics.mmd"), graph_mermaid(topology, {}));
}

/// The part of a drawing between two texts.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  return from == std::string::npos ? "" : text.substr(from, text.find(end, from) - from);
}

TEST(Graph, DrawsGuestsWhereTheyAreNow) {
  const GraphFacts facts{
      .places = {{"centos59", "h39"}, {"centos61", "h61"}}, .measured = {{"lan", "987 Mbit/s"}}, .running = true};
  const std::string dot = graph_dot(ferreira(), facts);
  EXPECT_NE(between(dot, "cluster_host_h39", "  }\n").find("guest_centos59 "), std::string::npos) << dot;
  EXPECT_EQ(between(dot, "cluster_host_h59", "  }\n").find("guest_centos59 "), std::string::npos) << dot;
  EXPECT_NE(dot.find("1Gbit/s\\nmeasured 987 Mbit/s"), std::string::npos) << dot;
  EXPECT_NE(between(dot, "guest_centos39 ", "\n").find("ended"), std::string::npos) << dot;
  const std::string mermaid = graph_mermaid(ferreira(), facts);
  EXPECT_NE(between(mermaid, "subgraph box_h39", "  end\n").find("guest_centos59("), std::string::npos) << mermaid;
  EXPECT_NE(mermaid.find("1Gbit/s<br/>measured 987 Mbit/s"), std::string::npos) << mermaid;
}

TEST(Graph, TellsProcessorsAsTheyAreWritten) {
  Topology topology = ferreira();
  topology.hosts.at(0).cpus = 0.5;
  topology.hosts.at(1).cpus = 511.99;
  topology.hosts.at(2).cpus = 2;
  const std::string dot = graph_dot(topology, {});
  EXPECT_NE(dot.find("0.5 cpus, "), std::string::npos) << dot;
  EXPECT_NE(dot.find("511.99 cpus, "), std::string::npos) << dot;
  EXPECT_NE(dot.find("\\n2 cpus, "), std::string::npos) << dot;
}

TEST(Graph, GraphvizDrawsIt) {
  SystemRunner runner;
  const std::string svg = graph_svg(ferreira(), {}, runner);
  EXPECT_NE(svg.find("<svg"), std::string::npos);
  EXPECT_NE(svg.find(">192.168.91.180</text>"), std::string::npos);
  EXPECT_NE(svg.find(">centos59&#45;2</text>"), std::string::npos);
}

} // namespace
} // namespace migralab
