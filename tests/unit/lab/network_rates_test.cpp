// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/network_rates.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "support/scratch_folder.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace migralab {
namespace {

using Direction = LinkRate::Direction;

LinkRate rate(const std::string& node, Direction direction, std::uint64_t measured) {
  return {"lan", node, direction, BitRate{100'000'000}, BitRate{measured}};
}

TEST(LinkRate, IsOffBeyondFivePercentEitherWay) {
  EXPECT_FALSE(rate("h1", Direction::up, 95'100'000).off());
  EXPECT_TRUE(rate("h1", Direction::up, 94'900'000).off());
  EXPECT_FALSE(rate("h1", Direction::up, 104'900'000).off());
  EXPECT_TRUE(rate("h1", Direction::up, 105'100'000).off());
}

TEST(Deviations, NameWhatIsOffAndNothingElse) {
  EXPECT_EQ(
      deviations({rate("h1", Direction::up, 99'000'000), rate("h2", Direction::down, 87'000'000)}),
      std::vector<std::string>{"lan h2 down: declared 100Mbit/s, measured 87.0 Mbit/s (-13.0 %)"});
}

class Record : public ::testing::Test {
protected:
  Record() {
    ::setenv("XDG_STATE_HOME", scratch_.path().c_str(), 1);
    std::filesystem::create_directories(folder().path());
  }
  static LabFolder folder() { return LabFolder("lab"); }

  test::ScratchFolder scratch_;
};

TEST_F(Record, IsReadAsItWasWritten) {
  EXPECT_EQ(read_network_record(folder()), NetworkRecord{}) << "none yet";
  NetworkRecord record;
  record.change({"lan", "", {.up = BitRate{5}, .down = {}, .delay = std::chrono::milliseconds(3), .loss = 0.25}});
  record.measured({rate("h1", Direction::up, 7), rate("h1", Direction::down, 8)});
  write_network_record(folder(), record);
  EXPECT_EQ(read_network_record(folder()), record);
}

TEST_F(Record, ThatIsDamagedSaysSo) {
  write_file(folder().path() / "networks.json", "{}");
  try {
    static_cast<void>(read_network_record(folder()));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("networks.json is damaged"), std::string::npos) << error.what();
    EXPECT_EQ(error.hint(), "remove that file; `migralab shape` and the next run write a new one");
  }
}

TEST(NetworkRecord, KeepsTheYoungestMeasurementOfEachLink) {
  NetworkRecord record;
  record.measured({rate("h1", Direction::up, 1), rate("h2", Direction::up, 2)});
  record.measured({rate("h2", Direction::up, 3)});
  EXPECT_EQ(record.rates, (std::vector<LinkRate>{rate("h1", Direction::up, 1), rate("h2", Direction::up, 3)}));
}

TEST(NetworkRecord, ForgetsWhatAChangeMadeUntrue) {
  NetworkRecord record;
  record.measured({rate("h1", Direction::up, 1), rate("h2", Direction::up, 2)});
  record.change({"lan", "h1", {}});
  EXPECT_EQ(record.rates, std::vector<LinkRate>{rate("h2", Direction::up, 2)});
  record.change({"lan", "", {}});
  EXPECT_TRUE(record.rates.empty());
  EXPECT_EQ(record.changes.size(), 1U) << "a change of the whole network ends that of a node";
}

TEST(ApplyChanges, ShapesNetworksAndSingleCables) {
  Topology topology;
  topology.networks.push_back({.name = "lan", .subnet = {}});
  topology.networks.push_back({.name = "san", .subnet = {}});
  NetworkRecord record;
  record.change({"lan", "", {.up = BitRate{10}, .down = BitRate{20}}});
  record.change({"lan", "h1", {.up = BitRate{30}, .down = {}}});
  apply_changes(topology, record);
  EXPECT_EQ(topology.networks[0].shaping_of("h2").up, BitRate{10});
  EXPECT_EQ(topology.networks[0].shaping_of("h1").up, BitRate{30});
  EXPECT_FALSE(topology.networks[1].shaping.up);
}

} // namespace
} // namespace migralab
