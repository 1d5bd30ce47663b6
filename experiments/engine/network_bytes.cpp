// SPDX-License-Identifier: Apache-2.0
#include "network_bytes.hpp"

#include "migralab/substrate/links.hpp"

namespace migralab {

std::map<std::string, std::string> port_names(const Topology& topology) {
  std::map<std::string, std::string> names;
  const auto add = [&names](const auto& nodes) {
    for (const auto& node : nodes) {
      for (const Attachment& attachment : node.networks) {
        names[interface_name(attachment.network, node.name)] = attachment.network + "." + node.name;
      }
    }
  };
  add(topology.storage);
  add(topology.hosts);
  add(topology.clients);
  return names;
}

void name_ports(std::vector<CounterSample>& samples, const std::map<std::string, std::string>& names) {
  for (CounterSample& sample : samples) {
    std::map<std::string, InterfaceCount> named;
    for (const auto& [interface, count] : sample.interfaces) {
      if (const auto name = names.find(interface); name != names.end()) {
        named[name->second] = count;
      }
    }
    sample.interfaces = std::move(named);
  }
}

std::vector<NetworkBytes>
bytes_between(const std::vector<CounterSample>& samples, const Topology& topology, Instant from, Instant to) {
  const CounterSample* first = nullptr;
  const CounterSample* last = nullptr;
  for (const CounterSample& sample : samples) {
    if (sample.at <= from || first == nullptr) {
      first = &sample;
    }
    if (last == nullptr || last->at < to) {
      last = &sample;
    }
  }
  std::vector<NetworkBytes> result;
  for (const NetworkSpec& network : topology.networks) {
    NetworkBytes bytes{network.name, 0};
    for (const auto& [port, count] : last == nullptr ? std::map<std::string, InterfaceCount>{} : last->interfaces) {
      const auto before = first->interfaces.find(port);
      if (port.starts_with(network.name + ".") && before != first->interfaces.end()) {
        bytes.bytes += count.received_bytes - before->second.received_bytes;
      }
    }
    result.push_back(std::move(bytes));
  }
  return result;
}

} // namespace migralab
