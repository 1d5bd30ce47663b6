// SPDX-License-Identifier: Apache-2.0
#include "tgt_socket.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace migralab {

namespace {

/// tgt's usr/tgtadm.h, struct tgtadm_req, as tgtadm 1.0.85 sends it; the parameters follow as text with its NUL.
struct Request {
  std::uint32_t mode = 0;
  std::uint32_t op = 0;
  std::array<char, 64> driver{};
  std::uint32_t length = 0; // with the parameters
  std::int32_t target = -1;
  std::uint64_t session = 0;
  std::uint64_t lun = ~std::uint64_t{0};
  std::uint32_t connection = 0;
  std::uint32_t host = 0;
  std::uint32_t device_type = 0;
  std::uint32_t account_direction = 0; // 0: incoming, initiators prove who they are
  std::uint32_t pack = 0;
  std::uint32_t force = 0;
};
static_assert(sizeof(Request) == 120 && offsetof(Request, length) == 72 && offsetof(Request, connection) == 96);

struct Reply {
  std::uint32_t error = 0;
  std::uint32_t length = 0;
};

constexpr std::uint32_t mode_account = 7;
constexpr std::uint32_t op_new = 0;

constexpr std::uint32_t user_exists = 14; // of usr/tgtadm_error.h

UniqueFd connect_to(const std::filesystem::path& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || path.native().size() >= sizeof address.sun_path) {
    throw Error(fmt::format("{} is no path of a socket", path.native()));
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw system_error(fmt::format("cannot reach tgtd at {}", path.native()));
  }
  return socket;
}

} // namespace

void add_tgt_account(
    const std::filesystem::path& path,
    const std::string& user,
    const std::string& secret,
    Nanoseconds limit) {
  const Deadline deadline(limit);
  const std::string parameters = fmt::format("user={},password={}", user, secret);
  Request request;
  request.mode = mode_account;
  request.op = op_new;
  std::memcpy(request.driver.data(), "iscsi", 5);
  request.length = static_cast<std::uint32_t>(sizeof request + parameters.size() + 1);
  std::string message(reinterpret_cast<const char*>(&request), sizeof request);
  message.append(parameters.c_str(), parameters.size() + 1);
  const UniqueFd socket = connect_to(path);
  if (::send(socket.get(), message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) {
    throw system_error("cannot send to tgtd");
  }
  Reply reply;
  std::size_t got = 0;
  while (got < sizeof reply) {
    pollfd poll{socket.get(), POLLIN, 0};
    const ssize_t part =
        ::poll(&poll, 1, deadline.left_ms()) == 1
            ? ::recv(socket.get(), reinterpret_cast<char*>(&reply) + got, sizeof reply - got, MSG_DONTWAIT)
            : 0;
    if (part <= 0) {
      throw Error(fmt::format("tgtd did not answer when it was given the account of {}", user));
    }
    got += static_cast<std::size_t>(part);
  }
  if (reply.error != 0) {
    throw Error(fmt::format(
        "tgtd did not take the account of {}: {} ({})",
        user,
        reply.error == user_exists ? "it has that account already" : "it refused",
        reply.error));
  }
}

} // namespace migralab
