// SPDX-License-Identifier: Apache-2.0
#include "migralab/plan/plan.hpp"
#include "migralab/simulated/lab.hpp"
#include "network_table.hpp"
#include "session.hpp"
#include "shaping_words.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

Json addresses_of(const std::vector<Attachment>& attachments) {
  Json addresses = Json::object();
  for (const Attachment& attachment : attachments) {
    addresses[attachment.network] = to_string(attachment.address);
  }
  return addresses;
}

Json exceptions_of(const NetworkSpec& network) {
  Json exceptions = Json::object();
  for (const auto& [node, shaping] : network.exceptions) {
    exceptions[node] = describe_shaping(shaping);
  }
  return exceptions;
}

Json links_of_network(const NetworkSpec& network, const NetworkRecord& record) {
  Json links = Json::array();
  for (const LinkRate& rate : record.rates) {
    if (rate.network == network.name) {
      links.push_back(
          {{"node", rate.node},
           {"direction", to_string(rate.direction)},
           {"declared_bits_per_s", rate.declared.bits_per_second},
           {"measured_bits_per_s", rate.measured.bits_per_second},
           {"off", rate.off()}});
    }
  }
  return links;
}

Json describe(const OpenLab& lab, const Survey& survey, const NetworkRecord& record) {
  Json networks = Json::array();
  for (const NetworkSpec& network : lab.topology.networks) {
    Json roles = Json::array();
    for (const Role role : network.roles) {
      roles.push_back(to_string(role));
    }
    networks.push_back(
        {{"name", network.name},
         {"subnet", to_string(network.subnet)},
         {"rate", describe_rate(network.shaping)},
         {"shaping", describe_shaping(network.shaping)},
         {"exceptions", exceptions_of(network)},
         {"mtu", network.mtu},
         {"vlan", network.vlan ? Json(*network.vlan) : Json()},
         {"outbound", network.outbound},
         {"links", links_of_network(network, record)},
         {"roles", roles}});
  }
  Json nodes = Json::array();
  const auto add = [&nodes, &survey](const std::string& kind, const auto& specs) {
    for (const auto& spec : specs) {
      const bool silent = survey.silent.contains(spec.name);
      nodes.push_back(
          {{"name", spec.name},
           {"kind", kind},
           {"state", silent ? Json("no answer") : Json()},
           {"problem", silent ? Json(survey.silent.at(spec.name)) : Json()},
           {"addresses", addresses_of(spec.networks)}});
    }
  };
  add("storage", lab.topology.storage);
  add("host", lab.topology.hosts);
  add("client", lab.topology.clients);
  Json list = Json::array();
  for (const GuestSpec& guest : lab.topology.guests) {
    const auto place = survey.guests.find(guest.name);
    const bool runs = place != survey.guests.end();
    list.push_back(
        {{"name", guest.name},
         {"state",
          runs                    ? place->second.state.state
          : survey.silent.empty() ? "ended"
                                  : "unknown"},
         {"host", runs ? Json(place->second.host) : Json()},
         {"uuid", runs ? Json(place->second.state.uuid) : Json()},
         {"memory", to_string(guest.memory)},
         {"vcpus", guest.vcpus},
         {"addresses", addresses_of(guest.networks)}});
  }
  return {
      {"schema", "migralab.inspect/1"},
      {"lab", lab.state.lab},
      {"uuid", lab.state.uuid},
      {"created", lab.state.created},
      {"accelerator", lab.state.accelerator},
      {"folder", lab.folder.native()},
      {"networks", networks},
      {"nodes", nodes},
      {"guests", list}};
}

std::string joined(const Json& addresses) {
  std::string text;
  for (const auto& [network, address] : addresses.items()) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", network, address.get<std::string>());
  }
  return text;
}

std::string render_networks(const Json& networks) {
  std::vector<std::vector<std::string>> rows{{"NETWORK", "SUBNET", "SHAPED TO", "MTU", "VLAN", "ROLES"}};
  for (const Json& network : networks) {
    std::string shaping = network.at("shaping");
    for (const auto& [node, other] : network.at("exceptions").items()) {
      shaping += fmt::format("; {}: {}", node, other.get<std::string>());
    }
    std::string roles = network.at("outbound") ? "outbound" : "";
    for (const Json& role : network.at("roles")) {
      roles += (roles.empty() ? "" : " ") + role.get<std::string>();
    }
    rows.push_back(
        {network.at("name"),
         network.at("subnet"),
         shaping,
         network.at("mtu").dump(),
         network.at("vlan").is_null() ? "-" : network.at("vlan").dump(),
         roles});
  }
  return render_rows(rows);
}

std::string render(const Json& lab, const NetworkRecord& record) {
  std::vector<std::vector<std::string>> rows{{"NODE", "KIND", "STATE", "ON", "ADDRESSES"}};
  for (const Json& node : lab.at("nodes")) {
    const std::string state = node.at("state").is_null() ? "" : node.at("state").get<std::string>();
    rows.push_back({node.at("name"), node.at("kind"), state, "", joined(node.at("addresses"))});
  }
  for (const Json& guest : lab.at("guests")) {
    rows.push_back(
        {guest.at("name"),
         "guest",
         guest.at("state"),
         guest.at("host").is_null() ? "-" : guest.at("host").get<std::string>(),
         joined(guest.at("addresses"))});
  }
  return fmt::format(
      "lab {}, up since {}, guests run by {}\nlogs and disks: {}\n\n{}\n{}{}{}",
      lab.at("lab").get<std::string>(),
      lab.at("created").get<std::string>(),
      accelerator_words(lab.at("accelerator")),
      lab.at("folder").get<std::string>(),
      render_rows(rows),
      render_networks(lab.at("networks")),
      record.rates.empty() ? "" : fmt::format("\nmeasured at {}\n", record.measured_at),
      render_rates(record.rates));
}

} // namespace

void add_inspect(CLI::App& app, Outcome& /*outcome*/) {
  struct Options {
    std::string lab;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("inspect", "show a lab's nodes, addresses, and where its guests are now");
  verb->add_option("LAB", options->lab, "the lab; may be left out when there is only one");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options] {
    const OpenLab lab = open_any_lab(options->lab);
    const auto show = [&](const Survey& survey) {
      const NetworkRecord record = read_network_record(LabFolder(lab.state.lab));
      const Json facts = describe(lab, survey, record);
      fmt::print("{}", options->json ? facts.dump(2) + "\n" : render(facts, record));
      return 0;
    };
    if (lab.state.simulated) {
      show(survey_of(lab.state));
      return;
    }
    inside(
        lab.state.keeper,
        [&] {
          Interior interior(lab.topology);
          return show(interior.survey());
        },
        std::chrono::seconds(30));
  });
}

} // namespace migralab
