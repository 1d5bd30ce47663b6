// SPDX-License-Identifier: Apache-2.0
#include "published_parts.hpp"

#include <algorithm>

namespace migralab::balance {

std::vector<HostIndex>
by_volume(const Round& round, std::vector<HostIndex> hosts, const std::function<const Load&(HostIndex)>& load_of) {
  const std::vector<Host>& all = round.cluster().hosts;
  std::vector<double> volumes(all.size());
  for (const HostIndex host : hosts) {
    volumes[host] = volume(load_of(host));
  }
  std::sort(hosts.begin(), hosts.end(), [&](HostIndex a, HostIndex b) {
    return volumes[a] != volumes[b] ? volumes[a] > volumes[b] : all[a].name < all[b].name;
  });
  return hosts;
}

std::vector<HostIndex> OverLimit::overloaded(const Round& round) const {
  const std::vector<Host>& hosts = round.cluster().hosts;
  std::vector<HostIndex> found;
  for (HostIndex host = 0; host < hosts.size(); ++host) {
    if (!within(hosts[host].load, round.parameters().overload)) {
      found.push_back(host);
    }
  }
  return by_volume(round, std::move(found), [&](HostIndex host) -> const Load& { return hosts[host].load; });
}

} // namespace migralab::balance
