// SPDX-License-Identifier: Apache-2.0
#include "carry_out.hpp"
#include "log_writer.hpp"
#include "mailbox.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/balancer/process.hpp"
#include "migralab/coordination/peer.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "poll_loop.hpp"
#include "sampler.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <thread>
#include <variant>

namespace migralab::balancer {

namespace {

using namespace coordination;

/// A migration that was begun has ended.
struct Moved {
  Order order;
  MigrationRecord record;
};
using Letter = std::variant<SampleResult, Moved>;

Instant now() {
  return std::chrono::steady_clock::now();
}

Agent make_machine(const AgentConfig& config, const Key& key, const balance::Parameters& parameters, Agent* /*of*/) {
  return Agent(
      {.host = config.host,
       .coordinator = config.coordinator,
       .epoch = draw_epoch(),
       .key = key,
       .parameters = parameters,
       .timing = {}});
}

Peer make_machine(const AgentConfig& config, const Key& key, const balance::Parameters& parameters, Peer* /*of*/) {
  PeerOptions options{
      .host = config.host, .others = {}, .epoch = draw_epoch(), .key = key, .parameters = parameters, .timing = {}};
  for (const auto& [host, endpoint] : config.peers) {
    options.others.push_back(host);
  }
  return Peer(std::move(options));
}

/// A host's process around its state machine: an Agent, or a Peer.
template <typename Machine> class HostProcess {
public:
  HostProcess(const AgentConfig& config, const Key& key)
      : config_(config), parameters_(balance::make_policy(config.policy, config.parameters).parameters()),
        agent_(make_machine(config, key, parameters_, static_cast<Machine*>(nullptr))), socket_(config.here),
        log_(config.host), sampler_(config, [this](SampleResult result) { letters_.put(std::move(result)); }) {}

  /// Returns the exit code.
  int run() {
    apply(agent_.handle(Tick{}, now()));
    while (!interrupted() || moving_ > 0) { // an interrupt aborts migrations; each still tells its end
      wait_for_any({socket_.descriptor(), letters_.descriptor()}, wake_);
      for (unsigned taken = 0; taken < datagrams_at_once; ++taken) {
        auto datagram = socket_.receive();
        if (!datagram) {
          break;
        }
        apply(agent_.handle(Datagram{std::move(*datagram)}, now()));
      }
      for (Letter& letter : letters_.take()) {
        std::visit([this](auto& what) { this->take(what); }, letter);
      }
      if (now() >= wake_) {
        apply(agent_.handle(Tick{}, now()));
      }
    }
    log_.traffic(socket_.count());
    return log_.finish();
  }

private:
  void take(SampleResult& result) {
    answered_ = true;
    if (auto* failed = std::get_if<SampleFailed>(&result)) {
      apply(agent_.handle(*failed, now()));
      return;
    }
    const auto& sample = std::get<HostSample>(result);
    apply(agent_.handle(sample, now()));
    log_.sample(sample, agent_.averages());
    log_.traffic(socket_.count());
  }

  void take(Moved& moved) {
    --moving_;
    log_.ended(moved.order, moved.record);
    apply(agent_.handle(MigrationEnded{moved.order.id, moved.record.succeeded, moved.record.error}, now()));
  }

  void send(const std::vector<std::string>& datagrams) {
    for (const std::string& datagram : datagrams) {
      socket_.send(datagram, config_.to_coordinator);
    }
  }
  void send(const std::vector<Addressed>& datagrams) {
    for (const Addressed& addressed : datagrams) {
      socket_.send(addressed.datagram, config_.peers.at(addressed.to));
    }
  }

  template <typename Actions> void apply(const Actions& actions) {
    if (const std::string attack = socket_.refused(actions.refused, now()); !attack.empty()) {
      log_.note(attack);
    }
    send(actions.datagrams);
    if constexpr (requires { actions.records; }) {
      for (const Record& record : actions.records) {
        log_.record(record, config_.policy, parameters_);
      }
    }
    for (const std::string& note : actions.notes) {
      log_.note(note);
    }
    wake_ = actions.wake;
    for (const Order& order : actions.begin) {
      log_.began(order);
      ++moving_;
      std::thread([this, order] { letters_.put(Moved{order, carry_out(config_, order)}); }).detach();
    }
    // The first answer may take longer than a period: libvirt is connected to.
    if (actions.sample && !sampler_.ask() && answered_) {
      apply(agent_.handle(SampleFailed{"libvirtd has not answered the last question yet"}, now()));
    }
  }

  const AgentConfig& config_;
  balance::Parameters parameters_;
  Machine agent_;
  CountedSocket socket_;
  LogWriter log_;
  Mailbox<Letter> letters_;
  Sampler sampler_; // after the mailbox, which its thread uses
  Instant wake_;
  bool answered_ = false; // the sampler, once
  unsigned moving_ = 0;
};

} // namespace

void run_agent(const AgentConfig& config, const Key& key) {
  // Without destructors: threads use what they would destroy.
  if (config.peers.empty()) {
    HostProcess<Agent> process(config, key);
    std::_Exit(process.run());
  }
  HostProcess<Peer> process(config, key);
  std::_Exit(process.run());
}

} // namespace migralab::balancer
