// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/uplink.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>

namespace migralab {

namespace {

constexpr std::uint16_t vxlan_port = 4789; // IANA's
constexpr std::uint64_t forgotten_after_s = 300;
constexpr std::size_t most_stations = 4096; // a flood of made-up addresses must not grow the table for ever
constexpr std::size_t largest_frame = 65536;
constexpr int frames_at_once = 64; // then the others' turn
constexpr std::size_t address_size = 6;
constexpr int socket_buffer = 4 << 20; // bytes: a migration's bursts

sockaddr_in socket_address(Ipv4Address address, std::uint16_t port) {
  sockaddr_in place = {};
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  place.sin_addr.s_addr = htonl(address.value);
  return place;
}

/// The descriptor stays usable in another network than it was opened in.
UniqueFd bound_socket(std::uint16_t port, Ipv4Address own = {INADDR_ANY}) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in here = socket_address(own, port);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    throw system_error(fmt::format("cannot have UDP port {}", port));
  }
  for (const int option : {SO_RCVBUF, SO_SNDBUF}) { // as much of it as the machine allows
    static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, option, &socket_buffer, sizeof socket_buffer));
  }
  return socket;
}

/// Waits until the switch and its tap are there: this process is older than both.
UniqueFd open_tap(const std::string& name) {
  constexpr auto glance = std::chrono::milliseconds(10);
  std::exception_ptr failure;
  UniqueFd tap;
  std::thread([&] {
    try {
      while (!std::filesystem::exists(namespaces_of(switch_node).net)) {
        std::this_thread::sleep_for(glance);
      }
      join_network_of(switch_node);
      while (::if_nametoindex(name.c_str()) == 0) {
        std::this_thread::sleep_for(glance);
      }
      tap.reset(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
      ifreq request = {};
      request.ifr_flags = IFF_TAP | IFF_NO_PI;
      name.copy(request.ifr_name, IFNAMSIZ - 1);
      // It may be there while ip(8), which makes it, still has it open: then it is busy for a moment.
      const Deadline busy(std::chrono::seconds(10));
      while (!tap || ::ioctl(tap.get(), TUNSETIFF, &request) != 0) {
        if (!tap || errno != EBUSY || busy.passed()) {
          throw system_error(fmt::format("cannot open the tap {}", name));
        }
        std::this_thread::sleep_for(glance);
      }
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) {
    std::rethrow_exception(failure);
  }
  return tap;
}

std::uint64_t address_at(std::string_view frame, std::size_t offset) {
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < address_size; ++i) {
    address = address << 8U | static_cast<unsigned char>(frame[offset + i]);
  }
  return address;
}

bool is_group(std::uint64_t address) {
  return (address >> 40U & 1U) != 0;
}

std::uint64_t seconds_now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

class Uplink {
public:
  explicit Uplink(const UplinkPlan& plan)
      : plan_(plan), socket_(bound_socket(plan.port, plan.own)), buffer_(largest_frame, '\0') {
    for (const Ipv4Address peer : plan.peers) {
      peers_.push_back(socket_address(peer, plan.port));
    }
    for (const UplinkNetwork& network : plan.networks) {
      taps_.push_back(open_tap(network.tap));
      headers_.push_back(vxlan_header(network.vni));
    }
  }

  [[noreturn]] void run() {
    std::vector<pollfd> polls{{socket_.get(), POLLIN, 0}};
    for (const UniqueFd& tap : taps_) {
      polls.push_back({tap.get(), POLLIN, 0});
    }
    while (true) {
      if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) {
        throw system_error("cannot wait");
      }
      now_s_ = seconds_now();
      for (std::size_t i = 1; i < polls.size(); ++i) {
        if ((polls[i].revents & (POLLERR | POLLHUP)) != 0) {
          throw Error(fmt::format("the tap {} is gone", plan_.networks[i - 1].tap));
        }
        if (polls[i].revents != 0) {
          carry_out(i - 1);
        }
      }
      if (polls[0].revents != 0) {
        carry_in();
      }
    }
  }

private:
  /// From the switch to the hosts. What the machine's network does not take is lost, as on any wire.
  void carry_out(std::size_t network) {
    for (int i = 0; i < frames_at_once; ++i) {
      const ssize_t got = ::read(taps_[network].get(), buffer_.data(), buffer_.size());
      if (got < static_cast<ssize_t>(2 * address_size)) {
        return;
      }
      const std::string_view frame(buffer_.data(), static_cast<std::size_t>(got));
      if (const auto peer = stations_.place_of(plan_.networks[network].vni, frame, now_s_)) {
        send(network, frame, *peer);
        continue;
      }
      for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
        send(network, frame, peer);
      }
    }
  }

  void send(std::size_t network, std::string_view frame, std::size_t peer) {
    std::array<iovec, 2> parts{
        {{headers_[network].data(), headers_[network].size()}, {const_cast<char*>(frame.data()), frame.size()}}};
    msghdr message = {};
    message.msg_name = &peers_[peer];
    message.msg_namelen = sizeof peers_[peer];
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    static_cast<void>(::sendmsg(socket_.get(), &message, MSG_NOSIGNAL));
  }

  /// From the hosts to the switch.
  void carry_in() {
    for (int i = 0; i < frames_at_once; ++i) {
      sockaddr_in from = {};
      socklen_t size = sizeof from;
      const ssize_t got =
          ::recvfrom(socket_.get(), buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) {
        if (errno == EAGAIN) {
          return;
        }
        continue; // what an earlier datagram met: a peer that is away
      }
      const std::string_view datagram(buffer_.data(), static_cast<std::size_t>(got));
      const auto vni = vxlan_network(datagram);
      const auto peer = std::find_if(peers_.begin(), peers_.end(), [&](const sockaddr_in& known) {
        return known.sin_addr.s_addr == from.sin_addr.s_addr;
      });
      if (!vni || peer == peers_.end() || datagram.size() < vxlan_header_size + 2 * address_size) {
        continue;
      }
      const std::string_view frame = datagram.substr(vxlan_header_size);
      for (std::size_t network = 0; network < taps_.size(); ++network) {
        if (plan_.networks[network].vni == *vni) {
          stations_.heard(*vni, frame, static_cast<std::size_t>(peer - peers_.begin()), now_s_);
          static_cast<void>(::write(taps_[network].get(), frame.data(), frame.size()) < 0); // a full queue drops
        }
      }
    }
  }

  const UplinkPlan& plan_;
  UniqueFd socket_;
  std::vector<sockaddr_in> peers_;
  std::vector<UniqueFd> taps_;       // by network
  std::vector<std::string> headers_; // by network
  Stations stations_;
  std::string buffer_;
  std::uint64_t now_s_ = 0;
};

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream list(text);
  for (std::string part; std::getline(list, part, ',');) {
    parts.push_back(part);
  }
  return parts;
}

} // namespace

void Stations::heard(std::uint32_t vni, std::string_view frame, std::size_t peer, std::uint64_t now_s) {
  const std::uint64_t source = address_at(frame, address_size);
  if (is_group(source)) {
    return;
  }
  if (places_.size() >= most_stations) {
    std::erase_if(places_, [&](const auto& place) { return place.second.when_s + forgotten_after_s < now_s; });
  }
  if (places_.size() < most_stations || places_.contains({vni, source})) {
    places_[{vni, source}] = {peer, now_s};
  }
}

std::optional<std::size_t> Stations::place_of(std::uint32_t vni, std::string_view frame, std::uint64_t now_s) const {
  const auto place = places_.find({vni, address_at(frame, 0)});
  if (place == places_.end() || place->second.when_s + forgotten_after_s < now_s) {
    return std::nullopt;
  }
  return place->second.peer;
}

std::string vxlan_header(std::uint32_t vni) { // RFC 7348, 5: the flag I, 24 bits reserved, the VNI, 8 bits reserved
  return {
      '\x08',
      '\0',
      '\0',
      '\0',
      static_cast<char>(vni >> 16U & 0xffU),
      static_cast<char>(vni >> 8U & 0xffU),
      static_cast<char>(vni & 0xffU),
      '\0'};
}

std::optional<std::uint32_t> vxlan_network(std::string_view datagram) {
  if (datagram.size() < vxlan_header_size || (static_cast<unsigned char>(datagram[0]) & 0x08U) == 0) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(
      static_cast<unsigned char>(datagram[4]) << 16U | static_cast<unsigned char>(datagram[5]) << 8U |
      static_cast<unsigned char>(datagram[6]));
}

std::uint16_t choose_uplink_port() {
  try {
    static_cast<void>(bound_socket(vxlan_port));
    return vxlan_port;
  } catch (const Error&) {
    const UniqueFd socket = bound_socket(0);
    sockaddr_in here = {};
    socklen_t size = sizeof here;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0) {
      throw system_error("cannot ask for a UDP port");
    }
    return ntohs(here.sin_port);
  }
}

void expect_own_address(Ipv4Address address) {
  try {
    static_cast<void>(bound_socket(0, address));
  } catch (const Error&) {
    throw Error(fmt::format(
                    "the hosts see this machine as {}, which is not its own address: they are behind a jump host, or a "
                    "router between translates addresses",
                    to_string(address)))
        .with_hint("bring the lab up on a machine that the hosts reach by its own address, for example on one of them");
  }
}

Command uplink_command(const UplinkPlan& plan, const std::filesystem::path& log) {
  std::vector<std::string> peers;
  for (const Ipv4Address peer : plan.peers) {
    peers.push_back(to_string(peer));
  }
  std::vector<std::string> networks;
  for (const UplinkNetwork& network : plan.networks) {
    networks.push_back(fmt::format("{}={}", network.vni, network.tap));
  }
  return {
      .argv =
          {"/proc/self/exe",
           uplink_name,
           to_string(plan.own),
           std::to_string(plan.port),
           fmt::format("{}", fmt::join(peers, ",")),
           fmt::format("{}", fmt::join(networks, ","))},
      .log = log};
}

int uplink_main(const std::vector<std::string>& arguments) {
  try {
    UplinkPlan plan{
        .own = parse_ipv4(arguments.at(0)).value(), .port = static_cast<std::uint16_t>(std::stoul(arguments.at(1)))};
    for (const std::string& peer : parts_of(arguments.at(2))) {
      plan.peers.push_back(parse_ipv4(peer).value());
    }
    for (const std::string& network : parts_of(arguments.at(3))) {
      const std::size_t sign = network.find('=');
      plan.networks.push_back(
          {static_cast<std::uint32_t>(std::stoul(network.substr(0, sign))), network.substr(sign + 1)});
    }
    Uplink(plan).run();
  } catch (const std::exception& error) {
    static_cast<void>(std::fputs(fmt::format("{}: {}\n", uplink_name, error.what()).c_str(), stderr));
    return 1;
  }
}

} // namespace migralab
