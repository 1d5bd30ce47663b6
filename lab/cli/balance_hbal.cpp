// SPDX-License-Identifier: Apache-2.0
// Ganeti's hbal as a judge: its score and its moves on its own files, and a cluster of ours written as such.
#include "migralab/balance/cluster_file.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/simulation/ganeti.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;
using simulation::GanetiCluster;

struct Options {
  std::string state;
  std::string loads;
  std::string output;
  bool json = false;
};

std::string read_input(const std::string& path) {
  try {
    return read_plain_file(path);
  } catch (const Error& error) {
    throw Error(error.what(), ExitStatus::bad_input)
        .with_hint("give a state as `gnt-cluster` or `hbal -S` write it, or FILE.json as of `balance decide`");
  }
}

GanetiCluster load(const Options& options) {
  if (options.state.ends_with(".json") || options.state.ends_with(".yaml")) {
    if (!options.loads.empty()) {
      throw Error("--loads belongs to a state of Ganeti; a cluster of ours has its own", ExitStatus::bad_input);
    }
    return simulation::ganeti_of(balance::load_cluster(options.state).cluster);
  }
  const std::string state = read_input(options.state);
  const std::string loads = options.loads.empty() ? "" : read_input(options.loads);
  return simulation::parse_ganeti(state, loads, {options.state, options.loads});
}

void write_files(const GanetiCluster& cluster, const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error(fmt::format("--output {}: {}", folder, problem.message()), ExitStatus::bad_input);
  }
  const simulation::HbalFiles files = simulation::hbal_files(cluster);
  const std::filesystem::path state = std::filesystem::path(folder) / "state.data";
  const std::filesystem::path loads = std::filesystem::path(folder) / "loads.data";
  write_file(state, files.state);
  write_file(loads, files.loads);
  talk(fmt::format("hbal -t {} -U {} judges the same cluster", state.native(), loads.native()));
}

void run(const Options& options) {
  const GanetiCluster cluster = load(options);
  const double before = simulation::hbal_score(cluster);
  const std::vector<simulation::HbalMove> moves = simulation::hbal_moves(cluster);
  const double after = moves.empty() ? before : moves.back().score;
  if (!options.output.empty()) {
    write_files(cluster, options.output);
  }
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows{{"GUEST", "FROM", "TO", "SCORE AFTER IT"}};
  for (const simulation::HbalMove& move : moves) {
    const std::string& guest = cluster.instances[move.instance].name;
    const std::string& from = cluster.nodes[move.from].name;
    const std::string& to = cluster.nodes[move.to].name;
    list.push_back({{"guest", guest}, {"from", from}, {"to", to}, {"score", move.score}});
    rows.push_back({guest, from, to, fmt::format("{:.8f}", move.score)});
  }
  if (options.json) {
    const Json json{{"schema", "migralab.balance-hbal/1"}, {"score", before}, {"score_after", after}, {"moves", list}};
    tell(json.dump(2) + "\n");
    return;
  }
  tell(fmt::format("score {:.8f}; after {} moves {:.8f}\n", before, moves.size(), after));
  if (!moves.empty()) {
    tell(render_rows(rows));
  }
}

} // namespace

void add_balance_hbal(CLI::App& balance) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = balance.add_subcommand(
      "hbal", "the score and the moves of Ganeti's hbal, for its files or for a cluster of `balance decide`");
  verb->add_option("STATE", options->state, "as `hbal -t` reads it; or FILE.json, FILE.yaml as of `balance decide`")
      ->required();
  verb->add_option("--loads", options->loads, "of a state of Ganeti: as `hbal -U` reads it");
  verb->add_option("--output", options->output, "a folder for both files, for hbal itself");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options] { run(*options); });
}

} // namespace migralab
