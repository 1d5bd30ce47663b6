// SPDX-License-Identifier: Apache-2.0
// A policy's memory between two lives of a coordinator.
#include "migralab/balance/pacing_file.hpp"

#include "some_cluster.hpp"

#include <gtest/gtest.h>

namespace migralab::balance::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const std::string boot = "0a9ae6fc-3c1d-4b3a-8a54-6f0d21b7f9d1";

PacingState some_memory() {
  PacingState state;
  state.in_flight = {{"web", "h1", "h2", {0.1, 1.0 / 3, 1e-12}}, {"a \"guest\"", "h2", "h3", {8, 16384, 0}}};
  state.moved["db"] = {noon - minutes(20), noon - Nanoseconds(1), noon};
  state.moved["mail"] = {};
  state.overloaded["h1"] = {~std::uint64_t(0), noon - minutes(1)};
  state.overloaded["h2"] = {0b1011, noon};
  return state;
}

void expect_same(const PacingState& read, const PacingState& written) {
  EXPECT_EQ(in_words(read.in_flight), in_words(written.in_flight));
  for (std::size_t i = 0; i < written.in_flight.size(); ++i) {
    EXPECT_EQ(read.in_flight.at(i).demand, written.in_flight[i].demand);
  }
  EXPECT_EQ(read.overloaded, written.overloaded);
  EXPECT_EQ(read.moved, written.moved);
}

/// Why a text is refused; "accepted" when it is not.
std::string refusal(const std::string& text, const std::string& now_boot = boot, Instant now = noon) {
  const Parsed<PacingState> read = parse_pacing(text, now_boot, now);
  EXPECT_NE(read.value.has_value(), !read.problem.empty()) << "either, not both";
  return read.value ? "accepted" : read.problem;
}

/// The text of some_memory() with `from` replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = pacing_text(some_memory(), boot, noon);
  const std::size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from << " in " << text;
  return text.replace(place, from.size(), to);
}

TEST(PacingFile, IsReadAsItWasWritten) {
  const PacingState state = some_memory();
  const std::string text = pacing_text(state, boot, noon);
  const auto read = parse_pacing(text, boot, noon + seconds(1));
  ASSERT_TRUE(read.value) << read.problem;
  expect_same(*read.value, state);
  EXPECT_EQ(pacing_text(*parse_pacing(text, boot, noon).value, boot, noon), pacing_text(*read.value, boot, noon));
  EXPECT_TRUE(parse_pacing(pacing_text({}, boot, noon), boot, noon).value);
}

TEST(PacingFile, APolicyGoesOnWithIt) {
  const std::vector<std::string> settings{"cooldown=15min"};
  Policy first = make_policy("ferreira-2013", settings);
  first.finished("a", noon);
  Policy second = make_policy("ferreira-2013", settings);
  second.restore(*parse_pacing(pacing_text(first.state(), boot, noon), boot, noon).value);
  const Cluster cluster = ClusterOf().host("hot", {0.95, 0.5, 0.1}).guest("a", {0.2, 0.1, 0}).host("h2", {0.3, 0.1, 0});
  EXPECT_EQ(in_words(second.decide(cluster, noon + minutes(14)).moves), "");
  EXPECT_EQ(in_words(second.decide(cluster, noon + minutes(15)).moves), "a hot->h2");
}

TEST(PacingFile, IsWorthNothingInAnotherBoot) {
  const std::string text = pacing_text(some_memory(), boot, noon);
  EXPECT_EQ(refusal(text, "another"), "it is of another boot, whose clock says nothing about this one");
  EXPECT_EQ(refusal(text, boot, noon - seconds(1)), "written_ns is still to come");
}

TEST(PacingFile, OfSomebodyElseIsRefused) {
  const std::string foreign = "it is not what a policy remembers: its schema is not 'migralab.pacing/2'";
  EXPECT_EQ(refusal("{}"), foreign);
  EXPECT_EQ(refusal("[1, 2]"), foreign);
  EXPECT_EQ(refusal(with("pacing/2", "pacing/1")), foreign);
  EXPECT_EQ(refusal(R"({"schema": 7})"), foreign);
}

TEST(PacingFile, SaysWhatIsDamaged) {
  EXPECT_EQ(refusal(""), "it is no JSON from line 1 on");
  EXPECT_EQ(refusal(std::string(10, '\0')), "it is no JSON from line 1 on");
  EXPECT_EQ(refusal(with("moved", "mov\xff")).substr(0, 24), "it is no JSON from line ");
  EXPECT_EQ(refusal(with("\"moved\"", "\"moed\"")), "moved is missing");
  EXPECT_EQ(refusal(with("\"web\"", "7")), "in_flight[0].guest is no name");
  EXPECT_EQ(refusal(with("16384.0", "-1")), "in_flight[1].demand.mem is no amount");
  EXPECT_EQ(refusal(with("16384.0", "1e999")), "it is no JSON that can be read: a number in it is too large");
  EXPECT_EQ(refusal(with("\"history\": 11", "\"history\": 1.5")), "overloaded.h2.history is no count");
  EXPECT_EQ(refusal(with("\"history\": 11", "\"history\": -1")), "overloaded.h2.history is no count");
  EXPECT_EQ(refusal(with("\"latest_ns\": 43200", "\"latest_ns\": 43201")), "overloaded.h2.latest_ns is still to come");
  EXPECT_EQ(refusal(with("43199999999999", "43200000000001")), "moved.db[1] is still to come");
  EXPECT_EQ(refusal(with("43199999999999", "\"noon\"")), "moved.db[1] is no time");
  EXPECT_EQ(refusal(with("\"mail\": []", "\"mail\": 0")), "moved.mail is no list");
}

TEST(PacingFile, CutOffAnywhereIsRefused) {
  const std::string text = pacing_text(some_memory(), boot, noon);
  for (std::size_t length = 0; length + 2 < text.size(); ++length) { // its last two bytes are } and the end of line
    EXPECT_NE(refusal(text.substr(0, length)), "accepted") << length;
  }
}

TEST(PacingFile, WithAnyByteChangedIsReadOrRefused) {
  const std::string text = pacing_text(some_memory(), boot, noon);
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (const char byte : {'\0', '"', '{', '9', '-', '\xff'}) {
      std::string changed = text;
      changed[place] = byte;
      static_cast<void>(refusal(changed)); // it only must not throw
    }
  }
}

} // namespace
} // namespace migralab::balance::test
