// SPDX-License-Identifier: Apache-2.0
// Clusters written in a few words, and decisions read in a few.
#pragma once

#include "migralab/balance/policy.hpp"

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace migralab::balance::test {

inline constexpr Instant noon{std::chrono::hours(12)};

class ClusterOf {
public:
  ClusterOf& host(const std::string& name, const Load& load, const Load& capacity = {1, 1, 1}) {
    cluster_.hosts.push_back({name, load, capacity});
    return *this;
  }
  /// On the last host. The image is such that guests cost the more the later they are named.
  ClusterOf& guest(const std::string& name, const Load& load) {
    const auto number = static_cast<double>(cluster_.guests.size()) + 1;
    return guest(name, load, 1000 * number);
  }
  ClusterOf& guest(const std::string& name, const Load& load, double image_mb) {
    cluster_.guests.push_back({name, static_cast<HostIndex>(cluster_.hosts.size() - 1), load, image_mb});
    return *this;
  }
  ClusterOf& group(Group::Kind kind, const std::vector<GuestIndex>& guests) {
    cluster_.groups.push_back({kind, guests});
    return *this;
  }
  ClusterOf& evacuate() {
    cluster_.hosts.back().evacuating = true;
    return *this;
  }
  operator Cluster() const { return cluster_; } // NOLINT(google-explicit-constructor): reads as what it is

private:
  Cluster cluster_;
};

/// "web h1->h2, db h1->h3".
inline std::string in_words(const std::vector<Move>& moves) {
  std::string text;
  for (const Move& move : moves) {
    text += (text.empty() ? "" : ", ") + move.guest + " " + move.from + "->" + move.to;
  }
  return text;
}

inline Decision decide(const Cluster& cluster, const std::vector<std::string>& settings = {}) {
  return make_policy("ferreira-2013", settings).decide(cluster, noon);
}
inline std::string moves_of(const Cluster& cluster, const std::vector<std::string>& settings = {}) {
  return in_words(decide(cluster, settings).moves);
}

/// A host's use is that of its guests, up to its capacity; every third host is loaded more.
inline Cluster random_cluster(unsigned seed, std::size_t hosts, std::size_t guests_each) {
  std::mt19937 random(seed);
  const auto between = [&](double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(random);
  };
  Cluster cluster;
  for (std::size_t h = 0; h < hosts; ++h) {
    Host host{"host" + std::to_string(h), {}};
    const double most = (h % 3 == 0 ? 2.4 : 1.2) / static_cast<double>(guests_each);
    for (std::size_t g = 0; g < guests_each; ++g) {
      const Load load{between(0, most), between(0, most), between(0, most)};
      host.load += load;
      cluster.guests.push_back(
          {"guest" + std::to_string(cluster.guests.size()), static_cast<HostIndex>(h), load, between(64, 8192)});
    }
    host.load = {std::min(host.load.cpu, 1.0), std::min(host.load.mem, 1.0), std::min(host.load.net, 1.0)};
    cluster.hosts.push_back(std::move(host));
  }
  return cluster;
}

} // namespace migralab::balance::test
