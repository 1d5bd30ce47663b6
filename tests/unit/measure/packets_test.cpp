// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"
#include "migralab/measure/packets.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <map>
#include <net/if.h>
#include <sched.h>
#include <sstream>
#include <sys/wait.h>

namespace migralab::test {
namespace {

using Frame = std::vector<std::byte>;

Frame bytes(const std::string& hex) {
  Frame made;
  std::string digits;
  for (const char each : hex) {
    if (each != ' ') {
      digits += each;
    }
    if (digits.size() == 2) {
      made.push_back(std::byte(std::stoi(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return made;
}

const std::string broadcast = "ffffffffffff";
const std::string guest = "525400a1b2c3";
const std::string arp = "0806 0001 0800 06 04";
const std::string rarp = "8035 0001 0800 06 04";

// The frames are what tcpdump shows of a guest, of QEMU and of Linux.
const Frame request = bytes(broadcast + guest + arp + "0001" + guest + "0a0a0032" + "000000000000" + "0a0a0064");
const Frame reply = bytes(
    guest + "525400000001" + arp + "0002" + "525400000001" + "0a0a0064" + guest + "0a0a0032" + std::string(36, '0'));
const Frame announcement = bytes(broadcast + guest + arp + "0001" + guest + "0a0a0032" + "000000000000" + "0a0a0032");
const Frame of_qemu = bytes(broadcast + guest + rarp + "0003" + guest + "00000000" + guest + "00000000");

TEST(ParseSighting, TellsRequestAndReply) {
  const auto asked = parse_sighting(request);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->kind, "arp request");
  EXPECT_EQ(asked->sender_mac, "52:54:00:a1:b2:c3");
  EXPECT_EQ(asked->sender_ip, "10.10.0.50");
  EXPECT_EQ(asked->target_ip, "10.10.0.100");
  const auto told = parse_sighting(reply);
  ASSERT_TRUE(told) << "padded to the 60 bytes of an Ethernet frame";
  EXPECT_EQ(told->kind, "arp reply");
  EXPECT_EQ(told->sender_mac, "52:54:00:00:00:01");
  EXPECT_EQ(told->sender_ip, "10.10.0.100");
  EXPECT_EQ(told->target_ip, "10.10.0.50");
}

TEST(ParseSighting, KnowsAnAnnouncementAsRequestAndAsReply) {
  EXPECT_EQ(parse_sighting(announcement)->kind, "gratuitous arp");
  Frame as_reply = announcement;
  as_reply[21] = std::byte{2};
  EXPECT_EQ(parse_sighting(as_reply)->kind, "gratuitous arp");
  EXPECT_EQ(parse_sighting(as_reply)->sender_ip, "10.10.0.50");
}

TEST(ParseSighting, AProbeForAnAddressIsNoAnnouncement) {
  const auto probe =
      parse_sighting(bytes(broadcast + guest + arp + "0001" + guest + "00000000" + "000000000000" + "0a0a0032"));
  EXPECT_EQ(probe->kind, "arp request");
  EXPECT_EQ(probe->sender_ip, "");
  EXPECT_EQ(probe->target_ip, "10.10.0.50");
}

TEST(ParseSighting, ReadsQemusRarp) {
  const auto sighting = parse_sighting(of_qemu);
  ASSERT_TRUE(sighting);
  EXPECT_EQ(sighting->kind, "rarp");
  EXPECT_EQ(sighting->sender_mac, "52:54:00:a1:b2:c3");
  EXPECT_EQ(sighting->sender_ip, "");
  EXPECT_EQ(sighting->target_ip, "");
}

TEST(ParseSighting, SkipsVlanTags) {
  Frame tagged = request;
  const Frame inner = bytes("8100 0064");
  tagged.insert(tagged.begin() + 12, inner.begin(), inner.end());
  EXPECT_EQ(parse_sighting(tagged)->kind, "arp request");
  const Frame outer = bytes("88a8 0007");
  tagged.insert(tagged.begin() + 12, outer.begin(), outer.end());
  ASSERT_TRUE(parse_sighting(tagged));
  EXPECT_EQ(parse_sighting(tagged)->target_ip, "10.10.0.100");
  for (std::size_t size = 0; size < tagged.size(); ++size) {
    EXPECT_FALSE(parse_sighting(std::span(tagged).first(size))) << size << " bytes of " << tagged.size();
  }
}

TEST(ParseSighting, IsNothingForWhatIsCutShort) {
  for (const Frame& frame : {request, of_qemu}) {
    ASSERT_EQ(frame.size(), 42U);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Frame part(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)); // ASan sees its end
      EXPECT_FALSE(parse_sighting(part)) << size;
    }
  }
}

TEST(ParseSighting, IsNothingForOtherProtocols) {
  const auto changed = [](std::size_t at, int to) {
    Frame frame = request;
    frame[at] = std::byte(to);
    return frame;
  };
  EXPECT_FALSE(parse_sighting(changed(13, 0x00))) << "IPv4";
  EXPECT_FALSE(parse_sighting(changed(12, 0x86))) << "unknown";
  EXPECT_FALSE(parse_sighting(changed(15, 6))) << "not over Ethernet";
  EXPECT_FALSE(parse_sighting(changed(17, 1))) << "not for IPv4";
  EXPECT_FALSE(parse_sighting(changed(18, 8))) << "other hardware addresses";
  EXPECT_FALSE(parse_sighting(changed(19, 16))) << "other protocol addresses";
  EXPECT_FALSE(parse_sighting(changed(21, 3))) << "no operation of ARP";
  EXPECT_FALSE(parse_sighting(changed(20, 1))) << "operation 257";
  EXPECT_FALSE(parse_sighting(changed(13, 0x35))) << "0x0835: neither of the two";
  Frame odd = of_qemu;
  odd[21] = std::byte{1};
  EXPECT_FALSE(parse_sighting(odd)) << "no operation of RARP";
}

/// A bridge with two cables, in a network namespace of its own: what is sent at "in.KIND" enters at port "p.KIND".
/// Gone with the last thread in it.
class SwitchTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string trouble;
    std::thread([&] {
      if (::unshare(CLONE_NEWNET) != 0) {
        trouble = "needs the right to make a network namespace";
        return;
      }
      network_ = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
      for (const std::string& command :
           {std::string("ip link add br0 type bridge forward_delay 0"),
            std::string("ip link add p.one type veth peer name in.one"),
            std::string("ip link add p.two type veth peer name in.two"),
            std::string("ip link set p.one master br0 up"),
            std::string("ip link set p.two master br0 up"),
            std::string("ip link set in.one addrgenmode none up"), // no IPv6 of its own on the cable
            std::string("ip link set in.two addrgenmode none up"),
            std::string("ip link set br0 up")}) {
        run(command);
      }
    }).join();
    if (!trouble.empty()) {
      GTEST_SKIP() << trouble;
    }
  }

  /// In this thread's network; the words are fixed and hold no blanks.
  static void run(const std::string& command) {
    std::vector<std::string> words;
    std::istringstream text(command);
    for (std::string word; text >> word;) {
      words.push_back(word);
    }
    std::vector<char*> arguments;
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0) << command;
  }

  [[nodiscard]] std::function<void()> enter() const {
    return [fd = network_.get()] {
      if (::setns(fd, CLONE_NEWNET) != 0) {
        throw system_error("cannot join the test's network");
      }
    };
  }

  void inside(const std::function<void()>& work) const {
    std::thread([&] {
      enter()();
      work();
    }).join();
  }

  void send(const std::string& interface, const std::vector<Frame>& frames) const {
    inside([&] {
      const UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
      sockaddr_ll to{};
      to.sll_family = AF_PACKET;
      to.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
      for (const Frame& frame : frames) {
        ASSERT_EQ(
            ::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
            static_cast<ssize_t>(frame.size()));
      }
    });
  }

  /// "MAC PORT" for each entry.
  [[nodiscard]] std::vector<std::string> table() const {
    std::vector<std::string> lines;
    inside([&] {
      for (const BridgeEntry& entry : bridge_entries()) {
        lines.push_back(entry.mac + " " + entry.port);
      }
    });
    return lines;
  }

private:
  UniqueFd network_;
};

TEST_F(SwitchTest, SeesEachFrameOnceWhereItEnters) {
  const Instant before = std::chrono::steady_clock::now();
  const auto watch = start_packet_watch(enter());
  send("in.one", {of_qemu});
  send("in.two", {request});
  const Frame other = bytes(broadcast + guest + "0800" + std::string(100, '0'));
  send("in.two", std::vector<Frame>(50, other));
  send("in.two", {announcement});
  const auto sightings = watch->stop();
  const Instant after = std::chrono::steady_clock::now();
  ASSERT_EQ(sightings.size(), 3U) << "a broadcast leaves by the other port and enters the bridge, too";
  EXPECT_EQ(sightings[0].interface, "p.one");
  EXPECT_EQ(sightings[0].kind, "rarp");
  EXPECT_EQ(sightings[1].interface, "p.two");
  EXPECT_EQ(sightings[1].kind, "arp request");
  EXPECT_EQ(sightings[2].interface, "p.two");
  EXPECT_EQ(sightings[2].kind, "gratuitous arp");
  for (std::size_t i = 0; i < sightings.size(); ++i) {
    EXPECT_GE(sightings[i].at, i == 0 ? before : sightings[i - 1].at);
    EXPECT_LE(sightings[i].at, after);
  }
}

TEST_F(SwitchTest, StampsWithTheKernelsInstant) {
  const double error_ms = least_error(1.0, [&] {
    const auto watch = start_packet_watch(enter());
    const Instant from = std::chrono::steady_clock::now();
    send("in.one", {request});
    const Instant to = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(20ms);
    const auto sightings = watch->stop();
    EXPECT_EQ(sightings.size(), 1U);
    return sightings.empty() ? 1e9 : std::max(ms(from - sightings[0].at), ms(sightings[0].at - to));
  });
  EXPECT_LE(error_ms, 1.0);
}

TEST_F(SwitchTest, SeesATaggedFrame) {
  Frame tagged = request;
  const Frame tag = bytes("8100 0064");
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  const auto watch = start_packet_watch(enter());
  send("in.one", {tagged});
  const auto sightings = watch->stop();
  ASSERT_EQ(sightings.size(), 1U);
  EXPECT_EQ(sightings[0].kind, "arp request");
}

TEST_F(SwitchTest, SeesAPortThatCameLater) {
  const auto watch = start_packet_watch(enter());
  inside([] {
    run("ip link add p.new type veth peer name in.new");
    run("ip link set p.new master br0 up");
    run("ip link set in.new addrgenmode none up");
  });
  send("in.new", {of_qemu});
  const auto sightings = watch->stop();
  ASSERT_EQ(sightings.size(), 1U);
  EXPECT_EQ(sightings[0].interface, "p.new");
}

TEST_F(SwitchTest, TablesShowWhereAGuestIsAndThatItMoved) {
  EXPECT_EQ(table(), std::vector<std::string>{}) << "the ports' own addresses are no guests";
  send("in.one", {of_qemu});
  EXPECT_EQ(table(), std::vector<std::string>{"52:54:00:a1:b2:c3 p.one"});
  send("in.two", {reply, of_qemu});
  const std::vector<std::string> moved{"52:54:00:00:00:01 p.two", "52:54:00:a1:b2:c3 p.two"};
  EXPECT_EQ(table(), moved);
}

TEST_F(SwitchTest, TablesOfManyEntriesComeWhole) {
  std::vector<Frame> frames(700, of_qemu);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i][10] = std::byte(i / 256);
    frames[i][11] = std::byte(i % 256);
  }
  send("in.one", frames);
  EXPECT_EQ(table().size(), 700U) << "in several messages of the kernel's";
}

TEST(PacketWatch, ThrowsAtOnceWhatKeepsItFromWatching) {
  EXPECT_THROW(static_cast<void>(start_packet_watch([] { throw Error("no such namespace"); })), Error);
}

TEST_F(SwitchTest, CanBeDroppedWithoutStopAndStoppedOnlyOnce) {
  { const auto dropped = start_packet_watch(enter()); }
  const auto watch = start_packet_watch(enter());
  EXPECT_TRUE(watch->stop().empty());
  EXPECT_THROW(static_cast<void>(watch->stop()), Error);
}

} // namespace
} // namespace migralab::test
