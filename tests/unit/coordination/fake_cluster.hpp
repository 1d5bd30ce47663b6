// SPDX-License-Identifier: Apache-2.0
// Hosts with guests, and a hypervisor that moves them: a migration takes time, may fail, and moves a guest at one
// instant. It does what it is told and takes note of what should not have been.
#pragma once

#include "migralab/coordination/report.hpp"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace migralab::coordination::test {

struct FakeGuest {
  balance::Load load;
  double image_mb = 256;
};

struct FakeMigration {
  Order order;
  std::string from;
  Instant ends;
  bool fails = false;
};

class FakeCluster {
public:
  explicit FakeCluster(const std::vector<std::string>& hosts);

  void place(const std::string& guest, const std::string& host, const balance::Load& load);

  /// Some guests have much to do, and most have little: others at each call.
  void redraw(std::mt19937_64& random);
  /// All guests have little to do.
  void calm_down();

  [[nodiscard]] HostSample look_at(const std::string& host) const;
  /// Whether it began; a guest that is not there, or is moving, is not migrated.
  bool begin(const Order& order, const std::string& from, Instant ends, bool fails);
  /// Ends it, if it has not been aborted: whether the guest moved.
  std::optional<bool> end(const OrderId& order);
  /// Those that this host sends.
  void abort_of(const std::string& host);

  [[nodiscard]] std::string host_of(const std::string& guest) const;
  [[nodiscard]] std::vector<std::string> guests() const;
  [[nodiscard]] const std::map<OrderId, FakeMigration>& migrations() const { return migrations_; }
  [[nodiscard]] std::size_t moves() const { return moves_; }
  [[nodiscard]] double highest_load() const;
  /// What broke a rule: two copies, two guests coming to a host, an order carried out twice.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

private:
  void check(bool holds, const std::string& rule, const Order& order);

  std::map<std::string, FakeGuest> guests_;
  std::map<std::string, std::set<std::string>> running_; // guests by host
  std::map<OrderId, FakeMigration> migrations_;
  std::set<OrderId> begun_;
  std::size_t moves_ = 0;
  std::vector<std::string> violations_;
};

} // namespace migralab::coordination::test
