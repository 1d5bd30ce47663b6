// SPDX-License-Identifier: Apache-2.0
// What guests get of what they want, on a host of one processor.
#include "world.hpp"

#include "small_lab.hpp"

namespace migralab::simulated::test {
namespace {

using namespace std::chrono_literals;

/// From 10 % to 90 % of a processor and back, within 20 s.
WorkloadSpec swinging(const std::string& guest) {
  return {
      .name = "load-of-" + guest,
      .kind = "cpu-load",
      .node = guest,
      .options = {{"load", "50%"}, {"swing", "40%"}, {"period", "20s"}, {"workers", "1"}}};
}

class WorldTest : public testing::Test {
protected:
  WorldTest() { world_.go(); }
  void wait(Nanoseconds span) { world_.timeline().run_until(world_.timeline().now() + span); }

  Topology topology_ = small_lab("1Gbit/s", ", idle_cpu: 0%");
  World world_{topology_, {swinging("web"), swinging("db")}, "", noon, 1};
};

TEST_F(WorldTest, ASwingIsNoLossOfSpeed) {
  EXPECT_NEAR(world_.processors_of("web"), 0.5, 1e-9);
  EXPECT_NEAR(world_.speed_of("web"), 1, 1e-9);
  wait(5s);
  EXPECT_NEAR(world_.processors_of("web"), 0.9, 1e-9) << "the peak";
  EXPECT_NEAR(world_.speed_of("web"), 1, 1e-9);
  wait(10s);
  EXPECT_NEAR(world_.processors_of("web"), 0.1, 1e-9) << "the trough";
  EXPECT_NEAR(world_.speed_of("web"), 1, 1e-9);
}

TEST_F(WorldTest, TwoOnOneProcessorShareIt) {
  world_.place("db", "h1");
  wait(5s); // both want 0.9
  EXPECT_NEAR(world_.used_on("h1"), 1, 1e-9);
  for (const char* guest : {"web", "db"}) {
    EXPECT_NEAR(world_.processors_of(guest), 0.5, 1e-9) << guest;
    EXPECT_NEAR(world_.speed_of(guest), 0.5 / 0.9, 1e-9) << guest;
  }
  wait(10s); // both want 0.1
  EXPECT_NEAR(world_.used_on("h1"), 0.2, 1e-9);
  EXPECT_NEAR(world_.speed_of("web"), 1, 1e-9);
}

TEST_F(WorldTest, AGuestThatStandsStillOrIsThrottledIsSlower) {
  world_.throttle("web", 0.2);
  EXPECT_NEAR(world_.speed_of("web"), 0.8, 1e-9);
  world_.stop("web");
  EXPECT_EQ(world_.speed_of("web"), 0);
  EXPECT_EQ(world_.processors_of("web"), 0);
}

} // namespace
} // namespace migralab::simulated::test
