// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/graph.hpp"

#include "migralab/lab/network_rates.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>

namespace migralab {

namespace {

enum class Format { svg, dot, mermaid };

struct Options {
  std::string what;
  Format format = Format::svg;
  TopologyChanges changes;
};

void draw(const Topology& topology, const GraphFacts& facts, Format format) {
  switch (format) {
  case Format::svg: {
    SystemRunner runner;
    fmt::print("{}", graph_svg(topology, facts, runner));
    return;
  }
  case Format::dot:
    fmt::print("{}", graph_dot(topology, facts));
    return;
  case Format::mermaid:
    fmt::print("{}", graph_mermaid(topology, facts));
    return;
  }
}

/// By network, the slowest and the fastest direction of its cables.
std::map<std::string, std::string> measured_rates(const NetworkRecord& record) {
  std::map<std::string, std::pair<BitRate, BitRate>> ranges;
  for (const LinkRate& rate : record.rates) {
    const auto [range, first] = ranges.try_emplace(rate.network, rate.measured, rate.measured);
    if (!first) {
      range->second.first = std::min(range->second.first, rate.measured);
      range->second.second = std::max(range->second.second, rate.measured);
    }
  }
  std::map<std::string, std::string> texts;
  for (const auto& [network, range] : ranges) {
    const std::string slowest = human(range.first);
    const std::string fastest = human(range.second);
    texts[network] = slowest == fastest ? slowest : fmt::format("{} to {}", slowest, fastest);
  }
  return texts;
}

void graph(const Options& options) {
  if (options.what.ends_with(".yaml") || options.what.find('/') != std::string::npos) {
    expect_topology_file(options.what);
    draw(load_topology_with_warnings(options.what, options.changes), {}, options.format);
    return;
  }
  if (!options.changes.settings.empty()) {
    throw Error("--set changes a topology file, and a running lab is drawn here", ExitStatus::bad_input)
        .with_hint("name a *.lab.yaml, or leave --set out");
  }
  const OpenLab lab = open_lab(options.what);
  inside(
      lab.state.keeper,
      [&] {
        GraphFacts facts{.places = {}, .measured = {}, .running = true};
        for (const auto& [guest, place] : Interior(lab.topology).survey().guests) {
          facts.places[guest] = place.host;
        }
        facts.measured = measured_rates(read_network_record(LabFolder(lab.state.lab)));
        draw(lab.topology, facts, options.format);
        return 0;
      },
      std::chrono::seconds(60));
}

} // namespace

void add_graph(CLI::App& app, Outcome& /*outcome*/) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("graph", "draw a topology file or a running lab, on stdout");
  verb->add_option("WHAT", options->what, "topology (*.lab.yaml), or a lab; may be left out when there is only one");
  verb->add_option("--format", options->format, "svg, dot (Graphviz) or mermaid")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Format>{
                                              {"svg", Format::svg}, {"dot", Format::dot}, {"mermaid", Format::mermaid}})
                      .description(""))
      ->default_str("svg");
  add_settings(*verb, options->changes);
  verb->callback([options] { graph(*options); });
}

} // namespace migralab
