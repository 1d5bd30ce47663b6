// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/ganeti.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace migralab::simulation {

namespace {

constexpr std::size_t metrics = 7;
using Metrics = std::array<double, metrics>;
constexpr double of_an_offline_node = 4 + 16; // an instance there counts twice: as any, and as a primary

/// Sums over nodes, from which a standard deviation follows. Values are taken off a middle, so that little is lost
/// where they differ by little.
struct Moments {
  Metrics sum{};
  Metrics squares{};

  void change(const Metrics& value, double sign) {
    for (std::size_t i = 0; i < metrics; ++i) {
      sum[i] += sign * value[i];
      squares[i] += sign * value[i] * value[i];
    }
  }
  /// All standard deviations together.
  [[nodiscard]] double spread(double nodes) const {
    double total = 0;
    for (std::size_t i = 0; i < metrics; ++i) {
      const double mean = sum[i] / nodes;
      total += std::sqrt(std::max(squares[i] / nodes - mean * mean, 0.0));
    }
    return total;
  }
};

class Search {
public:
  explicit Search(GanetiCluster& cluster)
      : cluster_(cluster), vcpus_(cluster.nodes.size()), loads_(cluster.nodes.size()), values_(cluster.nodes.size()) {
    for (std::size_t node = 0; node < cluster.nodes.size(); ++node) {
      vcpus_[node] = cluster.nodes[node].own_vcpus;
      online_ += cluster.nodes[node].offline ? 0 : 1;
    }
    for (const GanetiInstance& instance : cluster.instances) {
      vcpus_[instance.node] += instance.vcpus;
      for (std::size_t i = 0; i < instance.load.size(); ++i) {
        loads_[instance.node][i] += instance.load[i];
      }
      stranded_ += cluster.nodes[instance.node].offline ? 1 : 0;
    }
    count();
  }

  [[nodiscard]] double score() const { return moments_.spread(online_) + of_an_offline_node * stranded_; }

  /// Nothing where no move lowers the score.
  [[nodiscard]] HbalMove best() const {
    HbalMove best{0, 0, 0, score()};
    for (std::size_t i = 0; i < cluster_.instances.size(); ++i) {
      const GanetiInstance& instance = cluster_.instances[i];
      if (!instance.movable) {
        continue;
      }
      const std::size_t from = instance.node;
      Moments without = moments_;
      double stranded = stranded_;
      if (cluster_.nodes[from].offline) {
        stranded -= 1;
      } else {
        without.change(values_[from], -1);
        without.change(value_with(from, instance, -1), 1);
      }
      for (std::size_t to = 0; to < cluster_.nodes.size(); ++to) {
        if (to == from || !takes(to, instance)) {
          continue;
        }
        Moments after = without;
        after.change(values_[to], -1);
        after.change(value_with(to, instance, 1), 1);
        const double score = after.spread(online_) + of_an_offline_node * stranded;
        if (score < best.score) {
          best = {i, from, to, score};
        }
      }
    }
    return best;
  }

  void carry_out(const HbalMove& move) {
    GanetiInstance& instance = cluster_.instances[move.instance];
    add(move.from, instance, -1);
    add(move.to, instance, 1);
    stranded_ -= cluster_.nodes[move.from].offline ? 1 : 0;
    instance.node = move.to;
    count();
  }

private:
  [[nodiscard]] bool takes(std::size_t node, const GanetiInstance& instance) const {
    const GanetiNode& there = cluster_.nodes[node];
    return !there.offline && there.free_memory_mb - instance.memory_mb > 0 &&
           vcpus_[node] + instance.vcpus <= cluster_.vcpu_ratio * there.cores;
  }

  void add(std::size_t node, const GanetiInstance& instance, double sign) {
    cluster_.nodes[node].free_memory_mb -= sign * instance.memory_mb;
    vcpus_[node] += sign * instance.vcpus;
    for (std::size_t i = 0; i < instance.load.size(); ++i) {
      loads_[node][i] += sign * instance.load[i];
    }
  }

  /// What a node is judged by, with an instance more or less.
  [[nodiscard]] Metrics value_with(std::size_t node, const GanetiInstance& instance, double sign) const {
    const GanetiNode& there = cluster_.nodes[node];
    Metrics value{
        (there.free_memory_mb - sign * instance.memory_mb) / there.memory_mb,
        there.free_disk_mb / there.disk_mb,
        (vcpus_[node] + sign * instance.vcpus) / (there.cores * there.speed),
        loads_[node][0] + sign * instance.load[0],
        loads_[node][1] + sign * instance.load[1],
        loads_[node][2] + sign * instance.load[2],
        loads_[node][3] + sign * instance.load[3]};
    for (std::size_t i = 0; i < metrics; ++i) {
      value[i] -= middle_[i];
    }
    return value;
  }

  /// From the beginning, after every move: no rounding piles up.
  void count() {
    static const GanetiInstance nothing;
    middle_ = {};
    Metrics middle{};
    for (std::size_t node = 0; node < cluster_.nodes.size(); ++node) {
      values_[node] = value_with(node, nothing, 0);
      for (std::size_t i = 0; i < metrics && !cluster_.nodes[node].offline; ++i) {
        middle[i] += values_[node][i] / online_;
      }
    }
    middle_ = middle;
    moments_ = {};
    for (std::size_t node = 0; node < cluster_.nodes.size(); ++node) {
      values_[node] = value_with(node, nothing, 0);
      if (!cluster_.nodes[node].offline) {
        moments_.change(values_[node], 1);
      }
    }
  }

  GanetiCluster& cluster_;
  std::vector<double> vcpus_;
  std::vector<std::array<double, 4>> loads_;
  std::vector<Metrics> values_; // without the middle
  Metrics middle_{};
  Moments moments_;
  double online_ = 0;
  double stranded_ = 0; // instances on offline nodes
};

} // namespace

double hbal_score(const GanetiCluster& cluster) {
  GanetiCluster copy = cluster;
  return Search(copy).score();
}

std::vector<HbalMove> hbal_moves(GanetiCluster cluster, const HbalLimits& limits) {
  Search search(cluster);
  std::vector<HbalMove> moves;
  for (double score = search.score(); moves.size() < limits.moves && score > limits.min_score;) {
    const HbalMove move = search.best();
    const double gain = score - move.score;
    if (!(gain > 0) || (score <= limits.min_gain_limit && gain < limits.min_gain)) {
      break;
    }
    search.carry_out(move);
    moves.push_back(move);
    score = search.score();
    moves.back().score = score;
  }
  return moves;
}

} // namespace migralab::simulation
