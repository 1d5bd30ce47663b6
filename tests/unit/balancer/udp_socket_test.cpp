// SPDX-License-Identifier: Apache-2.0
#include "udp_socket.hpp"

#include "mailbox.hpp"
#include "migralab/coordination/message.hpp"
#include "migralab/core/error.hpp"
#include "poll_loop.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace migralab::balancer {
namespace {

constexpr Ipv4Address loopback{0x7f000001};

/// A socket at some port of the loopback that is free.
struct Listener {
  Endpoint here{.address = loopback, .port = 20000};
  std::optional<UdpSocket> socket;

  Listener() {
    while (!socket) {
      try {
        socket.emplace(here);
      } catch (const Error&) {
        ++here.port;
      }
    }
  }
};

TEST(UdpSocket, CarriesDatagrams) {
  const Listener a;
  const Listener b;
  EXPECT_FALSE(b.socket->receive());
  a.socket->send("one", b.here);
  a.socket->send("", b.here);
  wait_for_any({b.socket->descriptor()}, std::nullopt);
  EXPECT_EQ(b.socket->receive(), std::optional<std::string>("one"));
  EXPECT_EQ(b.socket->receive(), std::optional<std::string>(""));
  EXPECT_FALSE(b.socket->receive());
}

TEST(UdpSocket, ShowsThatADatagramIsTooLong) {
  const Listener a;
  const Listener b;
  a.socket->send(std::string(5000, 'x'), b.here);
  wait_for_any({b.socket->descriptor()}, std::nullopt);
  const auto received = b.socket->receive();
  ASSERT_TRUE(received);
  EXPECT_GT(received->size(), coordination::largest_datagram);
}

TEST(UdpSocket, GoesOnWhenNobodyListens) {
  const Listener a;
  Endpoint nobody{};
  {
    const Listener b;
    nobody = b.here;
  }
  a.socket->send("lost", nobody); // the kernel tells with the next call
  a.socket->send("lost", nobody);
  EXPECT_FALSE(a.socket->receive());
}

TEST(UdpSocket, NamesAnAddressThatCannotBeHad) {
  const Listener a;
  try {
    const UdpSocket again(a.here);
    FAIL() << "the port is taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot listen at 127.0.0.1:"), std::string::npos) << error.what();
  }
}

TEST(Mailbox, WakesWhoPolls) {
  Mailbox<int> letters;
  EXPECT_TRUE(letters.take().empty());
  std::thread other([&] {
    letters.put(1);
    letters.put(2);
  });
  other.join();
  const Instant before = std::chrono::steady_clock::now();
  wait_for_any({letters.descriptor()}, before + std::chrono::seconds(1));
  EXPECT_EQ(letters.take(), (std::vector<int>{1, 2}));
  EXPECT_TRUE(letters.take().empty());
}

} // namespace
} // namespace migralab::balancer
