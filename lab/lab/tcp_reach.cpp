// SPDX-License-Identifier: Apache-2.0
#include "tcp_reach.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/units.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace migralab {

namespace {

constexpr int poll_slice_ms = 100; // so that an interrupt is noticed

sockaddr_in address_of(Ipv4Address address) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(address.value);
  return place;
}

UniqueFd tcp_socket() {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    throw system_error("cannot make a socket");
  }
  return socket;
}

/// What is wrong with the connection; empty once it stands.
std::string connect(const sockaddr_in& place, Nanoseconds limit) {
  const UniqueFd socket = tcp_socket();
  // Closed by a reset: no port of a migration's range stays in TIME_WAIT.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) {
    throw system_error("cannot set up a socket");
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0) {
    return "";
  }
  if (errno != EINPROGRESS) {
    return std::strerror(errno);
  }
  const Deadline deadline(limit);
  while (!deadline.passed()) {
    throw_if_interrupted();
    pollfd waiting{.fd = socket.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&waiting, 1, std::min(poll_slice_ms, deadline.left_ms())) <= 0) {
      continue;
    }
    int problem = 0;
    socklen_t size = sizeof problem;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size) != 0) {
      problem = errno;
    }
    return problem == 0 ? "" : std::strerror(problem);
  }
  return fmt::format("no answer within {}", human(limit));
}

} // namespace

std::string tcp_problem(const std::string& from, const std::string& to, Ipv4Address address, Nanoseconds limit) {
  sockaddr_in place = address_of(address);
  UniqueFd listener; // a socket stays in the network that it was made in
  std::string problem;
  in_network_of(to, [&] {
    listener = tcp_socket();
    socklen_t size = sizeof place;
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0 ||
        ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&place), &size) != 0) {
      problem = fmt::format("{} cannot listen there: {}", to, std::strerror(errno));
    }
  });
  if (problem.empty()) {
    in_network_of(from, [&] { problem = connect(place, limit); });
  }
  return problem;
}

std::string tcp_problem_of_machine(const Topology& topology, const std::string& from, Ipv4Address address) {
  constexpr auto limit = std::chrono::seconds(30); // it may be emulated, and busy
  constexpr auto ssh_port = "22";                  // always open on a machine of the lab
  Command ask{.argv = {"bash", "-c", "exec 3<>\"/dev/tcp/$1/$2\"", "bash", to_string(address), ssh_port}};
  ask.timeout = limit;
  SystemRunner runner;
  const CommandResult result = runner.run(on_host(topology, from, ask));
  if (result.ok()) {
    return {};
  }
  // bash: "bash: connect: Connection refused", and the same once more with the line of its script.
  const std::string said = result.errors.substr(0, result.errors.find('\n'));
  const std::size_t colon = said.rfind(": ");
  const std::string reason = colon == std::string::npos ? said : said.substr(colon + 2);
  if (reason == std::strerror(ECONNREFUSED)) {
    return {}; // it is there: a remote host's sshd may be elsewhere
  }
  return reason.empty() ? describe_end(result) : reason;
}

} // namespace migralab
