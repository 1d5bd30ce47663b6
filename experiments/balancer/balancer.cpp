// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/balancer.hpp"

#include "log_writer.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/storage/secret.hpp"
#include "migralab/substrate/control_groups.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <optional>
#include <thread>
#include <vector>

namespace migralab::balancer {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_characters = 43; // 258 random bits
constexpr auto pause_before_restart = std::chrono::seconds(1);
constexpr unsigned most_restarts = 10;               // of one process
constexpr auto end_limit = std::chrono::seconds(15); // an aborted migration takes some
constexpr auto kill_limit = std::chrono::seconds(3);
constexpr auto coordinator_limit = std::chrono::seconds(3);
constexpr auto beyond_migration = std::chrono::seconds(10); // to report a migration that took all its time

/// One of the processes, through all its lives.
class Process {
public:
  Process(Command command, std::string node)
      : command_(std::move(command)), reader_(command_.log, node), node_(std::move(node)) {
    pid_ = runner_.start(command_);
  }

  void look(BalanceTrace& trace) {
    if (const auto end = pid_ ? runner_.ended(*pid_) : std::nullopt) {
      reader_.read_into(trace);
      reader_.close();
      pid_.reset();
      restart_at_ = std::chrono::steady_clock::now() + pause_before_restart;
      note(trace, fmt::format("the process ended: {}", describe_end(*end)));
      if (++restarts_ > most_restarts) {
        throw Error(fmt::format("the process that balances from {} does not stay up: {}", node_, describe_end(*end)))
            .with_hint(fmt::format("its log is {}", command_.log.native()));
      }
    }
    if (!pid_ && !stopped_ && std::chrono::steady_clock::now() >= restart_at_) {
      pid_ = runner_.start(command_);
      note(trace, "started anew");
    }
    reader_.read_into(trace);
  }

  /// Asks it to end; it may take a while.
  void stop() {
    stopped_ = true;
    if (pid_) {
      ::kill(*pid_, SIGTERM);
    }
  }

  /// One that takes longer than `limit` is killed; one that even then does not end is the keeper's.
  void await_end(Nanoseconds limit, BalanceTrace& trace) {
    const Deadline deadline(limit);
    const Deadline last(limit + kill_limit);
    while (pid_) {
      if (const auto end = runner_.ended(*pid_)) {
        if (end->end == CommandResult::End::exited && end->status == log_incomplete) {
          LostLines& lost = trace.lost[node_];
          lost.lines = std::max<std::uint64_t>(lost.lines, 1);
          lost.why = lost.why.empty() ? "it could not write to its log" : lost.why;
        } else if (!end->ok()) {
          note(trace, fmt::format("the process did not end as it should: {}", describe_end(*end)));
        }
        pid_.reset();
      } else if (last.passed()) {
        note(trace, "the process cannot be ended");
        pid_.reset();
      } else {
        if (deadline.passed()) {
          ::kill(*pid_, SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
  }

  [[nodiscard]] bool migrates() const { return reader_.open() > 0; }

private:
  void note(BalanceTrace& trace, const std::string& text) const {
    trace.notes.push_back({.at = std::chrono::steady_clock::now(), .node = node_, .text = text});
  }

  Command command_;
  TraceReader reader_;
  std::string node_;
  SystemRunner runner_;
  std::optional<int> pid_;
  bool stopped_ = false;
  unsigned restarts_ = 0;
  Instant restart_at_;
};

class LabBalancer final : public Balancer {
public:
  LabBalancer(const BalancerPlan& plan, const LabState& state, const fs::path& folder, Nanoseconds migration_limit)
      : migration_limit_(migration_limit) {
    make_secret(folder / "keys" / "key", key_characters);
    const auto command = [&](const std::string& role, const std::string& node, const std::string& config) {
      const std::string name = role == "agent" ? role + "-" + node : role; // a host may be called coordinator
      const fs::path file = folder / (name + ".json");
      const fs::path log = folder / (name + ".log");
      write_file(file, config);
      write_file(log, "");
      // The lab's own file system, where the sockets of all hosts' libvirtds are; the network is the node's.
      return Command{
          .argv = {balancer_program().native(), role, file.native(), (folder / "keys" / "key").native(), "with-parent"},
          .inside = {.net = namespaces_of(node).net},
          .groups = role == "agent" ? groups_of_host(state.groups, node) : std::vector<fs::path>{},
          .log = log};
    };
    for (const auto& [host, config] : plan.agents) {
      agents_.push_back(std::make_unique<Process>(command("agent", host, to_json(config)), host));
    }
    if (plan.agents.begin()->second.peers.empty()) {
      coordinator_ = std::make_unique<Process>(
          command("coordinator", plan.node, to_json(plan.coordinator)), plan.coordinator.name);
    }
  }
  LabBalancer(const LabBalancer&) = delete;
  LabBalancer& operator=(const LabBalancer&) = delete;
  ~LabBalancer() override { end(); }

  void look() override {
    for (const auto& process : agents_) {
      process->look(trace_);
    }
    if (coordinator_) {
      coordinator_->look(trace_);
    }
  }

  [[nodiscard]] const BalanceTrace& trace() const override { return trace_; }

  [[nodiscard]] BalanceTrace stop() override {
    end_coordinator();
    const Deadline deadline(migration_limit_ + beyond_migration);
    const auto migrates = [](const auto& agent) { return agent->migrates(); };
    look();
    while (std::any_of(agents_.begin(), agents_.end(), migrates) && !deadline.passed() && !interrupted()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      look();
    }
    end();
    look();
    sort();
    find_untold(trace_);
    return std::move(trace_);
  }

private:
  void end_coordinator() {
    if (coordinator_) {
      coordinator_->stop();
      coordinator_->await_end(coordinator_limit, trace_);
    }
  }

  void end() {
    for (const auto& agent : agents_) {
      agent->stop();
    }
    end_coordinator();
    for (const auto& agent : agents_) {
      agent->await_end(end_limit, trace_);
    }
  }

  /// Logs were read one after the other.
  void sort() {
    const auto earlier = [](const auto& a, const auto& b) { return a.at < b.at; };
    std::stable_sort(trace_.samples.begin(), trace_.samples.end(), earlier);
    std::stable_sort(trace_.notes.begin(), trace_.notes.end(), earlier);
    std::stable_sort(
        trace_.moves.begin(), trace_.moves.end(), [](const auto& a, const auto& b) { return a.began < b.began; });
  }

  Nanoseconds migration_limit_;
  std::vector<std::unique_ptr<Process>> agents_;
  std::unique_ptr<Process> coordinator_; // none where hosts decide among themselves
  BalanceTrace trace_;
};

} // namespace

fs::path balancer_program() {
  fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "migralab-balancer";
  if (!fs::exists(program)) {
    throw Error(fmt::format("the program {} is missing", program.native()))
        .with_hint("it is built and installed with migralab; build or install it again");
  }
  return program;
}

std::unique_ptr<Balancer>
start_balancer(const Topology& topology, const LabState& state, const BalanceWish& wish, const fs::path& folder) {
  const BalancerPlan plan =
      plan_balancer(topology, state.groups, wish, folder, std::max(1U, std::thread::hardware_concurrency()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  return std::make_unique<LabBalancer>(plan, state, folder, wish.migration.timeout);
}

} // namespace migralab::balancer
