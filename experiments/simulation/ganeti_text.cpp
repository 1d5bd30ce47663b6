// SPDX-License-Identifier: Apache-2.0
// Sections parted by an empty line, columns by '|': 1 groups, 2 nodes, 3 instances, 4 tags, 5 policies (of
// `man hail`, ganeti-htools 3.0).
#include "migralab/core/error.hpp"
#include "migralab/core/printable.hpp"
#include "migralab/simulation/ganeti.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace migralab::simulation {

namespace {

using Fields = std::vector<std::string_view>;

Fields split(std::string_view line, std::string_view separators) {
  Fields fields;
  std::size_t begin = 0;
  while (begin <= line.size()) {
    const std::size_t end = std::min(line.find_first_of(separators, begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

class Reader {
public:
  Reader(GanetiCluster& cluster, const GanetiNames& names) : cluster_(cluster), names_(names), name_(names.state) {}

  void read_state(std::string_view text) {
    for_each_line(names_.state, text, [&](std::string_view line) {
      // The section of cluster tags may be empty; its own empty line is there all the same.
      if (line.empty()) {
        ++section_;
        return;
      }
      switch (section_) {
      case 0:
        return read_group(split(line, "|"));
      case 1:
        return read_node(split(line, "|"));
      case 2:
        return read_instance(split(line, "|"));
      default:
        return read_other(line);
      }
    });
    if (cluster_.nodes.empty() || section_ < 2) {
      refuse("there are no nodes, or no instances; write sections of groups, nodes, instances, tags and policies, each "
             "parted from the next by an empty line");
    }
  }

  void read_loads(std::string_view text) {
    for_each_line(names_.loads, text, [&](std::string_view line) {
      const Fields fields = split(line, " \t");
      if (line.empty()) {
        return;
      }
      if (fields.size() != 5) {
        refuse(fmt::format("{} words; write NAME CPU MEM DISK NET", fields.size()));
      }
      const auto instance = instances_.find(fields[0]);
      if (instance == instances_.end()) {
        refuse(fmt::format("the state has no instance '{}'", quotable(fields[0])));
      }
      for (std::size_t i = 0; i < 4; ++i) {
        cluster_.instances[instance->second].load[i] = number(fields[i + 1], "load");
      }
    });
  }

private:
  template <typename Each> void for_each_line(const std::string& name, std::string_view text, const Each& each) {
    name_ = name;
    line_ = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++line_;
      each(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(fmt::format("{}:{}: {}", name_, line_, what), ExitStatus::bad_input);
  }

  double number(std::string_view text, const char* what) const {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0) {
      refuse(fmt::format("{} '{}' is no number from 0 on; write one", what, quotable(text)));
    }
    constexpr double most = 1e15; // sums of squares are numbers, too
    if (value > most) {
      refuse(fmt::format("{} '{}' is more than {:g}; write what is there", what, quotable(text), most));
    }
    return value;
  }

  double above_zero(std::string_view text, const char* what) const {
    const double value = number(text, what);
    if (value == 0) {
      refuse(fmt::format("{} is 0; write a number above it", what));
    }
    return value;
  }

  void read_group(const Fields& fields) {
    if (++groups_ > 1) {
      refuse("a second group of nodes; only one is weighed here: cut the others out");
    }
    refuse_tags(fields, 3);
  }

  /// Those that say what may move where; what else a tag says is its owner's affair.
  void refuse_tags(std::string_view tags) const {
    for (const std::string_view tag : split(tags, ",")) {
      if (tag.starts_with("htools:")) {
        refuse(fmt::format("tag '{}'; tags of htools are not weighed here; take them out", quotable(tag)));
      }
    }
  }
  void refuse_tags(const Fields& fields, std::size_t column) const {
    if (fields.size() > column) {
      refuse_tags(fields[column]);
    }
  }

  void read_node(const Fields& fields) {
    if (fields.size() < 8) {
      refuse(fmt::format("a node has {} columns; write at least the eight up to its status", fields.size()));
    }
    GanetiNode node;
    node.name = fields[0];
    node.memory_mb = above_zero(fields[1], "memory");
    node.free_memory_mb = number(fields[3], "free memory");
    node.disk_mb = above_zero(fields[4], "disk");
    node.free_disk_mb = number(fields[5], "free disk");
    node.cores = above_zero(fields[6], "cores");
    node.offline = fields[7] == "Y";
    refuse_tags(fields, 10);
    if (fields.size() > 13) {
      node.own_vcpus = number(fields[13], "vcpus of the node");
    }
    if (fields.size() > 14) {
      node.speed = above_zero(fields[14], "speed");
    }
    if (!nodes_.emplace(fields[0], cluster_.nodes.size()).second) {
      refuse(fmt::format("a second node '{}'; give each a name of its own", quotable(fields[0])));
    }
    cluster_.nodes.push_back(std::move(node));
  }

  void read_instance(const Fields& fields) {
    if (fields.size() < 10) {
      refuse(fmt::format("an instance has {} columns; write at least the ten up to its tags", fields.size()));
    }
    if (fields[8] != "ext") {
      refuse(fmt::format("disk template '{}'; only shared disks, 'ext', are weighed here", quotable(fields[8])));
    }
    if (fields[4] != "running") {
      refuse(fmt::format(
          "instance '{}' is {}; only those that are running are weighed here", fields[0], quotable(fields[4])));
    }
    refuse_tags(fields, 9);
    const auto node = nodes_.find(fields[6]);
    if (node == nodes_.end()) {
      refuse(fmt::format("there is no node '{}'", quotable(fields[6])));
    }
    if (!instances_.emplace(fields[0], cluster_.instances.size()).second) {
      refuse(fmt::format("a second instance '{}'; give each a name of its own", quotable(fields[0])));
    }
    GanetiInstance instance;
    instance.name = fields[0];
    instance.memory_mb = number(fields[1], "memory");
    instance.vcpus = number(fields[3], "vcpus");
    instance.movable = fields[5] == "Y";
    instance.node = node->second;
    cluster_.instances.push_back(std::move(instance));
  }

  /// Tags of the cluster, then policies: owner|standard|bounds|templates|vcpu ratio|spindle ratio.
  void read_other(std::string_view line) {
    const Fields fields = split(line, "|");
    if (fields.size() >= 6) {
      cluster_.vcpu_ratio = above_zero(fields[4], "vcpu ratio"); // the last is the group's
    } else {
      refuse_tags(line);
    }
  }

  GanetiCluster& cluster_;
  const GanetiNames& names_;
  std::string name_; // of what is being read
  std::size_t line_ = 0;
  std::size_t section_ = 0;
  std::size_t groups_ = 0;
  std::map<std::string_view, std::size_t> nodes_;
  std::map<std::string_view, std::size_t> instances_;
};

} // namespace

GanetiCluster parse_ganeti(std::string_view state, std::string_view loads, const GanetiNames& names) {
  GanetiCluster cluster;
  Reader reader(cluster, names);
  reader.read_state(state);
  reader.read_loads(loads);
  return cluster;
}

} // namespace migralab::simulation
