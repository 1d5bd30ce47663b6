// SPDX-License-Identifier: Apache-2.0
// Hosts and storage servers that outlive the lab: where they are.
#include "check_topology.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace migralab {
namespace {

/// A destination of ssh(1) is one word, and no option.
bool is_destination(const std::string& text) {
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c < 0x7f && std::string_view("'\"\\$`").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

template <typename Draft> void check_ssh(const Draft& draft, Diagnostics& diagnostics) {
  const std::string node = fmt::format("{} '{}'", draft.node.kind, draft.node.name.value);
  const bool remote = substrate_of(draft) == Substrate::remote;
  if (remote && !draft.ssh) {
    diagnostics.error(
        draft.substrate->where,
        fmt::format("{} is remote, and it is not said where", node),
        "add 'ssh: USER@ADDRESS', or a name of your ~/.ssh/config");
  }
  if (!remote && draft.ssh) {
    diagnostics.error(
        draft.ssh->where,
        fmt::format("{} has 'ssh', but is not remote", node),
        "leave 'ssh' out, or write 'substrate: remote'");
  }
  if (draft.ssh && !is_destination(draft.ssh->value)) {
    diagnostics.error(
        draft.ssh->where,
        fmt::format("'{}' is no destination of ssh", draft.ssh->value),
        "write USER@ADDRESS, ssh://USER@ADDRESS:PORT, or a name of your ~/.ssh/config");
  }
}

} // namespace

void check_remote(const Draft& draft, Diagnostics& diagnostics) {
  struct Known {
    std::string node;
    Location where;
  };
  std::map<std::string, Known> places;
  const auto check = [&](const auto& drafts) {
    for (const auto& one : drafts) {
      check_ssh(one, diagnostics);
      if (!one.ssh) {
        continue;
      }
      const std::string node = fmt::format("{} '{}'", one.node.kind, one.node.name.value);
      const auto [known, is_new] = places.try_emplace(one.ssh->value, Known{node, one.ssh->where});
      if (!is_new) {
        diagnostics
            .error(
                one.ssh->where,
                fmt::format("{} and {} are one machine", known->second.node, node),
                "each remote node is a machine of its own")
            .notes.emplace_back(known->second.where, "first given here");
      }
    }
  };
  check(draft.storage);
  check(draft.hosts);
}

} // namespace migralab
