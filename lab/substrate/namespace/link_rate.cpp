// SPDX-License-Identifier: Apache-2.0
// measure_link. Raw frames (packet(7)) addressed to the other end itself: no address resolution, and no bridge passes
// them on, so one direction of one cable is measured and nothing else is loaded.
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/core/interfaces.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <vector>

namespace migralab {

namespace {

constexpr std::uint16_t ethertype = 0x88b5;                 // IEEE 802: for local experiments
constexpr std::uint64_t wanted_frames = 100;                // in a window
constexpr std::size_t smallest_frame = 60;                  // Ethernet's, without checksum
                                                            // frames in a system call
constexpr auto fill_limit = std::chrono::milliseconds(25);  // for a shaper's bucket to be used up
constexpr auto refill_limit = std::chrono::milliseconds(1); // a link that is faster than we are never fills up
constexpr auto window_grace = std::chrono::seconds(2);      // beyond the window, for a link that carries little
constexpr BitRate worth_cutting{500'000'000};
constexpr unsigned least_cut_mtu = 576;
constexpr std::size_t longest_packet = 65535; // of IP
constexpr auto look_interval = std::chrono::microseconds(300);

constexpr auto queue_length = std::chrono::milliseconds(20); // what a busy machine may leave us waiting
constexpr std::size_t most_sockets = 64;
constexpr double frame_overhead = 800; // bytes, of the kernel for a frame

double in_seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

using HardwareAddress = std::array<unsigned char, ETH_ALEN>;

UniqueFd packet_socket(std::uint16_t protocol) {
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(protocol)));
  if (!socket) {
    throw system_error("cannot open a packet socket");
  }
  return socket;
}

ifreq ask(const UniqueFd& socket, unsigned long what, const std::string& interface) {
  ifreq request = {};
  std::strncpy(request.ifr_name, interface.c_str(), sizeof request.ifr_name - 1);
  if (::ioctl(socket.get(), what, &request) != 0) {
    throw system_error("cannot look at interface " + interface);
  }
  return request;
}

HardwareAddress hardware_address(const UniqueFd& socket, const std::string& interface) {
  const ifreq request = ask(socket, SIOCGIFHWADDR, interface);
  HardwareAddress address{};
  std::copy_n(reinterpret_cast<const unsigned char*>(request.ifr_hwaddr.sa_data), address.size(), address.begin());
  return address;
}

/// Takes the frames at their end, without a copy. Nobody's frames would be counted as dropped.
UniqueFd sink() {
  UniqueFd socket = packet_socket(ethertype);
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog filter{1, &nothing};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    throw system_error("cannot attach a filter");
  }
  return socket;
}

/// virtio_net_hdr of the virtio specification, 5.1.6, as PACKET_VNET_HDR takes it (its header is not for C++).
struct Segmentation {
  std::uint8_t flags = 1;      // the checksum is to be filled in
  std::uint8_t type = 1;       // TCP over IPv4
  std::uint16_t headers = 0;   // their length
  std::uint16_t segment = 0;   // payload of each frame
  std::uint16_t from = 0;      // where checksumming starts,
  std::uint16_t checksum = 16; // and where in the TCP header it goes
};

/// What is sent again and again.
struct Frame {
  std::vector<unsigned char> bytes; // in front of it, where it is cut into frames: how
  bool cut = false;                 // by segmentation offload
  double on_wire = 1;               // bytes of its frames for a byte that interfaces count: they count its header once
};

void put16(std::vector<unsigned char>& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<unsigned char>(value >> 8U);
  bytes[at + 1] = static_cast<unsigned char>(value);
}

void put_addresses(std::vector<unsigned char>& bytes, std::size_t at, HardwareAddress from, HardwareAddress to) {
  std::copy(to.begin(), to.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  std::copy(from.begin(), from.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at) + ETH_ALEN);
}

Frame single_frame(HardwareAddress from, HardwareAddress to, std::size_t size) {
  Frame frame{std::vector<unsigned char>(size)};
  put_addresses(frame.bytes, 0, from, to);
  put16(frame.bytes, 2 * ETH_ALEN, ethertype);
  return frame;
}

/// 64 KiB of a TCP stream, which the kernel takes through the link in one piece and every shaper counts as the frames
/// that a network card would make of it: a fast link is filled as a migration fills it, and with little of the
/// processor. Its IP addresses are such that the other end's kernel drops it silently (0.0.0.0/8, RFC 1122 3.2.1.3).
Frame stream_piece(HardwareAddress from, HardwareAddress to, unsigned mtu) {
  constexpr std::size_t ip = sizeof(Segmentation) + ETH_HLEN;
  constexpr std::size_t ip_header = 20;
  constexpr std::size_t tcp_header = 20;
  const std::size_t segment = mtu - ip_header - tcp_header;
  const std::size_t segments = (longest_packet - ip_header - tcp_header) / segment;
  const std::size_t headers = ETH_HLEN + ip_header + tcp_header;
  const std::size_t length = ip_header + tcp_header + segments * segment;

  Frame frame{std::vector<unsigned char>(ip + length), true};
  const Segmentation how{
      .headers = static_cast<std::uint16_t>(headers),
      .segment = static_cast<std::uint16_t>(segment),
      .from = static_cast<std::uint16_t>(ETH_HLEN + ip_header)};
  std::memcpy(frame.bytes.data(), &how, sizeof how);
  put_addresses(frame.bytes, sizeof how, from, to);
  put16(frame.bytes, sizeof how + 2 * ETH_ALEN, ETH_P_IP);
  frame.bytes[ip] = 0x45; // version 4, five words of header
  put16(frame.bytes, ip + 2, length);
  frame.bytes[ip + 8] = 1; // time to live
  frame.bytes[ip + 9] = IPPROTO_TCP;
  frame.bytes[ip + 15] = 1;                // from 0.0.0.1
  frame.bytes[ip + 19] = 2;                // to 0.0.0.2
  frame.bytes[ip + ip_header + 12] = 0x50; // five words of header
  frame.bytes[ip + ip_header + 13] = TH_ACK;
  frame.on_wire =
      static_cast<double>(segments * (headers + segment)) / static_cast<double>(headers + segments * segment);
  return frame;
}

class Sender {
public:
  /// In the network of the end it sends from. Queues frames for about `ahead`: no longer, so that the link is free
  /// again soon after.
  Sender(const std::string& interface, HardwareAddress to, const LinkLoad& load, std::size_t size, Nanoseconds ahead) {
    sockets_.push_back(packet_socket(0));
    const HardwareAddress from = hardware_address(sockets_.front(), interface);
    const bool fast = load.expected >= worth_cutting && load.mtu >= least_cut_mtu;
    frame_ = fast ? stream_piece(from, to, load.mtu) : single_frame(from, to, size);
    to_.sll_family = AF_PACKET;
    to_.sll_protocol = htons(frame_.cut ? ETH_P_IP : ethertype);
    to_.sll_ifindex = ask(sockets_.front(), SIOCGIFINDEX, interface).ifr_ifindex;
    to_.sll_halen = ETH_ALEN;
    std::copy(to.begin(), to.end(), to_.sll_addr);
    // The kernel counts a frame with its book-keeping.
    const double bytes = static_cast<double>(load.expected.bits_per_second) / 8 * in_seconds(ahead);
    double wanted = bytes * (1 + frame_overhead / static_cast<double>(frame_.bytes.size()));
    wanted -= set_up(sockets_.front(), wanted);
    while (wanted > 0 && sockets_.size() < most_sockets) {
      sockets_.push_back(packet_socket(0));
      wanted -= set_up(sockets_.back(), wanted);
    }
  }

  /// Sends until the queue is full, or `limit` has passed.
  void fill(Nanoseconds limit) {
    const Deadline deadline(limit);
    for (const UniqueFd& socket : sockets_) {
      while (!deadline.passed() && send(socket)) {
      }
    }
  }

  void wait_for_room(Nanoseconds span) const {
    pollfd polled{sockets_.front().get(), POLLOUT, 0};
    const timespec limit{0, static_cast<long>(span.count())};
    static_cast<void>(::ppoll(&polled, 1, &limit, nullptr));
  }

  [[nodiscard]] double on_wire() const { return frame_.on_wire; }

private:
  /// Returns how much the socket will hold: it allows at least some frames, and at most net.core.wmem_max but for root.
  [[nodiscard]] double set_up(const UniqueFd& socket, double wanted) const {
    const int cut = 1;
    if (frame_.cut && ::setsockopt(socket.get(), SOL_PACKET, PACKET_VNET_HDR, &cut, sizeof cut) != 0) {
      throw system_error("cannot set up a packet socket");
    }
    int room = static_cast<int>(std::min(wanted / 2, 5e8)); // it will be doubled
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0) {
      static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room)); // as much as it may be
    }
    socklen_t length = sizeof room;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &room, &length) != 0) {
      throw system_error("cannot look at a packet socket");
    }
    return room;
  }

  /// False when the queue is full.
  [[nodiscard]] bool send(const UniqueFd& socket) const {
    const auto* address = reinterpret_cast<const sockaddr*>(&to_);
    if (::sendto(socket.get(), frame_.bytes.data(), frame_.bytes.size(), 0, address, sizeof to_) >= 0) {
      return true;
    }
    // ENOBUFS: the shaper's own queue is full.
    if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
      throw system_error("cannot send a frame");
    }
    return false;
  }

  std::vector<UniqueFd> sockets_;
  Frame frame_;
  sockaddr_ll to_ = {};
};

/// When the counter last moved, and to what: a reading between two frames says nothing about time.
struct Edge {
  Instant at;
  std::uint64_t bytes = 0;
};

class Counter {
public:
  explicit Counter(std::string interface) : interface_(std::move(interface)) {}

  /// In the network of the interface.
  [[nodiscard]] std::uint64_t read() const {
    const auto counts = interface_counts();
    const auto found = counts.find(interface_);
    if (found == counts.end()) {
      throw Error(fmt::format("interface {} is gone", interface_));
    }
    return found->second.received_bytes;
  }

  /// Nothing while it stands still.
  [[nodiscard]] std::optional<Edge> moved() {
    const std::uint64_t bytes = read();
    if (bytes == last_) {
      return std::nullopt;
    }
    last_ = bytes;
    return Edge{std::chrono::steady_clock::now(), bytes};
  }

private:
  std::string interface_;
  std::uint64_t last_ = 0;
};

} // namespace

BitRate measure_link(const LinkEnd& from, const LinkEnd& to, const LinkLoad& load, Nanoseconds window) {
  ::prctl(PR_SET_TIMERSLACK, 1UL); // the kernel may round this thread's waits up by 1 ns instead of 50 us
  const double bytes = static_cast<double>(load.expected.bits_per_second) / 8 * in_seconds(window);
  const std::size_t size = std::clamp<std::size_t>(
      static_cast<std::size_t>(bytes) / wanted_frames, smallest_frame, std::size_t{load.mtu} + ETH_HLEN);

  join_network_of(to.node);
  const UniqueFd taker = sink();
  const HardwareAddress address = hardware_address(taker, to.interface);
  join_network_of(from.node);
  Sender sender(from.interface, address, load, size, load.delay + queue_length);
  join_network_of(to.node); // sockets stay in the network in which they were opened
  Counter counter(to.interface);

  // What the shaper has saved up passes at once: the rate is to be seen when the queue has filled up behind it.
  sender.fill(fill_limit);
  for (const Deadline arrival(load.delay); !arrival.passed();) {
    throw_if_interrupted();
    sender.fill(refill_limit);
    sender.wait_for_room(look_interval);
  }
  static_cast<void>(counter.moved());
  std::optional<Edge> first;
  Edge last;
  const Deadline end(window + window_grace);
  while (!end.passed()) {
    throw_if_interrupted();
    if (const auto edge = counter.moved()) {
      first = first ? first : edge;
      last = *edge;
      if (last.at - first->at >= window) {
        break;
      }
    }
    sender.fill(refill_limit);
    sender.wait_for_room(look_interval);
  }
  if (!first || last.at == first->at) {
    return {};
  }
  const double passed = static_cast<double>(last.bytes - first->bytes) * sender.on_wire();
  return {static_cast<std::uint64_t>(passed * 8 / in_seconds(last.at - first->at))};
}

} // namespace migralab
