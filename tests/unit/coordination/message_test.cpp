// SPDX-License-Identifier: Apache-2.0
// Datagrams: what is written can be read, and nothing else can.
#include "migralab/core/error.hpp"
#include "migralab/core/hmac.hpp"
#include "some_messages.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>

namespace migralab::coordination::test {
namespace {

constexpr std::size_t tag_size = 32;

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

/// The datagram with another inside, authenticated like one that a wrong program with the key made.
std::string signed_again(std::string datagram) {
  datagram.resize(datagram.size() - tag_size);
  datagram[6] = static_cast<char>((datagram.size() + tag_size) >> 8U);
  datagram[7] = static_cast<char>((datagram.size() + tag_size) & 0xffU);
  for (const unsigned char byte : hmac_sha256(some_key().bytes(), datagram)) {
    datagram += static_cast<char>(byte);
  }
  return datagram;
}

TEST(Message, IsReadAsItWasWritten) {
  for (const Body& body : one_of_each()) {
    const Message message = message_with(body);
    EXPECT_EQ(opened(seal(message, some_key())), message) << "body " << body.index();
  }
}

// docs/protocol.md shows this datagram.
TEST(Message, LayoutOfADatagram) {
  const std::string datagram = seal(message_with(SendInfo{12}), some_key());
  EXPECT_EQ(
      hex(datagram.substr(0, datagram.size() - tag_size)),
      "4d4c434f"                 // MLCO
      "01"                       // version
      "05"                       // SEND_INFO
      "0057"                     // 87 bytes
      "0000000000001111"         // epoch of the sender
      "0000000000002222"         // of the receiver
      "0000000000000003"         // number
      "026831"                   // h1
      "0b636f6f7264696e61746f72" // coordinator
      "000000000000000c");       // round 12
  EXPECT_EQ(datagram.size(), 87U);
}

TEST(Message, EveryOtherLengthIsRefused) {
  for (const Body& body : one_of_each()) {
    const std::string whole = seal(message_with(body), some_key());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(opened(whole.substr(0, size))) << "body " << body.index() << " cut to " << size;
    }
    EXPECT_EQ(refusal_of(whole + '\0'), Refusal::length);
    EXPECT_EQ(refusal_of(whole + whole), Refusal::length);
  }
}

TEST(Message, EveryChangedByteIsRefused) {
  for (const Body& body : one_of_each()) {
    const std::string whole = seal(message_with(body), some_key());
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      EXPECT_FALSE(opened(changed)) << "body " << body.index() << " byte " << at;
    }
  }
}

TEST(Message, SaysWhatIsWrongWithADatagram) {
  const std::string whole = seal(message_with(SendInfo{12}), some_key());
  std::string other = whole;
  other[4] = 2;
  EXPECT_EQ(refusal_of(other), Refusal::version);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n"), Refusal::foreign);
  EXPECT_EQ(refusal_of(""), Refusal::foreign);
  EXPECT_EQ(refusal_of("MLCO"), Refusal::version);
  EXPECT_EQ(refusal_of(whole.substr(0, 20)), Refusal::length);
  EXPECT_EQ(refusal_of(seal(message_with(Ack{}), Key(std::string(32, 'x')))), Refusal::forged);
  EXPECT_EQ(to_string(Refusal::forged), "forged");
  EXPECT_EQ(to_string(Refusal::repeated), "repeated");
}

// Made with the key, so that only the reader of bodies stands between it and the rest of the program.
TEST(Message, WellAuthenticatedNonsenseIsMalformed) {
  for (const Body& body : one_of_each()) {
    const std::string whole = seal(message_with(body), some_key());
    for (std::size_t size = 32; size + tag_size < whole.size(); ++size) {
      const auto refusal = refusal_of(signed_again(whole.substr(0, size) + std::string(tag_size, ' ')));
      EXPECT_TRUE(refusal == Refusal::malformed || refusal == Refusal::length)
          << "body " << body.index() << " " << size;
    }
    EXPECT_EQ(refusal_of(signed_again(whole + " ")), Refusal::malformed) << "body " << body.index();
  }
}

std::string with_type(std::uint8_t type) {
  std::string datagram = seal(message_with(Ack{}), some_key());
  datagram[5] = static_cast<char>(type);
  return signed_again(datagram);
}

TEST(Message, TypesThatAreNoneAreMalformed) {
  EXPECT_TRUE(opened(with_type(1)));
  for (const int type : {0, 9, 10, 255}) {
    EXPECT_EQ(refusal_of(with_type(static_cast<std::uint8_t>(type))), Refusal::malformed) << type;
  }
}

std::optional<Refusal> refusal_of_report(const std::function<void(ReportPart&)>& change) {
  ReportPart part = split(some_report()).front();
  change(part);
  return refusal_of(seal(message_with(VmInfo{part}), some_key()));
}

TEST(Message, ReportsWithImpossibleValuesAreMalformed) {
  EXPECT_EQ(refusal_of_report([](ReportPart&) {}), std::nullopt);
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refusal_of_report([&](ReportPart& part) { part.slice.sample.load.cpu = nan; }), Refusal::malformed);
  EXPECT_EQ(refusal_of_report([](ReportPart& part) { part.slice.sample.capacity.net = 0; }), Refusal::malformed);
  EXPECT_EQ(refusal_of_report([](ReportPart& part) { part.slice.sample.guests[1].load.mem = -1; }), Refusal::malformed);
  EXPECT_EQ(refusal_of_report([](ReportPart& part) { part.slice.sample.guests[1].image_mb = 0; }), Refusal::malformed);
  EXPECT_EQ(refusal_of_report([](ReportPart& part) { part.slice.sample.guests[1].name = "a\nb"; }), Refusal::malformed);
  EXPECT_EQ(refusal_of_report([](ReportPart& part) { part.slice.orders[0].to = ""; }), Refusal::malformed);
  EXPECT_EQ(
      refusal_of_report([](ReportPart& part) { part.slice.sample.guests[1].state = static_cast<GuestState>(3); }),
      Refusal::malformed);
  EXPECT_EQ(refusal_of_report([](ReportPart& part) { part.part = part.parts; }), Refusal::malformed);
}

TEST(Message, RandomBytesAreRefused) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 20'000; ++i) {
    std::string noise(static_cast<std::size_t>(random() % 1500), ' ');
    std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(byte(random)); });
    EXPECT_FALSE(opened(noise));
    EXPECT_FALSE(opened("MLCO\x01" + noise));
  }
}

// A wrong program with the key: no crash, no endless list, and what can be read can be written again.
TEST(Message, RandomBodiesBehindAGoodHeaderAreReadSafely) {
  std::mt19937 random(2);
  const std::string header = seal(message_with(Ack{}), some_key());
  for (int i = 0; i < 20'000; ++i) {
    std::string datagram = header.substr(0, header.size() - tag_size);
    datagram[5] = static_cast<char>(random() % 10);
    for (std::size_t left = random() % 200; left > 0; --left) {
      datagram += static_cast<char>(random() % 3 == 0 ? random() : 0);
    }
    if (const auto message = opened(signed_again(datagram + std::string(tag_size, ' ')))) {
      EXPECT_EQ(opened(seal(*message, some_key())), message);
    }
  }
}

TEST(Message, TextsAreCutAndPutOnOneLine) {
  const auto text = [](const std::string& why) {
    return body_of<MigrationFinished>(
               seal(message_with(MigrationFinished{{1, 2}, Outcome::failed, 3, why}), some_key()))
        .why;
  };
  EXPECT_EQ(text("error:\n\tno route"), "error:  no route");
  EXPECT_EQ(text(std::string(1000, 'x')), std::string(longest_text, 'x'));
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.what()) + "\n" + error.hint();
  }
  return "";
}

TEST(Message, WhatCannotBeSentIsAnError) {
  Message message = message_with(Ack{});
  message.to = "the coordinator";
  EXPECT_EQ(error_of([&] { (void)seal(message, some_key()); }), "'the coordinator' cannot be sent as a name\n");
  Report report = some_report(40);
  const Body too_large = VmInfo{{0, 1, report}};
  EXPECT_EQ(
      error_of([&] { (void)seal(message_with(too_large), some_key()); }),
      "a message of 1835 bytes; a datagram takes 1400\n");
}

TEST(Key, ShortOnesAreAnError) {
  EXPECT_EQ(
      error_of([] { (void)Key("secret"); }),
      "the lab's key has 6 bytes; it takes 32 or more\n"
      "`head -c 32 /dev/urandom` makes one; every agent and the coordinator need the same");
}

} // namespace
} // namespace migralab::coordination::test
