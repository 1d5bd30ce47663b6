// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/ledger.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "support/scratch_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

namespace migralab {
namespace {

class Ledger : public testing::Test {
protected:
  void SetUp() override {
    ::setenv("XDG_STATE_HOME", scratch_.path().c_str(), 1);
    std::filesystem::create_directories(LabFolder("lab").path());
  }
  void TearDown() override { ::unsetenv("XDG_STATE_HOME"); }

  [[nodiscard]] static LabFolder folder() { return LabFolder("lab"); }

private:
  test::ScratchFolder scratch_;
};

TEST_F(Ledger, HoldsTheIntentBeforeTheActAndTheResultAfter) {
  with_record(folder(), "n1", "guest web", [&] {
    const std::vector<LedgerLine> so_far = read_ledger(folder());
    ASSERT_EQ(so_far.size(), 1U);
    EXPECT_EQ(so_far[0].phase, LedgerLine::Phase::intent);
    EXPECT_EQ(so_far[0].host, "n1");
    EXPECT_EQ(so_far[0].act, "guest web");
  });
  const std::vector<LedgerLine> ledger = read_ledger(folder());
  ASSERT_EQ(ledger.size(), 2U);
  EXPECT_EQ(ledger[1].phase, LedgerLine::Phase::done);
}

TEST_F(Ledger, TellsWhyAnActFailedAndPassesItOn) {
  EXPECT_THROW(with_record(folder(), "n1", "join n1", [] { throw Error("no \"VXLAN\"\n there"); }), Error);
  const std::vector<LedgerLine> ledger = read_ledger(folder());
  ASSERT_EQ(ledger.size(), 2U);
  EXPECT_EQ(ledger[1].phase, LedgerLine::Phase::failed);
  EXPECT_EQ(ledger[1].detail, "no \"VXLAN\"\n there");
}

TEST_F(Ledger, ATornLineIsNoLine) {
  with_record(folder(), "n1", "join n1", [] {});
  std::ofstream(ledger_of(folder()), std::ios::app) << R"({"time":"2026","host":"n2","act":"jo)";
  EXPECT_EQ(read_ledger(folder()).size(), 2U);
  with_record(folder(), "n3", "join n3", [] {});
  EXPECT_EQ(read_ledger(folder()).size(), 4U) << "nor does it swallow the next one";
}

TEST_F(Ledger, HostsAreTouchedFromTheFirstIntentToTheLastRemoval) {
  using Phase = LedgerLine::Phase;
  std::vector<LedgerLine> ledger{{.host = "n1", .act = "join n1"}, {.host = "n2", .act = "join n2"}};
  EXPECT_EQ(touched_hosts(ledger), (std::set<std::string>{"n1", "n2"})) << "whether it was done or not";
  ledger.push_back({.host = "n1", .act = removal});
  EXPECT_TRUE(touched_hosts(ledger).contains("n1")) << "a removal that only began";
  ledger.push_back({.host = "n1", .act = removal, .phase = Phase::failed});
  EXPECT_TRUE(touched_hosts(ledger).contains("n1"));
  ledger.push_back({.host = "n1", .act = removal, .phase = Phase::done});
  EXPECT_EQ(touched_hosts(ledger), (std::set<std::string>{"n2"}));
  ledger.push_back({.host = "n1", .act = "guest web"});
  EXPECT_TRUE(touched_hosts(ledger).contains("n1")) << "something came after";
}

TEST_F(Ledger, NoneIsAnEmptyOne) {
  EXPECT_TRUE(read_ledger(folder()).empty());
}

TEST_F(Ledger, AnActThatCannotBeRecordedDoesNotBegin) {
  std::filesystem::create_directories(ledger_of(folder())); // a folder in its place
  bool begun = false;
  EXPECT_THROW(with_record(folder(), "n1", "join n1", [&] { begun = true; }), Error);
  EXPECT_FALSE(begun);
}

} // namespace
} // namespace migralab
