// SPDX-License-Identifier: Apache-2.0
// Hosts that balance without a coordinator, over a network that loses, doubles and delays, and while some are killed.
#include "migralab/coordination/peer.hpp"

#include "fake_cluster.hpp"
#include "migralab/core/error.hpp"
#include "some_messages.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>

namespace migralab::coordination::test {
namespace {

using namespace std::chrono_literals;

HostSample host_of(double cpu, double net, std::vector<GuestReport> guests, double capacity = 1) {
  return {{cpu, 0.2, net}, {capacity, capacity, capacity}, std::move(guests)};
}

TEST(Comparison, TakesTheGuestThatBringsTheTwoClosest) {
  balance::Parameters parameters;
  const HostSample here = host_of(0.8, 0, {guest("big", 0.5), guest("small", 0.1), guest("right", 0.25)});
  EXPECT_EQ(evening_guest(here, host_of(0.2, 0, {}), parameters), "right");
  EXPECT_EQ(evening_guest(here, host_of(0.75, 0, {}), parameters), std::nullopt) << "none brings them closer";
  EXPECT_EQ(evening_guest(here, host_of(0.2, 0, {}, 0.25), parameters), "small") << "a smaller host has no room for it";
  EXPECT_EQ(
      evening_guest(host_of(0.8, 0, {guest("right", 0.3, GuestState::leaving)}), host_of(0, 0, {}), parameters),
      std::nullopt);
  EXPECT_DOUBLE_EQ(compared_cost({0.5, 0.9, 0.1}, 0.75), 0.4);
}

/// Peers in one thread and no real time. The same seed gives the same run.
class Peers {
public:
  Peers(FakeCluster& cluster, std::vector<std::string> hosts, double loss, std::uint32_t seed)
      : cluster_(cluster), hosts_(std::move(hosts)), loss_(loss), random_(seed) {
    for (const std::string& host : hosts_) {
      at(now_ + 1ms * (random_() % 5000), [this, host] { start(host); });
    }
  }

  void run(Nanoseconds span) {
    const Instant end = now_ + span;
    while (!pending_.empty() && pending_.begin()->first <= end) {
      auto next = pending_.extract(pending_.begin());
      now_ = next.key();
      next.mapped()();
    }
    now_ = end;
  }

  void start(const std::string& host) {
    std::vector<std::string> others = hosts_;
    std::erase(others, host);
    peers_[host] = std::make_unique<Peer>(PeerOptions{host, others, ++last_epoch_, some_key(), {}, {}});
    tell(host, Tick{});
  }
  /// Its migrations go on: the hypervisors carry them out. It is back after ten seconds.
  void kill(const std::string& host) {
    peers_[host].reset();
    at(now_ + 10s, [this, host] { start(host); });
  }

private:
  void at(Instant when, std::function<void()> what) { pending_.emplace(when, std::move(what)); }

  void tell(const std::string& host, const AgentEvent& event) {
    if (!peers_[host]) {
      return;
    }
    const PeerActions actions = peers_[host]->handle(event, now_);
    for (const Addressed& addressed : actions.datagrams) {
      for (int copies = random_() % 10 == 0 ? 2 : 1; copies > 0; --copies) {
        if (static_cast<double>(random_() % 1000) >= 1000 * loss_) {
          at(now_ + 1us * (random_() % 5000), [this, addressed] { tell(addressed.to, Datagram{addressed.datagram}); });
        }
      }
    }
    for (const Order& order : actions.begin) {
      const Instant ends = now_ + 1s + 1ms * (random_() % 15000);
      if (cluster_.begin(order, host, ends, random_() % 10 == 0)) {
        at(ends, [this, host, id = order.id, life = peers_[host].get()] {
          const std::optional<bool> moved = cluster_.end(id);
          if (moved && peers_[host].get() == life) {
            tell(host, MigrationEnded{id, *moved, *moved ? "" : "the network broke"});
          }
        });
      }
    }
    if (actions.sample) {
      at(now_ + 20ms, [this, host] { tell(host, cluster_.look_at(host)); });
    }
    const Instant wake = std::max(actions.wake, now_ + 1ms);
    wakes_[host] = wake;
    at(wake, [this, host, wake] {
      if (wakes_[host] == wake) { // else something happened before
        tell(host, Tick{});
      }
    });
  }

  FakeCluster& cluster_;
  std::vector<std::string> hosts_;
  double loss_;
  std::mt19937 random_;
  Instant now_{12h};
  std::multimap<Instant, std::function<void()>> pending_;
  std::map<std::string, std::unique_ptr<Peer>> peers_;
  std::map<std::string, Instant> wakes_;
  Epoch last_epoch_ = 0;
};

/// All guests on the first of four hosts.
FakeCluster lopsided() {
  FakeCluster cluster({"h1", "h2", "h3", "h4"});
  for (const std::string name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    cluster.place(name, "h1", {0.1, 0.05, 0});
  }
  return cluster;
}

void expect_whole(const FakeCluster& cluster) {
  EXPECT_EQ(cluster.violations(), std::vector<std::string>{});
  for (const std::string& name : cluster.guests()) {
    EXPECT_TRUE(cluster.host_of(name).size() == 2U) << name << " is on '" << cluster.host_of(name) << "'";
  }
}

TEST(Peer, EvensHostsOutAmongThemselves) {
  FakeCluster cluster = lopsided();
  Peers peers(cluster, {"h1", "h2", "h3", "h4"}, 0, 1);
  peers.run(20min);
  expect_whole(cluster);
  EXPECT_GE(cluster.moves(), 5U);
  EXPECT_LE(cluster.highest_load(), 0.31);
}

TEST(Peer, LosesNoGuestOnABadNetworkNorWhenHostsAreKilled) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    FakeCluster cluster = lopsided();
    Peers peers(cluster, {"h1", "h2", "h3", "h4"}, 0.2, seed);
    for (int i = 0; i < 40; ++i) {
      peers.run(7s);
      peers.kill("h" + std::to_string(1 + (seed + static_cast<unsigned>(i)) % 4));
    }
    peers.run(30min);
    expect_whole(cluster);
    EXPECT_TRUE(cluster.migrations().empty());
    EXPECT_LE(cluster.highest_load(), 0.41);
  }
}

TEST(Peer, SaysWhyItCannotBe) {
  EXPECT_THROW(Peer({"h1", {}, 1, some_key(), {}, {}}), Error);
  Peer peer({"h1", {"h2"}, 1, some_key(), {}, {}});
  static_cast<void>(peer.handle(Tick{}, Instant{12h}));
  EXPECT_EQ(peer.handle(Datagram{"hello"}, Instant{12h}).refused, Refusal::foreign);
  const std::string stranger = seal({"h9", "h1", 5, 1, 1, SendInfo{1}}, some_key());
  EXPECT_EQ(peer.handle(Datagram{stranger}, Instant{12h}).refused, Refusal::stranger);
  EXPECT_EQ(peer.handle(MigrationEnded{{9, 9}, true, ""}, Instant{12h}).notes.size(), 1U);
  EXPECT_EQ(peer.handle(SampleFailed{"no libvirtd"}, Instant{12h}).notes.at(0), "sample: no libvirtd");
}

} // namespace
} // namespace migralab::coordination::test
