// SPDX-License-Identifier: Apache-2.0
#include "gateway.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interfaces.hpp"
#include "migralab/substrate/keeper.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"

#include <exception>
#include <fmt/format.h>
#include <thread>

namespace migralab {

namespace {

constexpr auto start_limit = std::chrono::seconds(10);

/// The gateway makes its tap itself, in the switch. Runs in a thread, as the caller stays in the machine's network.
void await_tap(const std::string& tap, int daemon, CommandRunner& runner) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      join_network_of(switch_node);
      wait_until("tap of the gateway", start_limit, std::chrono::milliseconds(5), [&] {
        if (const auto end = runner.ended(daemon)) {
          throw Error(fmt::format("slirp4netns ended at its start: {}", describe_end(*end)));
        }
        return interface_counts().contains(tap);
      });
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) {
    std::rethrow_exception(failure);
  }
}

} // namespace

void start_gateway(const KeeperRecord& keeper, const Gateway& gateway, const LabFolder& folder, CommandRunner& runner) {
  const std::filesystem::path log = folder.logs(switch_node) / fmt::format("outbound-{}.log", gateway.network.network);
  const auto work = [&] {
    const int daemon = runner.start(gateway_command(gateway, log));
    try {
      await_tap(gateway_tap(gateway), daemon, runner);
    } catch (const Error& error) {
      const std::string tail = log_tail(log);
      throw Error(
          tail.empty() ? error.what() : fmt::format("{}\n{} ends with:\n{}", error.what(), log.native(), tail),
          error.status());
    }
    for (const Command& command : gateway_link_commands(gateway)) {
      run_checked(runner, command);
    }
    return 0;
  };
  with_context("outbound " + gateway.network.network, [&] {
    inside(keeper, work, start_limit + std::chrono::seconds(10), Network::of_machine);
  });
}

} // namespace migralab
