// SPDX-License-Identifier: Apache-2.0
// Two ends and what is between them: everything arrives once, whatever the network does.
#include "migralab/coordination/channel.hpp"
#include "migralab/core/error.hpp"
#include "some_messages.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace migralab::coordination::test {
namespace {

using namespace std::chrono_literals;

/// One end, and the rounds of SEND_INFO that it got, in the order in which they came.
struct End {
  Channel channel;
  std::vector<std::uint64_t> got;
  std::vector<Refusal> refused;

  void receive(const std::string& datagram, Instant now) {
    const auto message = opened(datagram);
    ASSERT_TRUE(message);
    const auto accepted = channel.accept(*message, now);
    if (const auto* refusal = std::get_if<Refusal>(&accepted)) {
      refused.push_back(*refusal);
    } else if (const auto* body = std::get_if<SendInfo>(&std::get<Body>(accepted))) {
      got.push_back(body->round);
    }
  }
};

End end_of(const std::string& self, Epoch epoch, const std::string& peer) {
  return {Channel({self, epoch, peer}, some_key(), Timing{}), {}, {}};
}

End agent(Epoch epoch = 1) {
  return end_of("h1", epoch, "coordinator");
}
End coordinator(Epoch epoch = 1000) {
  return end_of("coordinator", epoch, "h1");
}

/// Carries datagrams until both have nothing more to say; returns how many there were.
std::size_t settle(End& a, End& b, Instant now) {
  for (std::size_t carried = 0;;) {
    const auto from_a = a.channel.due(now);
    const auto from_b = b.channel.due(now);
    if (from_a.empty() && from_b.empty()) {
      return carried;
    }
    for (const std::string& datagram : from_a) {
      b.receive(datagram, now);
    }
    for (const std::string& datagram : from_b) {
      a.receive(datagram, now);
    }
    carried += from_a.size() + from_b.size();
  }
}

/// Both know each other.
void introduce(End& a, End& b, Instant now = noon) {
  a.channel.send(SendInfo{0}, now, now + 1min);
  b.channel.send(SendInfo{0}, now, now + 1min);
  settle(a, b, now);
  ASSERT_EQ(a.got, std::vector<std::uint64_t>{0});
  ASSERT_EQ(b.got, std::vector<std::uint64_t>{0});
  a.got.clear();
  b.got.clear();
}

using Rounds = std::vector<std::uint64_t>;
using Refusals = std::vector<Refusal>;

TEST(Channel, IntroducesItselfAndDelivers) {
  End a = agent();
  End c = coordinator();
  a.channel.send(SendInfo{5}, noon, noon + 1s);
  EXPECT_EQ(opened(a.channel.due(noon).at(0))->body, Body{Hello{}});
  EXPECT_EQ(a.channel.wake(), noon + 25ms);
  settle(a, c, noon + 25ms);
  EXPECT_EQ(c.got, Rounds{5});
  EXPECT_EQ(a.refused, Refusals{});
  EXPECT_EQ(c.refused, Refusals{});
  EXPECT_EQ(a.channel.wake(), std::nullopt);
  EXPECT_EQ(c.channel.wake(), std::nullopt);
}

TEST(Channel, AMessageTakesTwoDatagrams) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 1s);
  EXPECT_EQ(settle(a, c, noon), 2U);
  EXPECT_EQ(c.got, Rounds{5});
}

TEST(Channel, RepeatsWithGrowingPausesUntilTheDeadline) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 7s);
  std::vector<Nanoseconds> sent;
  for (auto at = std::optional(noon); at; at = a.channel.wake()) {
    if (!a.channel.due(*at).empty()) {
      sent.push_back(*at - noon);
    }
  }
  EXPECT_EQ(sent, (std::vector<Nanoseconds>{0ms, 25ms, 75ms, 175ms, 375ms, 775ms, 1575ms, 3175ms, 5175ms}));
  EXPECT_TRUE(a.channel.due(noon + 8s).empty());
}

TEST(Channel, RepeatsWhatWasNotAcknowledged) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 1s);
  EXPECT_EQ(a.channel.due(noon).size(), 1U); // lost
  settle(a, c, noon + 20ms);
  EXPECT_EQ(c.got, Rounds{});
  settle(a, c, noon + 25ms);
  EXPECT_EQ(c.got, Rounds{5});
}

TEST(Channel, ALostAcknowledgementMakesNoSecondDelivery) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 1s);
  c.receive(a.channel.due(noon).at(0), noon);
  EXPECT_EQ(c.channel.due(noon).size(), 1U); // lost
  settle(a, c, noon + 25ms);
  EXPECT_EQ(c.got, Rounds{5});
  EXPECT_EQ(c.refused, Refusals{Refusal::repeated});
  EXPECT_EQ(a.channel.wake(), std::nullopt) << "the second acknowledgement came";
}

TEST(Channel, ReplaysAreRefused) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 1s);
  const std::string recorded = a.channel.due(noon).at(0);
  for (int i = 0; i < 3; ++i) {
    c.receive(recorded, noon);
  }
  EXPECT_EQ(c.got, Rounds{5});
  EXPECT_EQ(c.refused, (Refusals{Refusal::repeated, Refusal::repeated}));
}

TEST(Channel, AReceiverThatRestartedTakesNothingOfItsEarlierLife) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  c.channel.send(SendInfo{5}, noon, noon + 1s);
  const std::string recorded = c.channel.due(noon).at(0);
  a.receive(recorded, noon);
  End again = agent(2);
  introduce(again, c, noon + 5s);
  again.receive(recorded, noon + 6s);
  EXPECT_EQ(again.got, Rounds{});
  EXPECT_EQ(again.refused.back(), Refusal::stale);
}

TEST(Channel, ASenderThatRestartedIsNotImpersonatedByItsEarlierLife) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 1s);
  const std::string withheld = a.channel.due(noon).at(0);
  End again = agent(2);
  again.channel.send(SendInfo{6}, noon + 5s, noon + 8s);
  settle(again, c, noon + 5s);
  ASSERT_EQ(c.got, Rounds{6});
  // Never seen, addressed to the coordinator's present life: and still it changes nothing.
  c.receive(withheld, noon + 6s);
  EXPECT_EQ(c.refused.back(), Refusal::stale);
  again.channel.send(SendInfo{7}, noon + 6s, noon + 8s);
  settle(again, c, noon + 6s);
  EXPECT_EQ(c.got, (Rounds{6, 7}));
}

TEST(Channel, OldAnswersToAChallengeProveNothing) {
  End a = agent();
  End c = coordinator();
  c.channel.send(SendInfo{5}, noon, noon + 1min);
  const std::string challenge = c.channel.due(noon).at(0);
  a.receive(challenge, noon);
  std::string old_answer;
  for (const std::string& datagram : a.channel.due(noon)) {
    if (std::holds_alternative<Welcome>(opened(datagram)->body)) {
      old_answer = datagram;
    }
  }
  ASSERT_FALSE(old_answer.empty());
  End again = agent(2);
  settle(again, c, noon + 1s);
  ASSERT_EQ(again.got, Rounds{5});
  c.receive(old_answer, noon + 2s);
  EXPECT_EQ(c.refused.back(), Refusal::stale);
  c.channel.send(SendInfo{6}, noon + 2s, noon + 3s);
  settle(again, c, noon + 2s);
  EXPECT_EQ(again.got, (Rounds{5, 6})) << "it still speaks to the living one";
}

TEST(Channel, WhatIsPendingGoesToThePeersNextLife) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 1min);
  EXPECT_EQ(a.channel.due(noon).size(), 1U); // lost, and with it the coordinator
  End again = coordinator(1001);
  for (Nanoseconds at = 1s; at < 30s; at += 1s) {
    settle(a, again, noon + at);
  }
  EXPECT_EQ(again.got, Rounds{5});
  EXPECT_EQ(a.channel.wake(), std::nullopt);
}

TEST(Channel, StrangersAndReflectionsAreRefused) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  a.channel.send(SendInfo{5}, noon, noon + 1s);
  const std::string datagram = a.channel.due(noon).at(0);
  End other = end_of("h2", 3, "coordinator");
  other.receive(datagram, noon);
  a.receive(datagram, noon);
  EXPECT_EQ(other.refused, Refusals{Refusal::stranger});
  EXPECT_EQ(a.refused, Refusals{Refusal::stranger});
}

TEST(Channel, KeepsBackWhatWouldPushOlderOnesOutOfTheWindow) {
  End a = agent();
  End c = coordinator();
  introduce(a, c);
  for (std::uint64_t round = 1; round <= 300; ++round) {
    a.channel.send(SendInfo{round}, noon, noon + 1min);
  }
  auto first = a.channel.due(noon);
  EXPECT_EQ(first.size(), ReplayWindow::width);
  first.erase(first.begin()); // the oldest is lost
  for (const std::string& datagram : first) {
    c.receive(datagram, noon);
  }
  for (Nanoseconds at = 25ms; at < 1s; at += 25ms) {
    settle(a, c, noon + at);
  }
  EXPECT_EQ(c.got.size(), 300U);
  EXPECT_FALSE(std::count(c.refused.begin(), c.refused.end(), Refusal::stale));
}

TEST(Channel, ForgetsAChallengeThatNobodyAnswers) {
  End a = agent();
  a.channel.send(SendInfo{5}, noon, noon + 3s);
  Instant last = noon;
  std::size_t count = 0;
  for (auto at = std::optional(noon); at; at = a.channel.wake()) {
    ASSERT_LT(++count, 100U);
    last = *at;
    (void)a.channel.due(*at);
  }
  EXPECT_EQ(last, noon + 3s);
}

// Datagrams are lost, doubled and held up at random, in both directions; everything arrives once.
TEST(Channel, EverythingArrivesOnceOverABadNetwork) {
  for (unsigned seed = 0; seed < 15; ++seed) {
    std::mt19937 random(seed);
    End a = agent();
    End c = coordinator();
    std::multimap<Instant, std::pair<bool, std::string>> on_their_way; // to the coordinator?
    const auto carry = [&](End& end, bool to_coordinator, Instant now) {
      for (const std::string& datagram : end.channel.due(now)) {
        for (unsigned copies = random() % 4; copies > 0; --copies) { // none, one, two or three
          on_their_way.emplace(now + std::chrono::milliseconds(random() % 100), std::pair{to_coordinator, datagram});
        }
      }
    };
    Rounds sent;
    for (Instant now = noon; now < noon + 60s; now += 5ms) {
      if (sent.size() < 200) {
        sent.push_back(sent.size());
        a.channel.send(SendInfo{sent.back()}, now, now + 50s);
      }
      carry(a, true, now);
      carry(c, false, now);
      while (!on_their_way.empty() && on_their_way.begin()->first <= now) {
        const auto [to_coordinator, datagram] = on_their_way.begin()->second;
        on_their_way.erase(on_their_way.begin());
        (to_coordinator ? c : a).receive(datagram, now);
      }
    }
    std::sort(c.got.begin(), c.got.end());
    EXPECT_EQ(c.got, sent) << "seed " << seed;
  }
}

std::string error_of(const std::string& self, Epoch epoch) {
  try {
    (void)end_of(self, epoch, "coordinator");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Channel, ImpossibleEndsAreAnError) {
  EXPECT_EQ(error_of("h1", 0), "an epoch is not 0");
  EXPECT_EQ(error_of("host 1", 1), "'host 1' cannot take part: a name is 1 to 63 letters, digits, '.', '_' and '-'");
}

} // namespace
} // namespace migralab::coordination::test
