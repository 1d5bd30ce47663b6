// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/remote.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/substrate/links.hpp"
#include "program.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <sstream>

namespace migralab {

namespace {

constexpr auto answer_limit = std::chrono::seconds(30);
constexpr auto put_limit = std::chrono::minutes(5);    // an image, over a slow line
constexpr auto remove_limit = std::chrono::minutes(5); // each disk and guest has limits of its own there

Command host_command(const std::vector<std::string>& arguments, std::string input = {}) {
  Command command{.argv = {"sh", "-c", remote_program, "migralab"}, .input = std::move(input), .timeout = answer_limit};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return command;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> list;
  for (std::string word; words >> word;) {
    list.push_back(word);
  }
  return list;
}

Ipv4Address address_or_none(const std::string& text) {
  return parse_ipv4(text).value_or(Ipv4Address{});
}

using ReadFact = void (*)(RemoteFacts&, const std::string&);

/// By the first word of a line of migralab-facts.
const std::map<std::string, ReadFact>& fact_readers() {
  static const std::map<std::string, ReadFact> readers{
      {"user", [](RemoteFacts& facts, const std::string& value) { facts.user = value; }},
      {"root", [](RemoteFacts& facts, const std::string&) { facts.root = true; }},
      {"kernel", [](RemoteFacts& facts, const std::string& value) { facts.kernel = value; }},
      {"name", [](RemoteFacts& facts, const std::string& value) { facts.host_name = value; }},
      {"identity", [](RemoteFacts& facts, const std::string& value) { facts.identity = value; }},
      {"connection", // sshd(8): client's address and port, server's address and port
       [](RemoteFacts& facts, const std::string& value) {
         if (const std::vector<std::string> words = words_of(value); words.size() == 4) {
           facts.controller = address_or_none(words[0]);
           facts.address = address_or_none(words[2]);
         }
       }},
      {"hypervisor", [](RemoteFacts& facts, const std::string& value) { facts.hypervisor = value; }},
      {"libvirt", [](RemoteFacts& facts, const std::string&) { facts.libvirt = true; }},
      {"vxlan", [](RemoteFacts& facts, const std::string&) { facts.vxlan = true; }},
      {"lio", [](RemoteFacts& facts, const std::string&) { facts.lio = true; }},
      {"tgtd", [](RemoteFacts& facts, const std::string&) { facts.tgtd = true; }},
      {"ganesha", [](RemoteFacts& facts, const std::string&) { facts.ganesha = true; }},
      {"nfsd", [](RemoteFacts& facts, const std::string&) { facts.nfsd = true; }},
      {"processor", [](RemoteFacts& facts, const std::string& value) { facts.processor = value; }},
      {"flags",
       [](RemoteFacts& facts, const std::string& value) {
         facts.flags = words_of(value);
         std::sort(facts.flags.begin(), facts.flags.end());
       }},
      {"initiator", [](RemoteFacts& facts, const std::string& value) { facts.initiator = value; }},
      {"route",
       [](RemoteFacts& facts, const std::string& value) {
         if (const std::vector<std::string> words = words_of(value); words.size() == 2) {
           facts.routes[words[0]] = words[1];
         }
       }},
      {"missing", [](RemoteFacts& facts, const std::string& value) { facts.missing.push_back(value); }},
      {"clock",
       [](RemoteFacts& facts, const std::string& value) { facts.clock = std::strtod(value.c_str(), nullptr); }},
      {"mtu", [](RemoteFacts& facts, const std::string& value) {
         facts.mtu = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10));
       }}};
  return readers;
}

} // namespace

SshTarget way_to_remote(const std::string& destination) {
  if (destination.empty() || destination.front() == '-') { // ssh would take it as an option
    throw Error(fmt::format("'{}' is no destination of ssh", destination), ExitStatus::bad_input)
        .with_hint("write USER@ADDRESS, ssh://USER@ADDRESS:PORT, or a name of your ~/.ssh/config");
  }
  return {.destination = destination, .control = "none", .options = user_machine_options(), .by_sudo = true};
}

RemoteFacts parse_remote_facts(const std::string& output) {
  RemoteFacts facts;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.find(' ');
    const auto reader = fact_readers().find(line.substr(0, blank));
    if (reader != fact_readers().end()) { // else of a newer program
      reader->second(facts, blank == std::string::npos ? "" : line.substr(blank + 1));
    }
  }
  return facts;
}

Error not_reached(const std::string& destination, const CommandResult& result) {
  std::string said = said_by(result);
  const auto says = [&said](const char* words) { return said.find(words) != std::string::npos; };
  if (says("Host key verification failed")) {
    const bool other = says("REMOTE HOST IDENTIFICATION HAS CHANGED"); // and a banner of many lines
    return Error(fmt::format("ssh {}: Host key verification failed", destination))
        .with_hint(fmt::format(
            "its host key is {}: `ssh {}` shows it; look whether it is right",
            other ? "another one than the one that is known here" : "not known here",
            destination));
  }
  return Error(fmt::format("ssh {}: {}", destination, said))
      .with_hint(
          says("sudo") ? "log in as root, or allow the user sudo without a password"
                       : fmt::format("`ssh {} true` has to work without a question", destination));
}

RemoteFacts
ask_remote(const std::string& destination, CommandRunner& runner, const std::function<void(double)>& clock) {
  SshTarget way = way_to_remote(destination);
  way.by_sudo = false;
  Command ask = over_ssh(way, {.argv = {"sh", "-c", facts_program}, .timeout = answer_limit});
  if (clock) {
    ask.watch = [&clock](const std::string& line) {
      if (line.starts_with("clock ")) {
        clock(parse_remote_facts(line).clock);
      }
    };
  }
  const CommandResult result = runner.run(ask);
  RemoteFacts facts = parse_remote_facts(result.output);
  if (facts.user.empty()) {
    throw not_reached(destination, result);
  }
  return facts;
}

std::filesystem::path remote_folder(const std::string& instance) {
  return std::filesystem::path("/var/lib/migralab") / instance;
}

Command claim_command(const std::string& instance, const RemoteClaim& claim) {
  std::vector<std::string> words{"claim", instance, claim.lab, claim.controller, claim.libvirt};
  words.insert(words.end(), claim.guests.begin(), claim.guests.end());
  return host_command(words, claim.record);
}

Command put_command(const std::string& instance, const std::string& name, std::string content) {
  Command command = host_command({"put", instance, name}, std::move(content));
  command.timeout = put_limit;
  return command;
}

std::uint32_t vxlan_id(const std::string& instance, unsigned index) {
  constexpr std::uint32_t most = (1U << 24U) - 1; // RFC 7348, 5
  const std::string digest = sha256_of_text(fmt::format("{}/{}", instance, index));
  return static_cast<std::uint32_t>(std::stoul(digest.substr(0, 6), nullptr, 16)) % most + 1;
}

Command network_command(const std::string& instance, const MakeLink& link, const RemotePeers& peers) {
  std::vector<std::string> words{
      link.bridge.empty() ? "network" : "plug",
      instance,
      std::to_string(link.index),
      std::to_string(link.mtu),
      std::to_string(vxlan_id(instance, link.index)),
      std::to_string(peers.port),
      to_string(peers.own),
      fmt::format("{}/{}", to_string(link.address), link.subnet.prefix),
      link.bridge.empty() ? own_address(link.node, link.network) : link.bridge};
  for (const Ipv4Address peer : peers.addresses) {
    words.push_back(to_string(peer));
  }
  return host_command(words);
}

namespace {

std::vector<std::string> words_about(const char* verb, const RemoteTraces& lab) {
  std::vector<std::string> words{verb, lab.instance, lab.libvirt};
  words.insert(words.end(), lab.addresses.begin(), lab.addresses.end());
  words.insert(words.end(), lab.guests.begin(), lab.guests.end());
  return words;
}

} // namespace

Command list_command() {
  return host_command({"list"});
}

Command list_command(const RemoteTraces& lab) {
  return host_command(words_about("list", lab));
}

std::vector<RemoteObject> parse_objects(const std::string& output) {
  std::vector<RemoteObject> objects;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    RemoteObject object;
    if (std::getline(parts, object.instance, '\t') && std::getline(parts, object.lab, '\t') &&
        std::getline(parts, object.kind, '\t') && std::getline(parts, object.what, '\t')) {
      objects.push_back(std::move(object));
    }
  }
  return objects;
}

Command remove_command(const RemoteTraces& lab) {
  Command command = host_command(words_about("remove", lab));
  command.timeout = remove_limit;
  return command;
}

Command claims_command() {
  return host_command({"claims"});
}

} // namespace migralab
