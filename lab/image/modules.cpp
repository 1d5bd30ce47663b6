// SPDX-License-Identifier: Apache-2.0
#include "modules.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <set>
#include <sstream>

namespace migralab {

namespace {

/// "kernel/drivers/char/hw_random/virtio-rng.ko.xz" -> "virtio_rng"
std::string module_name(std::string_view path) {
  std::string name(path.substr(path.rfind('/') + 1)); // npos + 1 is 0
  if (const std::size_t end = name.find(".ko"); end != std::string::npos) {
    name.resize(end);
  }
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

struct Module {
  std::string path;
  std::vector<std::string> needs; // names
};

} // namespace

std::vector<std::string>
load_order(std::string_view dep, std::string_view builtin, const std::vector<std::string>& wanted) {
  std::map<std::string, Module> modules;
  std::istringstream dep_lines{std::string(dep)};
  for (std::string line; std::getline(dep_lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) {
      continue;
    }
    Module& module = modules[module_name(line.substr(0, colon))];
    module.path = line.substr(0, colon);
    std::istringstream needs(line.substr(colon + 1));
    for (std::string path; needs >> path;) {
      module.needs.push_back(module_name(path));
    }
  }
  std::set<std::string> inside;
  std::istringstream builtin_lines{std::string(builtin)};
  for (std::string line; std::getline(builtin_lines, line);) {
    inside.insert(module_name(line));
  }

  std::vector<std::string> order;
  std::set<std::string> visited;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    if (inside.contains(name) || !visited.insert(name).second) {
      return;
    }
    const auto found = modules.find(name);
    if (found == modules.end()) {
      throw Error(fmt::format("the kernel has no module '{}'", name));
    }
    // depmod writes the farthest need last; each one's own line is what really decides.
    for (auto need = found->second.needs.rbegin(); need != found->second.needs.rend(); ++need) {
      visit(*need);
    }
    order.push_back(found->second.path);
  };
  for (const std::string& name : wanted) {
    visit(module_name(name));
  }
  return order;
}

} // namespace migralab
