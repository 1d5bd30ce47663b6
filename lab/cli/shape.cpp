// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/substrate/links.hpp"
#include "network_table.hpp"
#include "session.hpp"
#include "shaping_words.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

constexpr auto limit = std::chrono::minutes(5);

struct Options {
  std::string network;
  std::vector<std::string> words; // settings, and perhaps a lab
  std::string lab;
  std::string node;
  bool no_measure = false;
};

/// Words without '=' name the lab; the rest stays.
void take_lab(Options& options) {
  for (auto word = options.words.begin(); word != options.words.end();) {
    if (word->find('=') != std::string::npos) {
      ++word;
      continue;
    }
    if (!options.lab.empty()) {
      throw Error(
          fmt::format("'{}' is neither a setting nor the lab, which is '{}'", *word, options.lab),
          ExitStatus::bad_input)
          .with_hint("a setting is written rate=10Mbit/s, up=none, delay=20ms or loss=1%");
    }
    options.lab = *word;
    word = options.words.erase(word);
  }
}

/// The cables of the network, or the node's one.
std::vector<MakeLink> cables(const Topology& topology, const std::string& network, const std::string& node) {
  std::vector<MakeLink> links = links_of(topology);
  std::erase_if(links, [&](const MakeLink& link) { return link.network != network; });
  if (node.empty()) {
    return links;
  }
  std::vector<std::string> nodes;
  for (const MakeLink& link : links) {
    nodes.push_back(link.node);
  }
  std::erase_if(links, [&](const MakeLink& link) { return link.node != node; });
  if (links.empty()) {
    throw Error(fmt::format("network {} has no cable to a node '{}'", network, node), ExitStatus::bad_input)
        .with_hint(suggest(node, nodes, "nodes"));
  }
  return links;
}

void shape_links(
    const Topology& topology,
    std::vector<MakeLink>& links,
    const Shaping& shaping,
    CommandRunner& runner) {
  for (MakeLink& link : links) {
    for (const Command& command : shaping_commands(link, shaping)) {
      run_checked(runner, link.remote.empty() ? command : on_host(topology, link.node, command));
    }
    link.shaping = shaping;
  }
}

int shape(Options options) {
  take_lab(options);
  const OpenLab lab = open_lab(options.lab);
  const NetworkSpec& network = network_of(lab.topology, options.network);
  if (!network.bridge.empty()) {
    throw Error(
        fmt::format("network {} is a bridge that is there, {}: a lab does not shape it", network.name, network.bridge),
        ExitStatus::bad_input)
        .with_hint("without 'bridge' the lab makes a network of its own, which it shapes");
  }
  std::vector<MakeLink> links = cables(lab.topology, network.name, options.node);
  const Shaping shaping =
      changed_shaping(options.node.empty() ? network.shaping : network.shaping_of(options.node), options.words);
  SystemRunner runner;
  if (!options.words.empty() && shaping.delays_or_loses()) {
    Capabilities machine = probe_capabilities();
    look_for_netem(machine, runner);
    expect_netem(network.name, shaping, machine);
  }
  const LabFolder folder(lab.state.lab);
  const LabLock lock(folder, "shape", false, std::chrono::seconds(3));
  return inside(
      lab.state.keeper,
      [&] {
        NetworkRecord record = read_network_record(folder);
        if (!options.words.empty()) {
          shape_links(lab.topology, links, shaping, runner);
          record.change({network.name, options.node, shaping});
          write_network_record(folder, record);
          fmt::print(
              "network {}{}: {}\n",
              network.name,
              options.node.empty() ? "" : " at " + options.node,
              describe_shaping(shaping));
        }
        if (!options.no_measure) {
          const std::vector<LinkRate> rates = measure_links(links);
          record.measured(rates);
          write_network_record(folder, record);
          fmt::print("{}", rates.empty() ? "no rate to measure\n" : render_rates(rates));
        }
        return 0;
      },
      limit);
}

} // namespace

void add_shape(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("shape", "change how a network of a running lab is shaped, and measure it");
  verb->add_option("NETWORK", options->network, "the network")->required();
  verb->add_option(
      "SETTING",
      options->words,
      "[LAB] rate=10Mbit/s, up=... (from nodes), down=... (to nodes), delay=20ms, loss=1%; each may be 'none'. "
      "Without a setting: only measure");
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->add_option("--node", options->node, "only the cable of this node");
  verb->add_flag("--no-measure", options->no_measure, "do not measure afterwards");
  verb->callback([options, &outcome] { outcome.code = shape(*options); });
}

} // namespace migralab
