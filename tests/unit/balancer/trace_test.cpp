// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/trace.hpp"

#include "migralab/core/error.hpp"
#include "support/scratch_folder.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>

namespace migralab::balancer {
namespace {

constexpr const char* sample =
    R"({"kind":"sample","at_ns":1000,"node":"h1","load":{"cpu":0.5,"mem":0.25,"net":0},"average":{"cpu":0.4,"mem":0.25,"net":0},)"
    R"("guests":[{"guest":"web","state":"running","load":{"cpu":0.3,"mem":0.1,"net":0},"image_mb":90},)"
    R"({"guest":"db","state":"arriving","load":{"cpu":0.1,"mem":0.1,"net":0},"image_mb":90}],)"
    R"("guest_averages":[{"guest":"web","state":"running","load":{"cpu":0.2,"mem":0.1,"net":0},"image_mb":90}]})"
    "\n";
constexpr const char* begin = R"({"kind":"begin","at_ns":2000,"node":"h1","order":"a-1","guest":"web","to":"h2"})"
                              "\n";
constexpr const char* end =
    R"({"kind":"end","at_ns":9000,"node":"h1","order":"a-1","guest":"web","to":"h2","succeeded":true,"error":"",)"
    R"("began_ns":3000,"ended_ns":8000,"downtime_ms":1.5,"bytes":1000000})"
    "\n";

std::string traffic(unsigned sent) {
  return fmt::format(
      R"({{"kind":"traffic","at_ns":1,"node":"h1","sent":{},"sent_bytes":{},"received":3,"refused":{{"forged":2}}}})"
      "\n",
      sent,
      10 * sent);
}

class TraceOfALog : public ::testing::Test {
protected:
  TraceOfALog() { write(""); }
  void write(const std::string& text) { std::ofstream(file(), std::ios::app) << text; }
  void read() { reader_.read_into(trace_); }
  [[nodiscard]] std::filesystem::path file() const { return scratch_.path() / "log"; }

  test::ScratchFolder scratch_;
  TraceReader reader_{scratch_.path() / "log", "h1"};
  BalanceTrace trace_;
};

TEST_F(TraceOfALog, HasTheHostAndTheGuestsThatRunThere) {
  write(sample);
  read();
  ASSERT_EQ(trace_.samples.size(), 2U);
  EXPECT_EQ(trace_.samples[0].guest, "");
  EXPECT_EQ(trace_.samples[0].at, Instant(Nanoseconds(1000)));
  EXPECT_DOUBLE_EQ(trace_.samples[0].average.cpu, 0.4);
  EXPECT_EQ(trace_.samples[1].guest, "web");
  EXPECT_DOUBLE_EQ(trace_.samples[1].load.cpu, 0.3);
  EXPECT_DOUBLE_EQ(trace_.samples[1].average.cpu, 0.2);
}

TEST_F(TraceOfALog, WaitsForTheRestOfALine) {
  const std::string line = sample;
  write(line.substr(0, 50));
  read();
  EXPECT_TRUE(trace_.samples.empty());
  EXPECT_TRUE(trace_.notes.empty());
  write(line.substr(50));
  read();
  EXPECT_EQ(trace_.samples.size(), 2U);
  read();
  EXPECT_EQ(trace_.samples.size(), 2U);
}

TEST_F(TraceOfALog, JoinsBeginAndEndOfAMigration) {
  write(begin);
  read();
  ASSERT_EQ(trace_.moves.size(), 1U);
  EXPECT_EQ(reader_.open(), 1U);
  EXPECT_FALSE(trace_.moves[0].ended);
  EXPECT_FALSE(trace_.moves[0].succeeded);
  write(end);
  read();
  ASSERT_EQ(trace_.moves.size(), 1U);
  EXPECT_EQ(reader_.open(), 0U);
  EXPECT_TRUE(trace_.moves[0].succeeded);
  EXPECT_EQ(trace_.moves[0].from, "h1");
  EXPECT_EQ(trace_.moves[0].began, Instant(Nanoseconds(3000)));
  EXPECT_EQ(trace_.moves[0].downtime, std::optional<Nanoseconds>(std::chrono::microseconds(1500)));
  EXPECT_DOUBLE_EQ(trace_.moves[0].bytes, 1e6);
}

TEST_F(TraceOfALog, AddsUpTheLivesOfAProcess) {
  write(traffic(5) + traffic(9));
  read();
  EXPECT_EQ(trace_.traffic["h1"].sent, 9U);
  write(traffic(2)); // counts from 0 again
  read();
  EXPECT_EQ(trace_.traffic["h1"].sent, 11U);
  EXPECT_EQ(trace_.traffic["h1"].sent_bytes, 110U);
  EXPECT_EQ(trace_.traffic["h1"].refused, (std::map<std::string, std::uint64_t>{{"forged", 4}}));
}

TEST_F(TraceOfALog, KeepsLastWordsAsNotes) {
  write("migralab-balancer: cannot listen at 10.0.0.1:4719 (UDP): Address already in use\n{\"kind\":\"sample\"}\n");
  read();
  ASSERT_EQ(trace_.notes.size(), 2U);
  EXPECT_NE(trace_.notes[0].text.find("Address already in use"), std::string::npos);
}

TEST_F(TraceOfALog, ALineThatADiskCutOffIsOneOfThoseThatAreLost) {
  write("{\"kind\":\"sample\",\"at_ns\":10\n");
  write(R"({"kind":"lost","at_ns":1,"node":"h1","lines":3,"why":"No space left on device"})"
        "\n");
  read();
  EXPECT_TRUE(trace_.notes.empty());
  EXPECT_EQ(trace_.lost.at("h1").lines, 3U);
  EXPECT_THROW(expect_whole(trace_, "/tmp"), Error);
}

TEST_F(TraceOfALog, AGuestThatIsSeenAtItsDestinationHasMovedWhoeverTells) {
  write(begin);
  read();
  find_untold(trace_);
  EXPECT_FALSE(trace_.moves[0].succeeded);
  trace_.samples.push_back({.at = Instant(Nanoseconds(1500)), .host = "h2", .guest = "web", .load = {}, .average = {}});
  find_untold(trace_);
  EXPECT_FALSE(trace_.moves[0].succeeded) << "that was before";
  trace_.samples.push_back({.at = Instant(Nanoseconds(5000)), .host = "h2", .guest = "web", .load = {}, .average = {}});
  find_untold(trace_);
  EXPECT_TRUE(trace_.moves[0].succeeded);
  EXPECT_EQ(trace_.moves[0].error, "its agent did not live to tell; h2 has it");
  EXPECT_FALSE(trace_.moves[0].ended);
}

TEST_F(TraceOfALog, TellsWhyNothingMoves) {
  write(R"({"kind":"round","at_ns":9,"node":"coordinator","round":1,"asked_by":["h1"],"took_ms":1,"held_back":"",)"
        R"("left_out":[{"host":"h3","why":"no INFO within 1 s"}],"doubts":[],"guests":[],"decision":{"moves":[],)"
        R"("advice":[],"records":[{"host":"h1","outcome":"no-way","why":"no host has room","guests":[]},)"
        R"({"host":"h2","outcome":"paced","why":"a guest is leaving it already","guests":[]}]}})"
        "\n");
  read();
  ASSERT_EQ(trace_.rounds.size(), 1U);
  EXPECT_EQ(
      trace_.rounds[0].reasons,
      (std::vector<std::string>{
          "h1 stays as it is: no host has room",
          "h2 waits: a guest is leaving it already",
          "without h3: no INFO within 1 s"}));
}

TEST_F(TraceOfALog, IsAnErrorWithoutTheLog) {
  std::filesystem::remove(file());
  EXPECT_THROW(read(), Error);
}

} // namespace
} // namespace migralab::balancer
