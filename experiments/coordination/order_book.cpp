// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/order_book.hpp"

#include "migralab/core/units.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace migralab::coordination {

namespace {

MoveEnded::End end_of(Outcome outcome) {
  switch (outcome) {
  case Outcome::succeeded:
    return MoveEnded::End::succeeded;
  case Outcome::failed:
    return MoveEnded::End::failed;
  case Outcome::refused:
    return MoveEnded::End::refused;
  }
  return MoveEnded::End::failed;
}

/// What a guest needs, by the report of the host where it is, in the unit of capacities.
balance::Load demand_of(const std::string& guest, const HostSample& sample) {
  for (const GuestReport& one : sample.guests) {
    if (one.name == guest) {
      return one.load * sample.capacity;
    }
  }
  return {};
}

bool lists(const Report& report, const OrderId& id) {
  return std::any_of(report.orders.begin(), report.orders.end(), [&](const Order& order) { return order.id == id; });
}

} // namespace

std::string_view to_string(MoveEnded::End end) {
  constexpr std::array<std::string_view, 5> names{"succeeded", "failed", "refused", "lost", "dropped"};
  return names.at(static_cast<std::size_t>(end));
}

void OrderBook::plan(std::uint64_t round, const balance::Move& move) {
  open_.push_back({round, {epoch_, ++last_number_}, move, false, {}, {}});
}

std::optional<Order> OrderBook::next(const std::string& host, Instant now) {
  Open* first = nullptr;
  for (Open& one : open_) {
    if (one.move.from != host) {
      continue;
    }
    if (one.sent) {
      return std::nullopt;
    }
    first = first == nullptr ? &one : first;
  }
  if (first == nullptr) {
    return std::nullopt;
  }
  first->sent = true;
  first->stale = now + timing_.order;
  first->deadline = now + timing_.migration;
  return Order{first->id, first->move.guest, first->move.to};
}

std::vector<MoveLearned> OrderBook::learn(const Reports& reports, Instant now) {
  std::vector<MoveLearned> learned;
  for (const auto& [host, report] : reports) {
    for (const Order& order : report.orders) {
      const bool known = std::any_of(open_.begin(), open_.end(), [&](const Open& one) { return one.id == order.id; });
      if (known || ended_.contains(order.id)) {
        continue;
      }
      const balance::Move move{order.guest, host, order.to, demand_of(order.guest, report.sample)};
      open_.push_back({0, order.id, move, true, now, now + timing_.migration});
      learned.push_back({order.id, move});
    }
  }
  return learned;
}

std::vector<MoveEnded> OrderBook::finish(const std::string& host, const MigrationFinished& told) {
  std::vector<MoveEnded> ended;
  const auto order = std::find_if(
      open_.begin(), open_.end(), [&](const Open& one) { return one.id == told.order && one.move.from == host; });
  if (order != open_.end()) {
    end(order, end_of(told.outcome), told.why, ended);
  } else if (told.order.coordinator != epoch_) {
    ended_.insert(told.order); // of an earlier life; a report that tells of it may be on its way still
  }
  return ended;
}

std::vector<MoveEnded> OrderBook::miss(const Reports& reports, Instant asked) {
  std::vector<MoveEnded> ended;
  for (const auto& [host, report] : reports) {
    // An agent that has not looked at its host yet does not see what goes on there without it.
    if (!report.problem.empty()) {
      continue;
    }
    const auto missed = [&, &from = host, &told = report](const Open& one) {
      return one.sent && one.move.from == from && one.stale <= asked && !lists(told, one.id);
    };
    for (auto order = std::find_if(open_.begin(), open_.end(), missed); order != open_.end();
         order = std::find_if(open_.begin(), open_.end(), missed)) {
      end(order, MoveEnded::End::lost, fmt::format("{} knows of no such order", host), ended);
    }
  }
  return ended;
}

std::vector<MoveEnded> OrderBook::expire(Instant now) {
  std::vector<MoveEnded> ended;
  const auto late = [now](const Open& one) { return one.sent && one.deadline <= now; };
  for (auto order = std::find_if(open_.begin(), open_.end(), late); order != open_.end();
       order = std::find_if(open_.begin(), open_.end(), late)) {
    end(order, MoveEnded::End::lost, fmt::format("no word within {}", human(timing_.migration)), ended);
  }
  return ended;
}

void OrderBook::end(
    std::vector<Open>::iterator order,
    MoveEnded::End how,
    const std::string& why,
    std::vector<MoveEnded>& ended) {
  const std::string host = order->move.from;
  const std::string guest = order->move.guest;
  ended_.insert(order->id);
  ended.push_back({order->round, order->id, order->move, how, why});
  open_.erase(order);
  if (how == MoveEnded::End::succeeded) {
    return;
  }
  std::erase_if(open_, [&](const Open& one) {
    const bool dropped = one.move.from == host && !one.sent;
    if (dropped) {
      ended.push_back(
          {one.round, one.id, one.move, MoveEnded::End::dropped, fmt::format("guest {} did not move", guest)});
    }
    return dropped;
  });
}

bool OrderBook::has_open(std::uint64_t round) const {
  return std::any_of(open_.begin(), open_.end(), [round](const Open& one) { return one.round == round; });
}

bool OrderBook::has_open_of(const std::string& host) const {
  return std::any_of(open_.begin(), open_.end(), [&](const Open& one) { return one.move.from == host; });
}

std::optional<Instant> OrderBook::deadline() const {
  std::optional<Instant> earliest;
  for (const Open& one : open_) {
    if (one.sent) {
      earliest = earliest ? std::min(*earliest, one.deadline) : one.deadline;
    }
  }
  return earliest;
}

} // namespace migralab::coordination
