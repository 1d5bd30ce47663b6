// SPDX-License-Identifier: Apache-2.0
// Ganeti's hbal and the same search here, on the same files, in turn. hbal's time is that of its process; ours is to
// read the files' text and to search.
#include "migralab/core/error.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/simulation/ganeti.hpp"
#include "support/ganeti_files.hpp"
#include "support/scratch_folder.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <vector>

namespace migralab {

namespace {

using Clock = std::chrono::steady_clock;

struct Size {
  std::size_t nodes;
  std::size_t moves; // at most
  double least_ratio;
};

constexpr std::size_t all_moves = std::numeric_limits<std::size_t>::max();
constexpr std::array sizes{
    Size{10, all_moves, 200},
    Size{20, all_moves, 200},
    Size{40, all_moves, 500},
    Size{80, 1, 1000}};

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double hbal_seconds(const test::ScratchFolder& folder, const Size& size) {
  SystemRunner runner;
  Command command{.argv = {"hbal", "-t", "state", "-U", "loads"}, .folder = folder.path()};
  command.timeout = std::chrono::minutes(10);
  if (size.moves != all_moves) {
    command.argv.insert(command.argv.end(), {"-l", std::to_string(size.moves)});
  }
  const auto began = Clock::now();
  static_cast<void>(run_checked(runner, command));
  return seconds_since(began);
}

/// Prints the two medians and their ratio; whether it is large enough.
bool judge(const Size& size, unsigned runs) {
  const test::GanetiFiles files = test::ganeti_files(size.nodes, size.nodes);
  const test::ScratchFolder folder;
  folder.put("state", files.state);
  folder.put("loads", files.loads);
  std::vector<double> peer;
  std::vector<double> own;
  simulation::HbalLimits limits;
  limits.moves = size.moves;
  std::size_t moves = 0;
  for (unsigned run = 0; run < runs; ++run) {
    peer.push_back(hbal_seconds(folder, size));
    const auto began = Clock::now();
    moves = simulation::hbal_moves(simulation::parse_ganeti(files.state, files.loads), limits).size();
    own.push_back(seconds_since(began));
  }
  const double ratio = median(peer) / median(own);
  const bool good = ratio >= size.least_ratio;
  fmt::print(
      "{:>6} {:>10} {:>6} {:>3} {:>9.3f} {:>9.2f} {:>8.0f} {:>8}  {}\n",
      size.nodes,
      size.nodes * 10,
      moves,
      runs,
      median(peer),
      median(own) * 1000,
      ratio,
      fmt::format(">={}", size.least_ratio),
      good ? "PASS" : "under");
  return good;
}

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  CLI::App app("the search for moves against Ganeti's hbal");
  unsigned runs = 3;
  std::size_t most_nodes = sizes.back().nodes;
  app.add_option("-n", runs, "runs of each size")->check(CLI::PositiveNumber);
  app.add_option("--nodes", most_nodes, "no larger clusters: hbal takes a minute for 40 nodes")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    fmt::print(" nodes  instances  moves   n    hbal s   ours ms    ratio   target\n");
    bool good = true;
    for (const Size& size : sizes) {
      good = (size.nodes > most_nodes || judge(size, runs)) && good;
    }
    return good ? 0 : 1;
  } catch (const Error& error) {
    fmt::print(stderr, "hbal_bench: {}\n", error.what());
    return static_cast<int>(error.status());
  }
}
