// SPDX-License-Identifier: Apache-2.0
// An experiment as its user wishes it (*.exp.yaml): a lab, guests that move, what is measured meanwhile, and how often.
#pragma once

#include "migralab/balancer/plan.hpp"
#include "migralab/core/diagnostics.hpp"
#include "migralab/hypervisor/migration.hpp"
#include "migralab/topology/topology.hpp"
#include "migralab/workload/workload.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct HttpLoad {
  double rate = 20; // requests per second
  std::string path = "/";
};

/// A guest and the hosts that it visits in one repetition, in order; each leg is a trial. A repetition begins at the
/// host where the topology has the guest.
struct GuestRoute {
  std::string guest;
  std::vector<std::string> hosts;
};

/// One thing that is varied. `path` is a key of the experiment file ("migration.technique", "workloads.web.clients")
/// or, after "topology.", of the topology ("topology.networks.lan.rate"); levels are values as they would be written
/// there, on one line ("[h2, h1]", "{rounds: 2}"; quoted where YAML would take them for something else).
struct Factor {
  std::string name; // short: the last key of the path, unless the file names it
  std::string path;
  std::vector<std::string> levels; // of Combination::list: those of the rows, in the order of appearance
};

/// A factor's name and one of its levels.
struct Level {
  /// In place of a value, in rows that leave a factor as the file has it: "~" there. A real value "-" has quotes.
  static constexpr const char* as_in_file = "-";

  std::string factor;
  std::string value;

  bool operator==(const Level&) const = default;
};

/// How factors are combined: every level with every other, first with first and so on, or rows written out.
enum class Combination { full, zip, list };

/// When a cell has been measured often enough.
struct StopPolicy {
  std::string metric;    // "total_time"; empty: always `repetitions`
  double within = 0.05;  // half width of the median's interval over the median
  unsigned at_most = 30; // repetitions
};

/// A value that somebody published, to be shown beside what was measured.
struct PublishedValue {
  std::string what;          // "disk throughput, local disk"
  std::string metric;        // of ours
  std::vector<Level> levels; // of the cell that it belongs to; empty: of every cell
  double value = 0;
  std::string unit;
};

struct Published {
  std::string source;  // "Alkmim 2009, figure 4.1"
  std::string says;    // a sentence on what was found, where it is more than values
  std::string differs; // a sentence on why ours differ
  std::vector<PublishedValue> values;
};

/// In the place of guests that move by a plan: a balancer that moves them when it must.
struct BalanceSpec {
  balancer::BalanceWish wish; // without its migration options: those are the experiment's
  Nanoseconds lasts = std::chrono::minutes(5);
};

struct Experiment {
  std::string name;
  std::filesystem::path file;
  std::string text;               // of the file, as it was read, with the settings of the command line
  std::filesystem::path topology; // absolute
  std::string about;              // a sentence for the report

  std::vector<GuestRoute> routes; // one, or several guests that move at once; equally long, empty where nothing moves
  bool moves = true;              // by the routes; false: `migration: none`, or a balancer decides
  std::optional<BalanceSpec> balance;
  MigrationOptions migration;
  std::string client; // the node that measures

  std::optional<double> udp_rate = 1000; // echo requests per second, client to guest
  std::optional<double> push_rate;       // datagrams per second, guest to client
  std::optional<HttpLoad> http;
  std::vector<WorkloadSpec> workloads; // that run: those of `only`, where it is given
  bool dirty_rate = false;             // ask the hypervisor how fast each guest writes, before it moves
  bool gaps = false;                   // a detector of standstills in each guest that moves

  std::vector<Factor> factors;
  Combination combination = Combination::full;
  std::vector<std::vector<std::string>> rows; // of Combination::list: a level for each factor

  unsigned repetitions = 1; // of each cell's whole route
  unsigned warm_up = 0;     // repetitions before these, measured and kept but in no statistic
  std::uint64_t seed = 1;   // of the order within a block
  StopPolicy stop;
  enum class Restart { never, block, trial };
  Restart restart = Restart::never; // when the lab is made anew although its topology is the same

  Nanoseconds settle = std::chrono::seconds(2); // workloads run, nothing counts yet
  Nanoseconds before = std::chrono::seconds(2); // measured before the migration
  Nanoseconds after = std::chrono::seconds(2);  // measured after it
  Nanoseconds trial_limit = std::chrono::minutes(10);
  Nanoseconds run_limit{};    // 0: none
  unsigned most_failures = 3; // failed trials in a row, then the run ends

  std::optional<Published> published;
  std::vector<std::string> quick; // settings "PATH=VALUE" of the short form, see split_settings()

  /// Trials of one repetition of a cell. 1 when nothing moves and no route is given.
  [[nodiscard]] unsigned legs() const {
    return routes.empty() || routes.front().hosts.empty() ? 1 : static_cast<unsigned>(routes.front().hosts.size());
  }
};

/// Reads and checks an experiment file; `settings` as for load_topology ("migration.technique=post-copy"). Throws
/// InputError with every mistake at once.
[[nodiscard]] Experiment
load_experiment(const std::filesystem::path& file, const std::vector<std::string>& settings = {});

/// Settings of an experiment and, where their path began with "topology.", of its topology, without that.
struct SplitSettings {
  std::vector<std::string> experiment;
  std::vector<std::string> topology;
};
[[nodiscard]] SplitSettings split_settings(const std::vector<std::string>& settings);

/// The same from text.
[[nodiscard]] Experiment
parse_experiment(const std::string& text, const std::filesystem::path& file, Diagnostics& diagnostics);

/// JSON Schema (2020-12) of the format, from the mapping that reads it.
[[nodiscard]] std::string experiment_schema();

} // namespace migralab
