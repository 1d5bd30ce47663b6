// SPDX-License-Identifier: Apache-2.0
// A lab as a drawing: hosts with the guests on them, storage servers, clients, networks with their rates.
#pragma once

#include "migralab/process/command_runner.hpp"
#include "migralab/topology/topology.hpp"

#include <map>
#include <string>

namespace migralab {

/// What a running lab adds to its topology. Empty for a lab that is not up.
struct GraphFacts {
  std::map<std::string, std::string> places;   // guest -> host that it is on now; absent: where it starts
  std::map<std::string, std::string> measured; // network -> "99.8 Mbit/s"
  bool running = false;                        // guests without a place have ended
};

/// The language of Graphviz (https://graphviz.org/doc/info/lang.html).
[[nodiscard]] std::string graph_dot(const Topology& topology, const GraphFacts& facts);

/// A flowchart of Mermaid (https://mermaid.js.org/syntax/flowchart.html), which code forges draw in Markdown.
[[nodiscard]] std::string graph_mermaid(const Topology& topology, const GraphFacts& facts);

/// graph_dot(), drawn by Graphviz's `dot`. Throws Error, exit code 3, where that is not installed.
[[nodiscard]] std::string graph_svg(const Topology& topology, const GraphFacts& facts, CommandRunner& runner);

} // namespace migralab
