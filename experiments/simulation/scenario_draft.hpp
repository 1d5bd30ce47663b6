// SPDX-License-Identifier: Apache-2.0
// A scenario file as it was written: groups not yet unfolded, names not yet resolved, with their places.
#pragma once

#include "mapping.hpp"
#include "migralab/simulation/generate.hpp"
#include "migralab/simulation/scenario.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab::simulation {

inline constexpr double default_host_mbit = 1000;

struct HostDraft {
  Located<std::string> name;
  unsigned count = 1;
  HostSpec spec{{}, 1, 0, 0, default_host_mbit, hp_proliant_ml110_g5};
};

struct GuestDraft {
  Located<std::string> name;
  unsigned count = 1;
  GuestSpec spec;
  std::vector<Located<std::string>> on;
  Pattern pattern;
};

struct PolicyDraft {
  Located<std::string> name;
  std::optional<Located<std::string>> policy; ///< none: the name is that of the policy
  std::vector<Located<std::string>> settings; ///< "NAME=VALUE"
  bool readable = true;
};

struct QuickDraft {
  std::optional<Located<Nanoseconds>> length;
  std::optional<Located<unsigned>> seeds;
};

struct ScenarioDraft {
  Located<std::string> name;
  std::string about;
  std::optional<Located<Nanoseconds>> interval;
  std::optional<Located<Nanoseconds>> length;
  unsigned seeds = 1;
  QuickDraft quick;
  std::vector<HostDraft> hosts;
  Location hosts_where; ///< line 0: there is no such key
  std::vector<GuestDraft> guests;
  Location guests_where; ///< line 0: there is no such key
  std::optional<Located<std::string>> trace;
  std::vector<PolicyDraft> policies;
  Location policies_where; ///< likewise
};

[[nodiscard]] const Mapping<ScenarioDraft>& scenario_mapping();

} // namespace migralab::simulation
