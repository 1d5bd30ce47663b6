// SPDX-License-Identifier: Apache-2.0
#include "balancing.hpp"

#include "flight.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/balancer/log_lines.hpp"
#include "migralab/coordination/coordinator.hpp"
#include "migralab/coordination/peer.hpp"

#include <algorithm>
#include <set>
#include <variant>

namespace migralab::simulated {

namespace {

using namespace coordination;

constexpr auto journey = std::chrono::microseconds(100); // of a datagram
constexpr auto look = std::chrono::milliseconds(2);      // that an agent takes for a look at its host
constexpr double bytes_per_mb = 1e6;
constexpr double bits_per_byte = 8;

} // namespace

class Balancing::Processes : public std::enable_shared_from_this<Processes> {
public:
  Processes(World& world, const balancer::BalanceWish& wish)
      : world_(world),
        plan_(balancer::plan_balancer(world.topology(), {}, wish, "", std::max(1U, processors_of(world)))),
        parameters_(balance::make_policy(wish.policy, wish.parameters).parameters()),
        key_(std::string(64, 'k')), // nobody listens
        coordinator_(coordinator_options(), balance::make_policy(wish.policy, wish.parameters)) {
    Epoch epoch = 1;
    for (const auto& [host, config] : plan_.agents) {
      if (config.peers.empty()) {
        agents_.emplace(host, Agent({host, config.coordinator, ++epoch, key_, parameters_, {}}));
      } else {
        PeerOptions options{host, {}, ++epoch, key_, parameters_, {}};
        for (const auto& [other, endpoint] : config.peers) {
          options.others.push_back(other);
        }
        peers_.emplace(host, Peer(std::move(options)));
      }
      readers_.emplace(host, balancer::TraceReader("", host));
    }
    readers_.emplace(plan_.coordinator.name, balancer::TraceReader("", plan_.coordinator.name));
  }

  void begin() {
    if (peers_.empty()) {
      tell_coordinator(Tick{});
    }
    for (const auto& [host, config] : plan_.agents) { // they are started one after the other
      world_.timeline().after(started_ * std::chrono::milliseconds(7), [self = shared_from_this(), name = host] {
        self->tell_agent(name, Tick{});
      });
      ++started_;
    }
  }

  void stop() { stopped_ = true; }
  [[nodiscard]] std::size_t flying() const { return flying_.size(); }
  [[nodiscard]] const balancer::BalanceTrace& trace() const { return trace_; }

private:
  [[nodiscard]] static unsigned processors_of(const World& world) {
    return static_cast<unsigned>(world.processors_on(world.topology().hosts.front().name));
  }

  [[nodiscard]] CoordinatorOptions coordinator_options() const {
    CoordinatorOptions options{.name = plan_.coordinator.name, .epoch = 1, .key = key_, .hosts = {}, .timing = {}};
    options.timing.migration =
        std::max<Nanoseconds>(options.timing.migration, plan_.coordinator.migration_limit + std::chrono::minutes(1));
    for (const auto& [host, endpoint] : plan_.coordinator.hosts) {
      options.hosts.push_back(host);
    }
    options.evacuate = plan_.coordinator.evacuate;
    options.groups = plan_.coordinator.groups;
    return options;
  }

  void log(const std::string& node, const std::string& line) {
    if (!line.empty()) {
      readers_.at(node).take(line.substr(0, line.size() - 1), trace_);
    }
  }
  [[nodiscard]] balancer::LogStamp stamp(const std::string& node) { return {node, world_.timeline().now()}; }

  void count(const std::string& node, const std::string& datagram, bool sent) {
    balancer::TrafficCount& traffic = traffic_[node];
    traffic.sent += sent ? 1U : 0U;
    traffic.sent_bytes += sent ? datagram.size() : 0U;
    traffic.received += sent ? 0U : 1U;
    log(node, balancer::traffic_line(stamp(node), traffic));
  }

  /// A datagram on its way.
  void send(const std::string& from, const std::string& to, const std::string& datagram) {
    count(from, datagram, true);
    world_.timeline().after(journey, [self = shared_from_this(), to, datagram] {
      if (self->stopped_) {
        return;
      }
      self->count(to, datagram, false);
      if (to == self->plan_.coordinator.name) {
        self->tell_coordinator(Datagram{datagram});
      } else {
        self->tell_agent(to, Datagram{datagram});
      }
    });
  }

  void tell_coordinator(const CoordinatorEvent& event) {
    const std::string& name = plan_.coordinator.name;
    const CoordinatorActions actions = coordinator_.handle(event, world_.timeline().now());
    for (const Addressed& addressed : actions.datagrams) {
      send(name, addressed.to, addressed.datagram);
    }
    for (const Record& record : actions.records) {
      log(name, balancer::record_line(stamp(name), record, plan_.coordinator.policy, parameters_));
    }
    if (actions.wake) {
      wake(name, *actions.wake, [](Processes& self, const std::string&) { self.tell_coordinator(Tick{}); });
    }
  }

  void tell_agent(const std::string& host, const AgentEvent& event) {
    if (const auto peer = peers_.find(host); peer != peers_.end()) {
      carry_out(host, peer->second.handle(event, world_.timeline().now()));
    } else {
      carry_out(host, agents_.at(host).handle(event, world_.timeline().now()));
    }
  }

  void send_all(const std::string& host, const std::vector<std::string>& datagrams) {
    for (const std::string& datagram : datagrams) {
      send(host, plan_.coordinator.name, datagram);
    }
  }
  void send_all(const std::string& host, const std::vector<Addressed>& datagrams) {
    for (const Addressed& addressed : datagrams) {
      send(host, addressed.to, addressed.datagram);
    }
  }

  template <typename Actions> void carry_out(const std::string& host, const Actions& actions) {
    send_all(host, actions.datagrams);
    if constexpr (requires { actions.records; }) {
      for (const Record& record : actions.records) {
        log(host, balancer::record_line(stamp(host), record, plan_.coordinator.policy, parameters_));
      }
    }
    for (const std::string& note : actions.notes) {
      log(host, balancer::note_line(stamp(host), note));
    }
    for (const Order& order : actions.begin) {
      migrate(host, order);
    }
    if (actions.sample) {
      world_.timeline().after(look, [self = shared_from_this(), host] { self->look_at(host); });
    }
    wake(host, actions.wake, [](Processes& self, const std::string& name) { self.tell_agent(name, Tick{}); });
  }

  template <typename What> void wake(const std::string& name, Instant when, What what) {
    wakes_[name] = when;
    world_.timeline().at(when, [self = shared_from_this(), name, when, what] {
      if (!self->stopped_ && self->wakes_.at(name) == when) { // else something happened before
        what(*self, name);
      }
    });
  }

  void look_at(const std::string& host) {
    if (stopped_) {
      return;
    }
    const HostSample sample = sample_of(host);
    tell_agent(host, sample);
    const auto peer = peers_.find(host);
    const HostSample& averages = peer != peers_.end() ? peer->second.averages() : agents_.at(host).averages();
    log(host, balancer::sample_line(stamp(host), sample, averages));
  }

  [[nodiscard]] HostSample sample_of(const std::string& host) {
    const balancer::AgentConfig& config = plan_.agents.at(host);
    const double network = static_cast<double>(config.network.bits_per_second) / bits_per_byte;
    const auto share = [](double used, double of) { return std::clamp(used / of, 0.0, 1.0); };
    HostSample sample;
    sample.capacity = {
        .cpu = config.cpus,
        .mem = static_cast<double>(config.memory.count) / bytes_per_mb,
        .net = static_cast<double>(config.network.bits_per_second) / bytes_per_mb};
    double sent = 0;
    for (const auto& [guest, where] : world_.places()) {
      const auto flight = flying_.find(guest);
      const bool arriving = flight != flying_.end() && flight->second == host && where != host;
      if (where != host && !arriving) {
        continue;
      }
      const double memory = world_.memory_of(guest);
      GuestReport& report = sample.guests.emplace_back();
      report.name = guest;
      report.image_mb = std::max(memory, 1.0) / bytes_per_mb;
      report.load.mem = share(memory, static_cast<double>(config.memory.count));
      if (arriving) {
        report.state = GuestState::arriving;
        continue;
      }
      report.state = flight == flying_.end() || flight->second == host ? GuestState::running : GuestState::leaving;
      report.load.cpu = share(world_.processors_of(guest), config.cpus);
      report.load.net = share(world_.sent_by(guest), network);
      sample.load.mem += report.load.mem;
      sent += world_.sent_by(guest);
    }
    double carried = 0;
    for (const Attachment& attachment : host_of(world_.topology(), host).networks) {
      const std::string cable = attachment.network + "." + host + ".";
      carried += std::max(world_.links().through(cable + "up"), world_.links().through(cable + "down"));
    }
    sample.load.cpu = share(world_.used_on(host), config.cpus);
    sample.load.mem = std::min(sample.load.mem, 1.0);
    sample.load.net = share(sent + carried, network);
    return sample;
  }

  void migrate(const std::string& host, const Order& order) {
    log(host, balancer::begin_line(stamp(host), order));
    flying_[order.guest] = order.to;
    MigrationOptions options = plan_.agents.at(host).migration;
    options.unattended = true;
    begin_flight(
        world_,
        order.guest,
        order.to,
        options,
        [self = shared_from_this(), host, order](const MigrationRecord& record) {
          self->flying_.erase(order.guest);
          self->log(host, balancer::end_line(self->stamp(host), order, record));
          // Not within the agent's own turn: one that fails at once ends before it has begun.
          self->world_.timeline().after({}, [self, host, order, succeeded = record.succeeded, why = record.error] {
            self->tell_agent(host, MigrationEnded{order.id, succeeded, why});
          });
        });
  }

  World& world_;
  balancer::BalancerPlan plan_;
  balance::Parameters parameters_;
  Key key_;
  Coordinator coordinator_;
  std::map<std::string, Agent> agents_; // or, of a policy without a coordinator,
  std::map<std::string, Peer> peers_;
  std::map<std::string, balancer::TraceReader> readers_;
  std::map<std::string, balancer::TrafficCount> traffic_;
  std::map<std::string, Instant> wakes_;
  std::map<std::string, std::string> flying_; // guest -> destination
  balancer::BalanceTrace trace_;
  int started_ = 0;
  bool stopped_ = false;
};

Balancing::Balancing(World& world, const balancer::BalanceWish& wish)
    : processes_(std::make_shared<Processes>(world, wish)) {
  processes_->begin();
}

Balancing::~Balancing() = default;

void Balancing::stop() {
  processes_->stop();
}

std::size_t Balancing::flying() const {
  return processes_->flying();
}

const balancer::BalanceTrace& Balancing::trace() const {
  return processes_->trace();
}

} // namespace migralab::simulated
