// SPDX-License-Identifier: Apache-2.0
// A cluster file as it was written: names not yet resolved, with their places.
#pragma once

#include "mapping.hpp"
#include "migralab/balance/cluster.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab::balance {

struct CapacityDraft {
  std::optional<double> cpu;
  std::optional<double> mem;
  std::optional<double> net;
};

struct HostDraft {
  Located<std::string> name;
  Load load;
  CapacityDraft capacity;
  Location capacity_where;
  bool capacity_is_wrong = false; ///< said already: nothing is missing there
  bool evacuating = false;
};

struct GuestDraft {
  Located<std::string> name;
  Located<std::string> host;
  Load load;
  double image_mb = 0;
};

struct GroupDraft {
  Group::Kind kind = Group::Kind::together;
  Location where;
  std::vector<Located<std::string>> guests;
};

struct FlightDraft {
  Location where;
  Located<std::string> guest;
  Located<std::string> from;
  Located<std::string> to;
};

struct ClusterDraft {
  std::vector<HostDraft> hosts;
  Location hosts_where; ///< of the list; nowhere where there is none
  std::vector<GuestDraft> guests;
  std::vector<GroupDraft> groups;
  std::vector<FlightDraft> in_flight;
};

[[nodiscard]] const Mapping<ClusterDraft>& cluster_mapping();

} // namespace migralab::balance
