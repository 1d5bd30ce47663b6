// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/graph.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>
#include <vector>

namespace migralab {
namespace {

constexpr auto drawing_limit = std::chrono::seconds(30);

/// Lines of a label, each for one fact.
using Lines = std::vector<std::string>;

Lines network_lines(const NetworkSpec& network, const GraphFacts& facts) {
  Lines lines{network.name, to_string(network.subnet), describe_rate(network.shaping)};
  if (network.shaping.delay.count() > 0 || network.shaping.loss > 0) {
    lines.push_back(fmt::format("delay {}, loss {:g} %", human(network.shaping.delay), network.shaping.loss * 100));
  }
  if (const auto measured = facts.measured.find(network.name); measured != facts.measured.end()) {
    lines.push_back("measured " + measured->second);
  }
  for (const auto& [node, shaping] : network.exceptions) {
    lines.push_back(fmt::format("{}: {}", node, describe_rate(shaping)));
  }
  if (network.vlan) {
    lines.push_back(fmt::format("VLAN {}", *network.vlan));
  }
  if (network.roles.size() < 4) { // all four go without saying
    std::string roles;
    for (const Role role : network.roles) {
      roles += (roles.empty() ? "" : ", ") + to_string(role);
    }
    lines.push_back(roles);
  }
  return lines;
}

Lines host_lines(const HostSpec& host) {
  const std::string cpus = host.cpus ? fmt::format("{:g} cpus, ", *host.cpus) : std::string();
  return {host.name, cpus + to_string(host.memory)};
}

/// The host that the guest is drawn in.
std::string host_of(const GuestSpec& guest, const GraphFacts& facts) {
  const auto place = facts.places.find(guest.name);
  return place == facts.places.end() ? guest.host : place->second;
}

bool has_ended(const GuestSpec& guest, const GraphFacts& facts) {
  return facts.running && !facts.places.contains(guest.name);
}

Lines guest_lines(const GuestSpec& guest, const GraphFacts& facts) {
  Lines lines{guest.name, fmt::format("{}, {} vcpus", to_string(guest.memory), guest.vcpus)};
  for (const Attachment& attachment : guest.networks) {
    lines.push_back(to_string(attachment.address));
  }
  if (guest.disk) {
    lines.push_back(fmt::format("{} on {}", to_string(guest.disk->size), guest.disk->storage));
  }
  if (has_ended(guest, facts)) {
    lines.push_back("ended");
  }
  return lines;
}

/// Names have only letters, digits and '-'; both languages want identifiers without the last.
std::string identifier(const std::string& kind, const std::string& name) {
  std::string text = kind + "_" + name;
  for (char& c : text) {
    c = c == '-' ? '_' : c;
  }
  return text;
}

std::string joined(const Lines& lines, const std::string& separator) {
  std::string text;
  for (const std::string& line : lines) {
    text += (text.empty() ? "" : separator) + line;
  }
  return text;
}

std::string dot_node(const std::string& id, const Lines& lines, const std::string& style) {
  return fmt::format("{} [label=\"{}\", {}];\n", id, joined(lines, "\\n"), style);
}

/// Where a node stands: hosts on one side of the networks, storage servers and clients on the other.
enum class Side { before, behind };

/// `form` gets the node at the near end, the address, and the node at the far end.
template <typename Spec, typename Form>
std::string links(const std::string& kind, const std::vector<Spec>& nodes, Side side, const Form& form) {
  std::string text;
  for (const Spec& node : nodes) {
    for (const Attachment& attachment : node.networks) {
      const std::string own = identifier(kind, node.name);
      const std::string network = identifier("network", attachment.network);
      const std::string address = to_string(attachment.address);
      text += side == Side::before ? form(own, address, network) : form(network, address, own);
    }
  }
  return text;
}

template <typename Form> std::string all_links(const Topology& topology, const Form& form) {
  return links("host", topology.hosts, Side::before, form) + links("storage", topology.storage, Side::behind, form) +
         links("client", topology.clients, Side::behind, form);
}

} // namespace

std::string graph_dot(const Topology& topology, const GraphFacts& facts) {
  std::string text = fmt::format(
      "graph \"{0}\" {{\n"
      "  label=\"lab {0}\"; labelloc=t; fontsize=16; rankdir=LR; compound=true; pad=0.2; nodesep=0.3; ranksep=0.9;\n"
      "  fontname=\"Helvetica\";\n"
      "  node [fontname=\"Helvetica\", fontsize=11, style=filled, fillcolor=white, color=\"#555555\"];\n"
      "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#777777\"];\n",
      topology.lab);
  for (const HostSpec& host : topology.hosts) {
    text += fmt::format(
        "  subgraph cluster_{} {{\n    label=\"\"; style=\"rounded,filled\"; fillcolor=\"#eef3fa\"; "
        "color=\"#5b7db1\";\n    ",
        identifier("host", host.name));
    text += dot_node(identifier("host", host.name), host_lines(host), "shape=box, fillcolor=\"#d6e3f3\"");
    for (const GuestSpec& guest : topology.guests) {
      if (host_of(guest, facts) == host.name) {
        text +=
            "    " + dot_node(
                         identifier("guest", guest.name),
                         guest_lines(guest, facts),
                         has_ended(guest, facts) ? "shape=box, style=dashed" : "shape=box, style=\"rounded,filled\"");
      }
    }
    text += "  }\n";
  }
  for (const NetworkSpec& network : topology.networks) {
    text +=
        "  " +
        dot_node(
            identifier("network", network.name), network_lines(network, facts), "shape=ellipse, fillcolor=\"#fdf3d8\"");
  }
  for (const StorageSpec& server : topology.storage) {
    text += "  " + dot_node(
                       identifier("storage", server.name),
                       {server.name, to_string(server.type)},
                       "shape=cylinder, fillcolor=\"#e4efe0\"");
  }
  for (const ClientSpec& client : topology.clients) {
    text += "  " + dot_node(identifier("client", client.name), {client.name, "client"}, "shape=box");
  }
  text += all_links(topology, [](const std::string& from, const std::string& address, const std::string& to) {
    return fmt::format("  {} -- {} [label=\"{}\"];\n", from, to, address);
  });
  return text + "}\n";
}

std::string graph_mermaid(const Topology& topology, const GraphFacts& facts) {
  const std::string line_break = "<br/>";
  std::string text = "flowchart LR\n";
  for (const HostSpec& host : topology.hosts) {
    // A subgraph's own name can be linked to, but takes no address label in every renderer: links go to the host's box.
    text += fmt::format("  subgraph {}[\" \"]\n", identifier("box", host.name));
    text += fmt::format("    {}[\"{}\"]\n", identifier("host", host.name), joined(host_lines(host), line_break));
    for (const GuestSpec& guest : topology.guests) {
      if (host_of(guest, facts) == host.name) {
        text += fmt::format(
            "    {}(\"{}\")\n", identifier("guest", guest.name), joined(guest_lines(guest, facts), line_break));
      }
    }
    text += "  end\n";
  }
  for (const NetworkSpec& network : topology.networks) {
    text += fmt::format(
        "  {}([\"{}\"])\n", identifier("network", network.name), joined(network_lines(network, facts), line_break));
  }
  for (const StorageSpec& server : topology.storage) {
    text += fmt::format(
        "  {}[(\"{}{}{}\")]\n", identifier("storage", server.name), server.name, line_break, to_string(server.type));
  }
  for (const ClientSpec& client : topology.clients) {
    text += fmt::format("  {}[\"{}{}client\"]\n", identifier("client", client.name), client.name, line_break);
  }
  text += all_links(topology, [](const std::string& from, const std::string& address, const std::string& to) {
    return fmt::format("  {} ---|\"{}\"| {}\n", from, address, to);
  });
  return text;
}

std::string graph_svg(const Topology& topology, const GraphFacts& facts, CommandRunner& runner) {
  const Command command{
      .argv = {"dot", "-Tsvg"}, .input = graph_dot(topology, facts), .inside = {}, .timeout = drawing_limit};
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks(
        "cannot start Graphviz's dot",
        "install the package graphviz, or draw the output of --format dot or --format mermaid elsewhere");
  }
  check(command, result);
  return result.output;
}

} // namespace migralab
