// SPDX-License-Identifier: Apache-2.0
#include "host_reading.hpp"

#include "migralab/core/error.hpp"

#include <gtest/gtest.h>

namespace migralab::balancer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

AgentConfig host_of_two() {
  AgentConfig config;
  config.host = "h1";
  config.cpus = 2;
  config.memory = Bytes::mib(1000);
  config.network = BitRate{100'000'000};
  config.interfaces = {"lan"};
  return config;
}

GuestCounters guest(const std::string& name, Nanoseconds time, Bytes used = Bytes::mib(100)) {
  return {.name = name, .processor_time = time, .memory = Bytes::mib(200), .memory_used = used};
}

HostReading reading(seconds at, Nanoseconds time, std::vector<GuestCounters> guests) {
  return {.at = Instant(at), .processor_time = time, .interfaces = {}, .guests = std::move(guests)};
}

TEST(HostReading, BecomesSharesOfTheCapacity) {
  const auto sample = sample_of(
      reading(seconds(10), seconds(3), {guest("web", seconds(1))}),
      reading(seconds(20), seconds(13), {guest("web", seconds(6))}),
      host_of_two());
  EXPECT_DOUBLE_EQ(sample.load.cpu, 0.5); // 10 s of 20
  EXPECT_DOUBLE_EQ(sample.load.mem, 0.1);
  ASSERT_EQ(sample.guests.size(), 1U);
  EXPECT_DOUBLE_EQ(sample.guests[0].load.cpu, 0.25);
  EXPECT_DOUBLE_EQ(sample.guests[0].image_mb, 104.8576);
  EXPECT_EQ(coordination::problem_of(sample), "");
}

TEST(HostReading, CountsTheBusierDirectionOfItsOwnInterfacesOnly) {
  HostReading before = reading(seconds(0), {}, {});
  HostReading after = reading(seconds(8), {}, {});
  before.interfaces = {{"lan", {.received_bytes = 1000, .sent_bytes = 0}}, {"tap", {.received_bytes = 0}}};
  after.interfaces = {
      {"lan", {.received_bytes = 1000, .sent_bytes = 25'000'000}}, {"tap", {.received_bytes = 90'000'000}}};
  EXPECT_DOUBLE_EQ(sample_of(before, after, host_of_two()).load.net, 0.25); // 200 Mbit of 800
}

TEST(HostReading, OfAGuestThatHasComeItsCountersBeganSince) {
  const auto sample = sample_of(
      reading(seconds(0), {}, {}), reading(seconds(10), seconds(5), {guest("web", seconds(4))}), host_of_two());
  EXPECT_DOUBLE_EQ(sample.guests.at(0).load.cpu, 0.2);
}

TEST(HostReading, OfAGuestThatBeganAnewAllIsNew) {
  const auto sample = sample_of(
      reading(seconds(0), {}, {guest("web", seconds(100))}),
      reading(seconds(10), {}, {guest("web", seconds(2))}),
      host_of_two());
  EXPECT_DOUBLE_EQ(sample.guests.at(0).load.cpu, 0.1);
}

TEST(HostReading, AGuestThatArrivesIsNoLoadOfTheHostYet) {
  GuestCounters coming = guest("web", {});
  coming.presence = GuestCounters::Presence::arriving;
  const auto sample = sample_of(reading(seconds(0), {}, {}), reading(seconds(10), {}, {coming}), host_of_two());
  EXPECT_EQ(sample.guests.at(0).state, coordination::GuestState::arriving);
  EXPECT_DOUBLE_EQ(sample.load.mem, 0);
}

TEST(HostReading, WhoTellsNothingOfItsMemoryUsesAllOfIt) {
  GuestCounters silent = guest("web", {});
  silent.memory_used.reset();
  const auto sample = sample_of(reading(seconds(0), {}, {}), reading(seconds(10), {}, {silent}), host_of_two());
  EXPECT_DOUBLE_EQ(sample.load.mem, 0.2);
}

TEST(HostReading, IsNeverMoreThanAllThereIs) {
  const auto sample = sample_of(reading(seconds(0), {}, {}), reading(seconds(1), seconds(60), {}), host_of_two());
  EXPECT_DOUBLE_EQ(sample.load.cpu, 1);
}

TEST(HostReading, NeedsTimeInBetween) {
  EXPECT_THROW(
      static_cast<void>(sample_of(reading(seconds(1), {}, {}), reading(seconds(1), {}, {}), host_of_two())), Error);
  EXPECT_THROW(
      static_cast<void>(sample_of(reading(seconds(2), {}, {}), reading(seconds(1), {}, {}), host_of_two())), Error);
}

} // namespace
} // namespace migralab::balancer
