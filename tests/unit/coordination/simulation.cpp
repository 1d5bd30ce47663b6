// SPDX-License-Identifier: Apache-2.0
#include "simulation.hpp"

#include "some_messages.hpp"

#include <algorithm>
#include <set>

namespace migralab::coordination::test {

using namespace std::chrono_literals;

Simulation::Simulation(Plan plan, FakeCluster& cluster, const std::vector<std::string>& hosts)
    : plan_(std::move(plan)), cluster_(cluster), hosts_(hosts), random_(plan_.seed) {
  start(coordinator_name);
  for (const std::string& host : hosts_) {
    // Agents are not started at the same moment, nor do they look at their hosts at the same moment.
    processes_[host];
    schedule(now_ + up_to(5s), [this, host] { start(host); });
  }
  if (plan_.faults.redraw > 0s) {
    redraw();
  }
}

/// Loads change until nothing goes wrong any more.
void Simulation::redraw() {
  if (now_ < beginning + plan_.faults.until) {
    cluster_.redraw(random_);
    schedule(now_ + plan_.faults.redraw, [this] { redraw(); });
  } else {
    cluster_.calm_down();
  }
}

void Simulation::run(Nanoseconds span) {
  const Instant end = now_ + span;
  while (!happenings_.empty() && happenings_.begin()->first <= end) {
    now_ = happenings_.begin()->first;
    const Happening what = std::move(happenings_.begin()->second);
    happenings_.erase(happenings_.begin());
    what();
  }
  now_ = end;
}

void Simulation::start(const std::string& name) {
  Process& process = processes_[name];
  if (process.alive()) {
    return;
  }
  balance::Policy policy = balance::make_policy("ferreira-2013", plan_.settings);
  if (name == coordinator_name) {
    last_life_ = records_.size();
    process.coordinator = std::make_unique<Coordinator>(
        CoordinatorOptions{name, ++last_epoch_, some_key(), hosts_, plan_.timing, {}, plan_.evacuate},
        std::move(policy));
  } else {
    process.agent = std::make_unique<Agent>(
        AgentOptions{name, coordinator_name, ++last_epoch_, some_key(), policy.parameters(), plan_.timing});
  }
  step(name, Tick{});
}

void Simulation::kill(const std::string& name) {
  Process& process = processes_.at(name);
  process.agent.reset();
  process.coordinator.reset();
  if (name != coordinator_name && !plan_.faults.migrations_survive) {
    cluster_.abort_of(name);
  }
  schedule(now_ + up_to(10s), [this, name] { start(name); });
}

/// Whether the process is killed in this step, before or after it acts.
bool Simulation::killed(const std::string& name, bool after) {
  const std::size_t step = processes_.at(name).steps;
  const bool planned = std::any_of(plan_.kills.begin(), plan_.kills.end(), [&](const Kill& kill) {
    return kill.process == name && kill.after == after && kill.step == step;
  });
  const double crash = name == coordinator_name ? plan_.faults.coordinator_crash : plan_.faults.agent_crash;
  if (planned || chance(crash)) {
    kill(name);
    return true;
  }
  return false;
}

void Simulation::step(const std::string& name, const AgentEvent& event) {
  Process& process = processes_.at(name);
  if (!process.alive()) {
    return;
  }
  ++process.steps;
  if (name != coordinator_name) {
    step_agent(name, event);
  } else if (const auto* datagram = std::get_if<Datagram>(&event)) {
    step_coordinator(*datagram);
  } else {
    step_coordinator(Tick{});
  }
}

void Simulation::step_agent(const std::string& host, const AgentEvent& event) {
  const AgentActions actions = processes_.at(host).agent->handle(event, now_);
  note(actions.refused);
  if (killed(host, false)) {
    return;
  }
  for (const Order& order : actions.begin) {
    begin(host, order);
  }
  for (const std::string& datagram : actions.datagrams) {
    send(coordinator_name, datagram);
  }
  if (killed(host, true)) {
    return;
  }
  if (actions.sample) {
    schedule(now_ + up_to(50ms), [this, host] { take_sample(host); });
  }
  wake_at(host, actions.wake);
}

void Simulation::step_coordinator(const CoordinatorEvent& event) {
  CoordinatorActions actions = processes_.at(coordinator_name).coordinator->handle(event, now_);
  note(actions.refused);
  if (killed(coordinator_name, false)) {
    return;
  }
  std::move(actions.records.begin(), actions.records.end(), std::back_inserter(records_));
  for (const Addressed& addressed : actions.datagrams) {
    send(addressed.to, addressed.datagram);
  }
  if (!killed(coordinator_name, true) && actions.wake) {
    wake_at(coordinator_name, *actions.wake);
  }
}

void Simulation::wake_at(const std::string& name, Instant instant) {
  processes_.at(name).wake = instant;
  schedule(std::max(instant, now_), [this, name, instant] {
    if (processes_.at(name).wake == instant) { // otherwise something happened before, and it wants another one
      step(name, Tick{});
    }
  });
}

void Simulation::begin(const std::string& host, const Order& order) {
  const Instant ends = now_ + 500ms + up_to(20s);
  if (cluster_.begin(order, host, ends, chance(plan_.faults.failed_migration))) {
    schedule(ends, [this, host, id = order.id] { end(host, id); });
  } else {
    schedule(now_, [this, host, id = order.id] { step(host, MigrationEnded{id, false, "the hypervisor refuses"}); });
  }
}

void Simulation::end(const std::string& host, const OrderId& order) {
  // An agent that has started since hears nothing of it: the end is told to the process that began it. It would
  // only ignore it, which it is also given the chance to.
  if (const auto moved = cluster_.end(order)) {
    step(host, MigrationEnded{order, *moved, *moved ? "" : "connection reset"});
  }
}

void Simulation::take_sample(const std::string& host) {
  if (chance(plan_.faults.failed_sample)) {
    step(host, SampleFailed{"libvirtd does not answer"});
  } else {
    step(host, cluster_.look_at(host));
  }
}

void Simulation::send(const std::string& to, const std::string& datagram) {
  sent_.emplace_back(to, datagram);
  if (!chance(plan_.faults.loss)) {
    deliver(to, datagram);
  }
  if (chance(plan_.faults.duplication)) {
    deliver(to, datagram);
  }
  if (chance(plan_.faults.replay)) {
    const auto& [receiver, recorded] = sent_[random_() % sent_.size()];
    deliver(receiver, recorded);
  }
  if (chance(plan_.faults.forgery)) {
    std::string forged = datagram;
    forged[random_() % forged.size()] ^= static_cast<char>(1 + random_() % 255);
    deliver(to, forged);
  }
}

void Simulation::deliver(const std::string& to, const std::string& datagram) {
  schedule(now_ + 50us + up_to(plan_.faults.longest_delay), [this, to, datagram] { step(to, Datagram{datagram}); });
}

bool Simulation::chance(double probability) {
  return probability > 0 && now_ < beginning + plan_.faults.until &&
         std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

Nanoseconds Simulation::up_to(Nanoseconds most) {
  return Nanoseconds(static_cast<Nanoseconds::rep>(random_() % static_cast<std::uint64_t>(most.count())));
}

void Simulation::note(const std::optional<Refusal>& refusal) {
  if (refusal) {
    ++refused_.at(static_cast<std::size_t>(*refusal));
  }
}

std::size_t Simulation::open_moves() const {
  std::multiset<std::string> open;
  for (std::size_t i = last_life_; i < records_.size(); ++i) {
    if (const auto* decided = std::get_if<RoundDecided>(&records_[i]); decided && decided->held_back.empty()) {
      for (const balance::Move& move : decided->decision.moves) {
        open.insert(move.guest);
      }
    } else if (const auto* learned = std::get_if<MoveLearned>(&records_[i])) {
      open.insert(learned->move.guest);
    } else if (const auto* ended = std::get_if<MoveEnded>(&records_[i])) {
      if (const auto move = open.find(ended->move.guest); move != open.end()) { // else it was lost, and is found
        open.erase(move);
      }
    }
  }
  return open.size();
}

std::size_t Simulation::open_rounds() const {
  std::set<std::uint64_t> open;
  for (std::size_t i = last_life_; i < records_.size(); ++i) {
    if (const auto* decided = std::get_if<RoundDecided>(&records_[i])) {
      open.insert(decided->round);
    } else if (const auto* ended = std::get_if<RoundEnded>(&records_[i])) {
      open.erase(ended->round);
    }
  }
  return open.size();
}

const std::vector<std::string>& four_hosts() {
  static const std::vector<std::string> hosts{"h1", "h2", "h3", "h4"};
  return hosts;
}

const std::vector<std::string>& six_hosts() {
  static const std::vector<std::string> hosts{"h1", "h2", "h3", "h4", "h5", "h6"};
  return hosts;
}

FakeCluster narrow_cluster() {
  FakeCluster cluster(four_hosts());
  for (const std::string host : {"h1", "h2", "h3"}) {
    for (int i = 0; i < 8; ++i) {
      cluster.place(host + "-" + std::to_string(i), host, {0.12, 0.02, 0.01});
    }
  }
  cluster.place("rest", "h4", {0.1, 0.1, 0.1});
  return cluster;
}

FakeCluster busy_cluster() {
  FakeCluster cluster(six_hosts());
  for (const std::string& host : six_hosts()) {
    for (const std::string letter : {"a", "b", "c", "d"}) {
      cluster.place(letter + host, host, {0.1, 0.05, 0.05});
    }
  }
  return cluster;
}

FakeCluster overloaded_cluster() {
  FakeCluster cluster(four_hosts());
  for (int i = 0; i < 15; ++i) {
    cluster.place("a" + std::to_string(i), "h1", {0.065, 0.02, 0.01}); // 0.975 in all; two must leave
  }
  cluster.place("b0", "h2", {0.5, 0.2, 0.1});
  cluster.place("b1", "h2", {0.2, 0.2, 0.1});
  cluster.place("c0", "h3", {0.3, 0.3, 0.1});
  cluster.place("c1", "h3", {0.3, 0.1, 0.1});
  cluster.place("d0", "h4", {0.1, 0.1, 0.1});
  return cluster;
}

} // namespace migralab::coordination::test
