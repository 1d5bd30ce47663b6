// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/relay.hpp"
#include "migralab/substrate/nodes.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string target;
  std::string port;
  std::string lab;
  std::string address = "127.0.0.1";
};

struct Target {
  std::string guest;
  std::uint16_t port = 0;
};

std::uint16_t read_port(const std::string& text, std::uint16_t least) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port < least) {
    throw Error(fmt::format("'{}' is not a port: a number from {} to 65535", text, least), ExitStatus::bad_input)
        .with_hint("write for example `migralab forward web:80 8080`");
  }
  return port;
}

Target read_target(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    throw Error(fmt::format("'{}' does not say which port of the guest", text), ExitStatus::bad_input)
        .with_hint(fmt::format("write for example `migralab forward {}:80 8080`", text));
  }
  return {text.substr(0, colon), read_port(text.substr(colon + 1), 1)};
}

Ipv4Address read_address(const std::string& text) {
  const auto address = parse_ipv4(text);
  if (!address) {
    throw Error(fmt::format("'{}' is not an IPv4 address", text), ExitStatus::bad_input)
        .with_hint("leave --address out to serve this machine only");
  }
  return *address;
}

/// A node that reaches the guest wherever it is: a client of its network, else any host on it. Connections made from
/// there survive the guest's migration, since neither end changes.
std::string neighbour_of(const Topology& topology, const std::string& network) {
  const auto on_it = [&](const auto& node) {
    return std::any_of(node.networks.begin(), node.networks.end(), [&](const Attachment& attachment) {
      return attachment.network == network;
    });
  };
  for (const ClientSpec& client : topology.clients) {
    if (on_it(client)) {
      return client.name;
    }
  }
  for (const HostSpec& host : topology.hosts) {
    if (on_it(host) && !is_machine(host)) {
      return host.name;
    }
  }
  throw Error(fmt::format("no client and no host that is a namespace is on network {}", network))
      .with_hint("give the topology a client on that network");
}

void forward(const Options& options) {
  const Target target = read_target(options.target);
  const Ipv4Address address = read_address(options.address);
  const std::uint16_t wanted = read_port(options.port, 0);
  const OpenLab lab = open_lab(options.lab);
  const GuestSpec& guest = guest_of(lab.topology, target.guest);
  if (guest.networks.empty()) {
    throw Error(fmt::format("guest {} is on no network", guest.name), ExitStatus::bad_input)
        .with_hint(fmt::format("`migralab console {}` reaches it without one", guest.name));
  }
  const Attachment& place = guest.networks.front();
  const UniqueFd listener = listen_at(address, wanted); // out here: what is made inside belongs to the lab's networks
  const std::string here = fmt::format("{}:{}", to_string(address), port_of(listener));
  try {
    inside(lab.state.keeper, [&] {
      static_cast<void>(Interior(lab.topology).find(guest.name)); // it runs
      join_network_of(neighbour_of(lab.topology, place.network));
      fmt::print(
          "{} is port {} of {}; Ctrl-C ends this\n",
          target.port == 80 ? "http://" + here + "/" : here,
          target.port,
          guest.name);
      std::fflush(stdout);
      relay(listener, place.address, target.port, interrupted, talk);
      return 0;
    });
  } catch (const Error& error) {
    // Ctrl-C and `down` are how it ends.
    if (error.status() == ExitStatus::interrupted) {
      return;
    }
    // `down` ends the keeper first, and holds the lab's lock until nothing is left of it.
    if (LabLock(LabFolder(lab.state.lab), "forward", false, std::chrono::seconds(30)).held()) {
      throw;
    }
    talk(fmt::format("lab {} has been taken down", lab.state.lab));
  }
}

} // namespace

void add_forward(CLI::App& app, Outcome& /*outcome*/) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("forward", "make a port of a guest a port of this machine, for its browser");
  verb->add_option("GUEST:PORT", options->target, "the guest and its TCP port")->required();
  verb->add_option("PORT", options->port, "the port here; 0: any that is free")->required();
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->add_option("--address", options->address, "the address here; 0.0.0.0: open to other machines")
      ->capture_default_str();
  verb->callback([options] { forward(*options); });
}

} // namespace migralab
