// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/packets.hpp"

#include "arrival.hpp"
#include "migralab/core/address.hpp"
#include "migralab/core/handle.hpp"
#include "netlink.hpp"
#include "text_of_address.hpp"
#include "waiting.hpp"
#include "worker.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace migralab {

namespace {

using FrameBytes = std::span<const std::byte>;

unsigned number(FrameBytes bytes, std::size_t at) {
  return std::to_integer<unsigned>(bytes[at]) << 8U | std::to_integer<unsigned>(bytes[at + 1]);
}

/// Empty for 0.0.0.0: who asks by RARP, or probes an address (RFC 5227), has none yet.
std::string ip_text(FrameBytes bytes, std::size_t at) {
  const Ipv4Address address{number(bytes, at) << 16U | number(bytes, at + 2)};
  return address.value == 0 ? "" : to_string(address);
}

// Offsets in an ARP packet for IPv4 over Ethernet (RFC 826).
constexpr std::size_t operation = 6;
constexpr std::size_t sender_mac = 8;
constexpr std::size_t sender_ip = 14;
constexpr std::size_t target_ip = 24;
constexpr std::size_t arp_size = 28;
constexpr std::array<unsigned char, 6> ipv4_over_ethernet{0, 1, 8, 0, 6, 4};

/// Of an operation; nullptr when the protocol lacks it.
const char* kind_of(unsigned protocol, unsigned code) {
  if (protocol == ETH_P_RARP) {
    return code == 3 || code == 4 ? "rarp" : nullptr;
  }
  return code == 1 ? "arp request" : code == 2 ? "arp reply" : nullptr;
}

/// ARP and RARP that come in. In the kernel, so that a migration's frames cost no copy and no wake-up.
void attach_filter(int fd) {
  const auto protocol = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
  std::array<sock_filter, 5> program{
      {{BPF_LD | BPF_H | BPF_ABS, 0, 0, protocol},
       {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ETH_P_ARP},
       {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, ETH_P_RARP},
       {BPF_RET | BPF_K, 0, 0, 0xffff},
       {BPF_RET | BPF_K, 0, 0, 0}}};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    throw system_error("cannot filter the frames to watch");
  }
}

/// A bridge takes a frame from its port before any socket for a protocol sees it there (the kernel's net/core/dev.c),
/// so this is one for all protocols. It is bound to them only when the filter is on: nothing else ever gets in.
UniqueFd open_watch() {
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    throw system_error("cannot watch frames");
  }
  attach_filter(fd.get());
  const int on = 1;
  const int size = 4 << 20;
  // Without PACKET_IGNORE_OUTGOING the kernel would copy the head of each frame that anybody sends.
  if (::setsockopt(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) {
    throw system_error("cannot set up the socket that watches frames");
  }
  // The default takes hundreds of frames between two looks; more is better, and refused without the privilege.
  static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size));
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(ETH_P_ALL);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) != 0) {
    throw system_error("cannot watch the frames of all ports");
  }
  return fd;
}

class WatchRun {
public:
  explicit WatchRun(UniqueFd socket) : socket_(std::move(socket)), links_(network_links()) {}

  std::vector<PacketSighting> run(int stop_fd) {
    for (bool stopping = false; !stopping;) {
      std::array<pollfd, 2> polled{{{socket_.get(), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
      poll_until(polled, std::chrono::steady_clock::now() + std::chrono::hours(1));
      stopping = polled[1].revents != 0;
      while (take()) {
      }
    }
    expect_all();
    std::stable_sort(sightings_.begin(), sightings_.end(), [](const PacketSighting& a, const PacketSighting& b) {
      return a.at < b.at;
    });
    return std::move(sightings_);
  }

private:
  /// False when there is nothing more.
  bool take() {
    std::array<std::byte, 128> frame{};
    sockaddr_ll from{};
    iovec part{frame.data(), frame.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control_.data();
    message.msg_controllen = control_.size();
    const ssize_t size = ::recvmsg(socket_.get(), &message, 0);
    if (size < 0) {
      if (errno != EAGAIN && errno != EINTR && errno != ENETDOWN) { // ENETDOWN: a port went down; others go on
        throw system_error("cannot take the watched frames");
      }
      return errno != EAGAIN;
    }
    const std::string* port = port_of(from.sll_ifindex);
    auto sighting = parse_sighting(FrameBytes(frame).first(static_cast<std::size_t>(size)));
    if (port != nullptr && sighting) {
      sighting->at = arrival(message);
      sighting->interface = *port;
      sightings_.push_back(std::move(*sighting));
    }
    return true;
  }

  /// nullptr: not a bridge's port; a bridge itself, which gets the frames of its ports once more, or loopback.
  const std::string* port_of(int index) {
    auto link = links_.find(index);
    if (link == links_.end()) { // plugged in meanwhile
      links_.merge(network_links());
      link = links_.try_emplace(index).first; // and gone already: not asked for again
    }
    return link->second.has_master ? &link->second.name : nullptr;
  }

  void expect_all() {
    tpacket_stats counts{};
    socklen_t size = sizeof counts;
    if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &counts, &size) == 0 && counts.tp_drops > 0) {
      throw Error(
          fmt::format("{} ARP and RARP frames at the switch were lost, {} seen", counts.tp_drops, sightings_.size()))
          .with_hint("an ARP storm, or a machine that had no processor for the watch: measure again");
    }
  }

  UniqueFd socket_;
  std::map<int, NetworkLink> links_;
  std::vector<PacketSighting> sightings_;
  alignas(cmsghdr) std::array<char, 512> control_{};
};

class SocketWatch final : public PacketWatch {
public:
  explicit SocketWatch(std::function<void()> enter)
      : worker_([enter = std::move(enter), begun = begun_](int stop_fd) {
          std::optional<WatchRun> watch;
          try {
            if (enter) {
              enter();
            }
            watch.emplace(open_watch());
          } catch (...) {
            begun->set_exception(std::current_exception());
            throw;
          }
          begun->set_value();
          return watch->run(stop_fd);
        }) {
    begun_->get_future().get();
  }

  [[nodiscard]] std::vector<PacketSighting> stop() override { return worker_.finish(); }

private:
  std::shared_ptr<std::promise<void>> begun_ = std::make_shared<std::promise<void>>(); // before the worker: it has one
  Worker<std::vector<PacketSighting>> worker_;
};

} // namespace

std::optional<PacketSighting> parse_sighting(std::span<const std::byte> frame) {
  std::size_t at = 2 * mac_size;
  while (frame.size() >= at + 4 && (number(frame, at) == ETH_P_8021Q || number(frame, at) == ETH_P_8021AD)) {
    at += 4;
  }
  if (frame.size() < at + 2 + arp_size) {
    return std::nullopt;
  }
  const unsigned protocol = number(frame, at);
  const FrameBytes packet = frame.subspan(at + 2);
  const bool fits = std::equal(
      ipv4_over_ethernet.begin(), ipv4_over_ethernet.end(), packet.begin(), [](unsigned char wanted, std::byte is) {
        return std::byte{wanted} == is;
      });
  const char* kind = fits && (protocol == ETH_P_ARP || protocol == ETH_P_RARP)
                         ? kind_of(protocol, number(packet, operation))
                         : nullptr;
  if (kind == nullptr) {
    return std::nullopt;
  }
  PacketSighting sighting{
      .at = {},
      .interface = {},
      .kind = kind,
      .sender_mac = mac_text(packet.subspan(sender_mac)),
      .sender_ip = ip_text(packet, sender_ip),
      .target_ip = ip_text(packet, target_ip)};
  if (protocol == ETH_P_ARP && !sighting.sender_ip.empty() && sighting.sender_ip == sighting.target_ip) {
    sighting.kind = "gratuitous arp";
  }
  return sighting;
}

std::unique_ptr<PacketWatch> start_packet_watch(std::function<void()> enter) {
  return std::make_unique<SocketWatch>(std::move(enter));
}

} // namespace migralab
