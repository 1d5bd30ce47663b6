// SPDX-License-Identifier: Apache-2.0
// What a client sees of a guest: open-loop requests, each planned for an instant, each kept. A request is timed from
// the instant it was planned for, so that a stalled guest (or a stalled client) cannot hide behind requests that were
// never sent ("coordinated omission"; wrk2, Schroeder et al. NSDI 2006).
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/clock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// How one request ended. `late`: a good answer that came after the time-out. `dropped`: never sent, because the client
/// had no room for it (a defect of the measurement, counted, never hidden). `reset`: also a connection that the guest
/// closed before the whole reply was here. `bad_reply`: not "200 OK", or not HTTP.
enum class RequestEnd { answered, late, timed_out, refused, reset, unreachable, bad_reply, dropped };
[[nodiscard]] std::string to_string(RequestEnd end);

struct RequestSample {
  std::uint32_t sequence = 0;
  Instant planned;
  std::optional<Instant> sent;
  std::optional<Instant> answered; // the whole reply was here
  RequestEnd end = RequestEnd::timed_out;
  std::uint32_t bytes = 0; // of the reply
};

struct ProbeTrace {
  std::string probe;    // "udp", "http", "push" or "http-closed"
  Nanoseconds interval; // between planned instants; 0 in a closed loop
  std::vector<RequestSample> samples;
};

struct ProbeTarget {
  Ipv4Address address;
  std::uint16_t port = 0;
  std::string path = "/"; // HTTP only
  double rate = 1000;     // requests per second
  Nanoseconds timeout = std::chrono::seconds(2);
  /// Called once by the probe's own thread before it opens a socket: joins the client's network namespace.
  std::function<void()> enter;
};

/// A probe runs in a thread of its own from construction until stop(). The destructor stops it.
class Probe {
public:
  virtual ~Probe() = default;
  /// Sends what is due, plans nothing more, waits for outstanding replies (at most until the youngest of them times
  /// out), returns every request. Rethrows what ended the thread. Once.
  [[nodiscard]] virtual ProbeTrace stop() = 0;
};

/// UDP echo (RFC 862): 16-byte datagrams with sequence number and planned instant. Only the first reply to a request
/// counts; ICMP errors end the request that they quote.
[[nodiscard]] std::unique_ptr<Probe> start_udp_echo_probe(ProbeTarget target);

/// The other way, guest to client: the guest's responder (topologies/images/micro/responder.c has the protocol) is
/// asked to send 32-byte datagrams with sequence numbers at `rate` (at most 10 000/s, intervals of whole microseconds).
/// The request is renewed each second and good for ten by the guest's clock, so that the guest goes on through its
/// migration even while nothing reaches it. The trace has a sample for each interval of the *client's* clock, from the
/// first datagram (from the first request, if none came within the time-out) to stop():
/// - `planned` is when the datagram would have come over the best path that was seen. One-way delay has no zero that a
///   client could see: a latency is what came on top of the least.
/// - `sent` is when the guest sent it, by the same reckoning: planned, and how far the guest was behind its own plan.
/// - While the guest's clock stands still, its plan does, too: nothing was due for it, but the client waited. Such
///   intervals are samples that timed out (told from a mere delay by that all later datagrams are late by as much; from
///   two intervals on, and not in the last half second). So longest_outage(), never_returned() and summarize() mean
///   what they mean for the echo.
/// - A guest that is more than 64 datagrams behind leaves out what it missed: timed out.
/// Where nothing ever came, and ICMP errors answered the requests, each sample ended as they say.
[[nodiscard]] std::unique_ptr<Probe> start_udp_push_probe(ProbeTarget target);

/// HTTP/1.1 GETs, one connection per request, as `ab` does. `sent` is when the connection was begun. A request is given
/// up (timed_out) twice the time-out after its planned instant: until then a good reply is `late`. At most 4096
/// connections at once; what is planned beyond is `dropped`.
[[nodiscard]] std::unique_ptr<Probe> start_http_probe(ProbeTarget target);

/// HTTP/1.1 GETs in a closed loop, as wrk does it: each of so many connections asks again as soon as its reply is here,
/// and is kept. Shows what a guest can serve at most; not what its users would see while it stands still, for then it
/// asks nothing (coordinated omission). `rate` is not used; `planned` is when the request was sent, or its connection
/// begun. A request that times out is given up with its connection; after one that could not be made there is a pause
/// of 10 ms. One sample for each request: 56 bytes, some megabytes a second from a fast guest. stop() throws Error for
/// no connections.
[[nodiscard]] std::unique_ptr<Probe> start_http_closed_loop(ProbeTarget target, std::size_t connections);

} // namespace migralab
