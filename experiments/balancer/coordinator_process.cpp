// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"
#include "migralab/balance/pacing_file.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/balancer/process.hpp"
#include "migralab/coordination/coordinator.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "poll_loop.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

namespace migralab::balancer {

namespace {

using namespace coordination;

constexpr auto traffic_interval = std::chrono::seconds(5);
constexpr auto report_margin = std::chrono::minutes(1); // from a migration's end to the word of it

Instant now() {
  return std::chrono::steady_clock::now();
}

CoordinatorOptions options_of(const CoordinatorConfig& config, const Key& key) {
  CoordinatorOptions options{.name = config.name, .epoch = draw_epoch(), .key = key, .hosts = {}, .timing = {}};
  options.timing.migration = std::max<Nanoseconds>(options.timing.migration, config.migration_limit + report_margin);
  for (const auto& [host, endpoint] : config.hosts) {
    options.hosts.push_back(host);
  }
  options.evacuate = config.evacuate;
  options.groups = config.groups;
  return options;
}

std::string boot() {
  std::string text = read_file("/proc/sys/kernel/random/boot_id");
  text.resize(text.find_last_not_of('\n') + 1);
  return text;
}

/// With what its earlier life wrote down, where there is something that counts.
balance::Policy policy_of(const CoordinatorConfig& config, LogWriter& log) {
  balance::Policy policy = balance::make_policy(config.policy, config.parameters);
  if (config.memory.empty() || !std::filesystem::exists(config.memory)) {
    return policy;
  }
  try {
    const auto remembered = balance::parse_pacing(read_file(config.memory), boot(), now());
    if (remembered.value) {
      policy.restore(*remembered.value);
    } else {
      log.note(fmt::format("what was remembered is not used: {}", remembered.problem));
    }
  } catch (const Error& error) {
    log.note(fmt::format("what was remembered is not used: {}", error.what()));
  }
  return policy;
}

class CoordinatorProcess {
public:
  CoordinatorProcess(const CoordinatorConfig& config, const Key& key)
      : config_(config), parameters_(balance::make_policy(config.policy, config.parameters).parameters()),
        log_(config.name), coordinator_(options_of(config, key), policy_of(config, log_)), socket_(config.here) {}

  /// Returns the exit code.
  int run() {
    apply(coordinator_.handle(Tick{}, now()));
    while (!interrupted()) {
      wait_for_any({socket_.descriptor()}, wake_);
      for (unsigned taken = 0; taken < datagrams_at_once; ++taken) {
        auto datagram = socket_.receive();
        if (!datagram) {
          break;
        }
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
    return log_.finish();
  }

private:
  void apply(const CoordinatorActions& actions) {
    if (const std::string attack = socket_.refused(actions.refused, now()); !attack.empty()) {
      log_.note(attack);
    }
    for (const Addressed& addressed : actions.datagrams) {
      socket_.send(addressed.datagram, config_.hosts.at(addressed.to));
    }
    for (const Record& record : actions.records) {
      log_.record(record, config_.policy, parameters_);
    }
    if (!actions.records.empty()) {
      remember();
    }
    wake_ = actions.wake;
  }

  /// A full disk costs the next life its memory, and this one nothing.
  void remember() {
    if (config_.memory.empty()) {
      return;
    }
    try {
      write_file(config_.memory, balance::pacing_text(coordinator_.pacing(), boot(), now()));
    } catch (const Error& error) {
      log_.note(error.what());
    }
  }

  const CoordinatorConfig& config_;
  balance::Parameters parameters_;
  LogWriter log_;
  Coordinator coordinator_;
  CountedSocket socket_;
  std::optional<Instant> wake_;
  Instant next_traffic_ = now() + traffic_interval;
};

} // namespace

void run_coordinator(const CoordinatorConfig& config, const Key& key) {
  std::_Exit(CoordinatorProcess(config, key).run());
}

} // namespace migralab::balancer
