// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/balancer/process.hpp"
#include "migralab/coordination/coordinator.hpp"
#include "migralab/core/interrupt.hpp"
#include "poll_loop.hpp"

#include <algorithm>
#include <cstdlib>

namespace migralab::balancer {

namespace {

using namespace coordination;

constexpr auto traffic_interval = std::chrono::seconds(5);
constexpr auto report_margin = std::chrono::minutes(1); // from a migration's end to the word of it

Instant now() {
  return std::chrono::steady_clock::now();
}

CoordinatorOptions options_of(const CoordinatorConfig& config, const Key& key) {
  CoordinatorOptions options{
      .name = config.name, .epoch = draw_epoch(), .key = key, .hosts = {}, .timing = {}};
  options.timing.migration = std::max<Nanoseconds>(options.timing.migration, config.migration_limit + report_margin);
  for (const auto& [host, endpoint] : config.hosts) {
    options.hosts.push_back(host);
  }
  return options;
}

class CoordinatorProcess {
public:
  CoordinatorProcess(const CoordinatorConfig& config, const Key& key)
      : config_(config), parameters_(balance::make_policy(config.policy, config.parameters).parameters()),
        coordinator_(options_of(config, key), balance::make_policy(config.policy, config.parameters)),
        socket_(config.here), log_(config.name) {}

  void run() {
    apply(coordinator_.handle(Tick{}, now()));
    while (!interrupted()) {
      wait_for_any({socket_.descriptor()}, wake_);
      while (auto datagram = socket_.receive()) {
        apply(coordinator_.handle(Datagram{std::move(*datagram)}, now()));
      }
      if (wake_ && now() >= *wake_) {
        apply(coordinator_.handle(Tick{}, now()));
      }
      if (now() >= next_traffic_) {
        log_.traffic(socket_.count());
        next_traffic_ = now() + traffic_interval;
      }
    }
    log_.traffic(socket_.count());
  }

private:
  void apply(const CoordinatorActions& actions) {
    socket_.refused(actions.refused);
    for (const Addressed& addressed : actions.datagrams) {
      socket_.send(addressed.datagram, config_.hosts.at(addressed.to));
    }
    for (const Record& record : actions.records) {
      log_.record(record, config_.policy, parameters_);
    }
    wake_ = actions.wake;
  }

  const CoordinatorConfig& config_;
  balance::Parameters parameters_;
  Coordinator coordinator_;
  CountedSocket socket_;
  LogWriter log_;
  std::optional<Instant> wake_;
  Instant next_traffic_ = now() + traffic_interval;
};

} // namespace

void run_coordinator(const CoordinatorConfig& config, const Key& key) {
  CoordinatorProcess(config, key).run();
  std::_Exit(0);
}

} // namespace migralab::balancer
