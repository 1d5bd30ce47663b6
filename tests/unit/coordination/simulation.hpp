// SPDX-License-Identifier: Apache-2.0
// Agents and a coordinator in one thread and no real time: a network that loses, doubles, delays and replays datagrams,
// processes that are killed and started again. The same seed gives the same run.
#pragma once

#include "fake_cluster.hpp"
#include "migralab/coordination/coordinator.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace migralab::coordination::test {

inline constexpr const char* coordinator_name = "coordinator";
inline constexpr Instant beginning{std::chrono::hours(12)};

/// What goes wrong by chance, as probabilities.
struct Faults {
  double loss = 0;
  double duplication = 0;
  Nanoseconds longest_delay = std::chrono::microseconds(200);
  double replay = 0;        ///< with each datagram: another, that was sent at any time before, to anybody
  double forgery = 0;       ///< with each datagram: one with a changed byte
  double failed_sample = 0; ///< of a host
  double failed_migration = 0;
  double agent_crash = 0;                      ///< with each step of one
  double coordinator_crash = 0;                ///< with each step of it
  Nanoseconds redraw{0};                       ///< how often the guests' loads change; 0: never
  bool migrations_survive = true;              ///< their agent's death
  Nanoseconds until = std::chrono::minutes(2); ///< then nothing goes wrong any more
};

/// A process is killed at its so many-th step: before it does what it decided on, or after.
struct Kill {
  std::string process;
  std::size_t step = 0;
  bool after = false;
};

struct Plan {
  unsigned seed = 1;
  Faults faults;
  std::vector<Kill> kills;
  Timing timing;
  std::set<std::string> evacuate{};    ///< hosts that are to be emptied
  std::vector<std::string> settings{}; ///< of the policy
};

class Simulation {
public:
  /// Hosts of the cluster get an agent each.
  Simulation(Plan plan, FakeCluster& cluster, const std::vector<std::string>& hosts);

  void run(Nanoseconds span);

  [[nodiscard]] const std::vector<Record>& records() const { return records_; }
  [[nodiscard]] std::size_t steps(const std::string& process) const { return processes_.at(process).steps; }
  [[nodiscard]] std::size_t datagrams() const { return sent_.size(); }
  [[nodiscard]] std::size_t refused(Refusal why) const { return refused_.at(static_cast<std::size_t>(why)); }
  /// Moves that the coordinator's last life ordered, or learned of, and that have not ended by its records.
  [[nodiscard]] std::size_t open_moves() const;
  /// Rounds that its last life decided, and that have not ended.
  [[nodiscard]] std::size_t open_rounds() const;

private:
  struct Process {
    std::unique_ptr<Agent> agent; // of a host
    std::unique_ptr<Coordinator> coordinator;
    std::size_t steps = 0;
    Instant wake;
    [[nodiscard]] bool alive() const { return agent || coordinator; }
  };
  using Happening = std::function<void()>;

  void start(const std::string& name);
  void kill(const std::string& name);
  [[nodiscard]] bool killed(const std::string& name, bool after);
  void step(const std::string& name, const AgentEvent& event);
  void step_agent(const std::string& host, const AgentEvent& event);
  void step_coordinator(const CoordinatorEvent& event);
  void wake_at(const std::string& name, Instant instant);
  void begin(const std::string& host, const Order& order);
  void end(const std::string& host, const OrderId& order);
  void take_sample(const std::string& host);
  void send(const std::string& to, const std::string& datagram);
  void deliver(const std::string& to, const std::string& datagram);
  void schedule(Instant at, Happening what) { happenings_.emplace(at, std::move(what)); }
  [[nodiscard]] bool chance(double probability);
  [[nodiscard]] Nanoseconds up_to(Nanoseconds most);
  void redraw();
  void note(const std::optional<Refusal>& refusal);

  Plan plan_;
  FakeCluster& cluster_;
  std::vector<std::string> hosts_;
  std::mt19937_64 random_;
  Instant now_ = beginning;
  Epoch last_epoch_ = 0;
  std::map<std::string, Process> processes_;
  std::multimap<Instant, Happening> happenings_;
  std::vector<std::pair<std::string, std::string>> sent_; // to whom, and what
  std::vector<Record> records_;
  std::size_t last_life_ = 0; // its first record
  std::array<std::size_t, refusals> refused_{};
};

/// Three overloaded hosts, and one that can take a guest of each: one after the other.
[[nodiscard]] FakeCluster narrow_cluster();

/// Six hosts with four guests each, for loads that are redrawn.
[[nodiscard]] FakeCluster busy_cluster();
[[nodiscard]] const std::vector<std::string>& six_hosts();

/// Four hosts, h1 overloaded such that two of its guests have to leave, and room for them.
[[nodiscard]] FakeCluster overloaded_cluster();
[[nodiscard]] const std::vector<std::string>& four_hosts();

} // namespace migralab::coordination::test
