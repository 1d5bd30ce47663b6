// SPDX-License-Identifier: Apache-2.0
// The HTTP clients against a server that does next to nothing, for http.sh.
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/measure/outage.hpp"
#include "migralab/measure/probe.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace migralab {

namespace {

using namespace std::chrono_literals;

constexpr Ipv4Address loopback{0x7f000001};
constexpr int connections_at_once = 8192;

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

/// Answers every request on 127.0.0.1 with the same 128 bytes until it is killed. Prints its port.
int serve() {
  const std::string body(128, 'x');
  const std::string reply = fmt::format(
      "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}",
      body.size(),
      body);
  const rlimit many{connections_at_once, connections_at_once};
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &many)); // when it may not, the bench shows it
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(loopback.value);
  socklen_t length = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  const int epoll = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  if (::bind(listener, raw, length) != 0 || ::listen(listener, connections_at_once) != 0 ||
      ::getsockname(listener, raw, &length) != 0 || ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
    throw system_error("cannot serve");
  }
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  std::array<char, 4096> request{};
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int on = 1;
        for (int client = 0; (client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
          ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          event.data.fd = client;
          ::epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
        }
        continue;
      }
      const ssize_t size = ::recv(fd, request.data(), request.size(), 0); // a request is one segment here
      const std::string_view text(request.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      if (size > 0) {
        static_cast<void>(::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL));
      }
      if (size == 0 || (size < 0 && errno != EAGAIN) || text.find("onnection: close") != std::string_view::npos) {
        ::close(fd);
      }
    }
  }
}

ProbeTarget target_at(std::uint16_t port) {
  ProbeTarget target;
  target.address = loopback;
  target.port = port;
  return target;
}

/// Prints requests per second, and how much of a processor they took.
int closed_loop(std::uint16_t port, std::size_t connections, double span) {
  const Instant began = std::chrono::steady_clock::now();
  const auto client = start_http_closed_loop(target_at(port), connections);
  std::this_thread::sleep_for(std::chrono::duration<double>(span));
  const ProbeTrace trace = client->stop();
  const Nanoseconds took = std::chrono::steady_clock::now() - began;
  const TraceSummary summary = summarize(trace, Instant::min(), Instant::max());
  const auto answered = summary.ends.find(RequestEnd::answered);
  if (answered == summary.ends.end() || answered->second != summary.planned) {
    throw Error(fmt::format("not all of {} requests were answered", summary.planned));
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double used = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                      static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  fmt::print("{:.0f} {:.2f}\n", static_cast<double>(summary.planned) / seconds(took), used / seconds(took));
  return 0;
}

/// Asks by plan for `span` and stops the server for `stop` in the middle. Prints the mean latency of all planned
/// requests, what it must be, and how many were planned, answered.
int stopped(std::uint16_t port, pid_t server, double rate, double span, double stop) {
  ProbeTarget target = target_at(port);
  target.rate = rate;
  target.timeout = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(stop + 5));
  const auto client = start_http_probe(target);
  const Instant began = std::chrono::steady_clock::now();
  const auto from_start = [began](double at) {
    return began + std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(at));
  };
  std::this_thread::sleep_until(from_start((span - stop) / 2));
  const Instant from = std::chrono::steady_clock::now();
  ::kill(server, SIGSTOP);
  std::this_thread::sleep_until(from_start((span + stop) / 2));
  ::kill(server, SIGCONT);
  const double stood = seconds(std::chrono::steady_clock::now() - from); // longer than asked for on a busy machine
  std::this_thread::sleep_until(from_start(span));
  const ProbeTrace trace = client->stop();
  double sum = 0;
  std::size_t answered = 0;
  for (const RequestSample& sample : trace.samples) {
    if (sample.answered) {
      sum += seconds(*sample.answered - sample.planned);
      ++answered;
    }
  }
  const auto planned = static_cast<double>(trace.samples.size());
  const double must = stood * stood / 2 / (planned / rate);
  fmt::print("{:.4f} {:.4f} {} {}\n", sum / planned, must, trace.samples.size(), answered);
  return answered == trace.samples.size() ? 0 : 1;
}

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  CLI::App app("the HTTP clients against a server that does next to nothing");
  app.require_subcommand(1);
  std::uint16_t port = 0;
  std::size_t connections = 64;
  double span = 5;
  double rate = 50; // the server must get through what has piled up in no time
  double stop = 15;
  pid_t server = 0;
  CLI::App* serving = app.add_subcommand("serve", "a server; prints its port");
  CLI::App* closed =
      app.add_subcommand("closed", "prints requests per second of the closed loop, and its processor use");
  closed->add_option("--connections", connections, "at once");
  CLI::App* open =
      app.add_subcommand("stopped", "stops the server in the middle; prints mean latency and what it must be");
  open->add_option("--server", server, "its process")->required();
  open->add_option("--rate", rate, "requests per second");
  open->add_option("--stop", stop, "seconds");
  for (CLI::App* client : {closed, open}) {
    client->add_option("--port", port, "of the server")->required();
    client->add_option("--seconds", span, "how long");
  }
  CLI11_PARSE(app, argc, argv);
  try {
    return serving->parsed()  ? serve()
           : closed->parsed() ? closed_loop(port, connections, span)
                              : stopped(port, server, rate, span, stop);
  } catch (const Error& error) {
    fmt::print(stderr, "http_bench: {}\n", error.what());
    return static_cast<int>(error.status());
  }
}
