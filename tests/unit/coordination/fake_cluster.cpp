// SPDX-License-Identifier: Apache-2.0
#include "fake_cluster.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab::coordination::test {

FakeCluster::FakeCluster(const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts) {
    running_[host];
  }
}

void FakeCluster::place(const std::string& guest, const std::string& host, const balance::Load& load) {
  guests_[guest] = {load, 256 + static_cast<double>(guests_.size())};
  running_.at(host).insert(guest);
}

void FakeCluster::redraw(std::mt19937_64& random) {
  for (auto& [name, guest] : guests_) {
    guest.load.cpu = random() % 10 < 3 ? 0.4 : 0.1;
  }
}

void FakeCluster::calm_down() {
  for (auto& [name, guest] : guests_) {
    guest.load.cpu = 0.1;
  }
}

HostSample FakeCluster::look_at(const std::string& host) const {
  HostSample sample;
  for (const std::string& name : running_.at(host)) {
    const FakeGuest& guest = guests_.at(name);
    sample.load += guest.load;
    sample.guests.push_back({name, GuestState::running, guest.load, guest.image_mb});
  }
  for (const auto& [id, migration] : migrations_) {
    for (GuestReport& guest : sample.guests) {
      if (guest.name == migration.order.guest) {
        guest.state = GuestState::leaving;
      }
    }
    if (migration.order.to == host) {
      sample.guests.push_back(
          {migration.order.guest, GuestState::arriving, {}, guests_.at(migration.order.guest).image_mb});
    }
  }
  return sample;
}

void FakeCluster::check(bool holds, const std::string& rule, const Order& order) {
  if (!holds) {
    violations_.push_back(
        fmt::format("{}: order {}/{}, {} to {}", rule, order.id.coordinator, order.id.number, order.guest, order.to));
  }
}

bool FakeCluster::begin(const Order& order, const std::string& from, Instant ends, bool fails) {
  check(begun_.insert(order.id).second, "an order is carried out twice", order);
  const bool moving = std::any_of(migrations_.begin(), migrations_.end(), [&](const auto& entry) {
    return entry.second.order.guest == order.guest;
  });
  const bool there = running_.at(from).contains(order.guest);
  check(there, "the guest is not there", order);
  check(!moving, "the guest is moving", order);
  if (moving || !there) {
    return false;
  }
  const bool alone = std::none_of(
      migrations_.begin(), migrations_.end(), [&](const auto& entry) { return entry.second.order.to == order.to; });
  check(alone, "two guests come to a host", order);
  migrations_[order.id] = {order, from, ends, fails};
  return true;
}

std::optional<bool> FakeCluster::end(const OrderId& order) {
  const auto found = migrations_.find(order);
  if (found == migrations_.end()) {
    return std::nullopt;
  }
  const FakeMigration migration = found->second;
  migrations_.erase(found);
  if (migration.fails) {
    return false;
  }
  const bool was_there = running_.at(migration.from).erase(migration.order.guest) == 1;
  const bool is_new = running_.at(migration.order.to).insert(migration.order.guest).second;
  check(was_there && is_new, "not exactly one copy", migration.order);
  ++moves_;
  return true;
}

void FakeCluster::abort_of(const std::string& host) {
  std::erase_if(migrations_, [&](const auto& entry) { return entry.second.from == host; });
}

std::string FakeCluster::host_of(const std::string& guest) const {
  std::string where;
  for (const auto& [host, guests] : running_) {
    if (guests.contains(guest)) {
      where += (where.empty() ? "" : " and ") + host;
    }
  }
  return where;
}

std::vector<std::string> FakeCluster::guests() const {
  std::vector<std::string> names;
  for (const auto& [name, guest] : guests_) {
    names.push_back(name);
  }
  return names;
}

double FakeCluster::highest_load() const {
  double highest = 0;
  for (const auto& [host, guests] : running_) {
    highest = std::max(highest, balance::peak(look_at(host).load));
  }
  return highest;
}

} // namespace migralab::coordination::test
