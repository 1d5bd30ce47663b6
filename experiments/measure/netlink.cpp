// SPDX-License-Identifier: Apache-2.0
#include "netlink.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "text_of_address.hpp"
#include "waiting.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace migralab {

namespace {

constexpr auto answer_limit = std::chrono::seconds(5);
constexpr std::size_t longest_part = 64U << 10U; // of an answer; the kernel's own are 32 KiB at most

using Attributes = std::map<unsigned short, std::span<const std::byte>>;

/// The attributes that follow the fixed part of a message.
template <typename Fixed> Attributes attributes_of(const nlmsghdr& message) {
  Attributes found;
  const auto* all = reinterpret_cast<const std::byte*>(&message);
  std::size_t at = NLMSG_SPACE(sizeof(Fixed));
  while (at + sizeof(rtattr) <= message.nlmsg_len) {
    rtattr head{};
    std::memcpy(&head, all + at, sizeof head);
    if (head.rta_len < sizeof head || at + head.rta_len > message.nlmsg_len) {
      break;
    }
    found[head.rta_type] = {all + at + RTA_LENGTH(0), head.rta_len - RTA_LENGTH(0)};
    at += RTA_ALIGN(head.rta_len);
  }
  return found;
}

[[noreturn]] void refuse(const char* what, int error) {
  errno = error;
  throw system_error(fmt::format("the kernel does not list {}", what));
}

/// Asks for all of a kind and gives each to `take`. `fixed` is the message's fixed part, which says of which family.
template <typename Fixed, typename Take>
void dump(const char* what, unsigned short question, unsigned short answer, const Fixed& fixed, const Take& take) {
  const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket) {
    refuse(what, errno);
  }
  struct {
    nlmsghdr head;
    Fixed fixed;
  } request{};
  request.head.nlmsg_len = NLMSG_LENGTH(sizeof(Fixed));
  request.head.nlmsg_type = question;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.fixed = fixed;
  if (::send(socket.get(), &request, request.head.nlmsg_len, 0) < 0) {
    refuse(what, errno);
  }
  const Instant end = std::chrono::steady_clock::now() + answer_limit;
  std::vector<std::byte> buffer(longest_part);
  for (;;) {
    pollfd polled{socket.get(), POLLIN, 0};
    poll_until({&polled, 1}, end);
    const ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (std::chrono::steady_clock::now() >= end) {
        refuse(what, ETIMEDOUT);
      }
      continue;
    }
    if (size < 0 || static_cast<std::size_t>(size) > buffer.size()) {
      refuse(what, size < 0 ? errno : EMSGSIZE);
    }
    const auto end_of_part = static_cast<std::size_t>(size);
    for (std::size_t at = 0; at + sizeof(nlmsghdr) <= end_of_part;) {
      const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data() + at);
      if (message->nlmsg_len < sizeof(nlmsghdr) || at + message->nlmsg_len > end_of_part) {
        refuse(what, EBADMSG);
      }
      at += NLMSG_ALIGN(message->nlmsg_len);
      if (message->nlmsg_type == NLMSG_DONE) {
        return;
      }
      if (message->nlmsg_type == NLMSG_ERROR) {
        nlmsgerr error{};
        std::memcpy(&error, NLMSG_DATA(message), sizeof error);
        refuse(what, -error.error);
      }
      if (message->nlmsg_type == answer && message->nlmsg_len >= NLMSG_LENGTH(sizeof(Fixed))) {
        Fixed of_this{};
        std::memcpy(&of_this, NLMSG_DATA(message), sizeof of_this);
        take(of_this, attributes_of<Fixed>(*message));
      }
    }
  }
}

} // namespace

std::map<int, NetworkLink> network_links() {
  std::map<int, NetworkLink> links;
  dump("the network's interfaces", RTM_GETLINK, RTM_NEWLINK, ifinfomsg{}, [&](const ifinfomsg& link, const auto& has) {
    const auto name = has.find(IFLA_IFNAME);
    if (name != has.end()) {
      const auto* text = reinterpret_cast<const char*>(name->second.data());
      links[link.ifi_index] = {{text, ::strnlen(text, name->second.size())}, has.contains(IFLA_MASTER)};
    }
  });
  return links;
}

std::vector<BridgeEntry> bridge_entries() {
  const std::map<int, NetworkLink> links = network_links();
  std::vector<BridgeEntry> entries;
  // With a family of its own a request for neighbours asks the bridges instead of ARP.
  ndmsg of_bridges{};
  of_bridges.ndm_family = AF_BRIDGE;
  dump("the bridges' tables", RTM_GETNEIGH, RTM_NEWNEIGH, of_bridges, [&](const ndmsg& entry, const auto& has) {
    const auto mac = has.find(NDA_LLADDR);
    const auto port = links.find(entry.ndm_ifindex);
    const bool learned = (entry.ndm_state & NUD_PERMANENT) == 0; // permanent: a port's own, or a group's
    if (learned && mac != has.end() && mac->second.size() == mac_size && port != links.end()) {
      entries.push_back({mac_text(mac->second), port->second.name});
    }
  });
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end()); // one for each VLAN of the port
  return entries;
}

} // namespace migralab
