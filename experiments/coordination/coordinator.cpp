// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/coordinator.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/core/units.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace migralab::coordination {

Coordinator::Coordinator(CoordinatorOptions options, balance::Policy policy)
    : options_(std::move(options)), policy_(std::move(policy)), book_(options_.epoch, options_.timing),
      evacuation_(options_.evacuate) {
  for (const std::string& host : options_.hosts) {
    Channel channel({options_.name, options_.epoch, host}, options_.key, options_.timing);
    if (!peers_.emplace(host, Peer{std::move(channel), {}, {}}).second) {
      throw Error(fmt::format("host {} is listed twice", host), ExitStatus::bad_input);
    }
  }
  for (const std::string& host : options_.evacuate) {
    if (!peers_.contains(host)) {
      throw Error(fmt::format("host {} is to be emptied and has no agent", host), ExitStatus::bad_input)
          .with_hint(suggest(host, options_.hosts, "hosts"));
    }
  }
}

CoordinatorActions Coordinator::handle(const CoordinatorEvent& event, Instant now) {
  now_ = started_ ? std::max(now_, now) : now;
  if (!started_) {
    started_ = now_;
    inherit();
  }
  std::visit([this](const auto& what) { on(what); }, event);
  close(book_.expire(now_));
  if (collecting_ &&
      (collecting_->reports.size() == peers_.size() || collecting_->began + options_.timing.collect <= now_)) {
    decide();
  }
  if (!collecting_ && evacuation_.wants_round(book_) && next_round_ <= now_) {
    begin_round();
  }
  act();
  return std::exchange(actions_, {});
}

void Coordinator::inherit() {
  for (const balance::Move& move : policy_.state().in_flight) {
    settling_.push_back(
        {.move = move,
         .until = now_ + sample_span(),
         .untold = MoveEnded{0, {}, move, MoveEnded::End::succeeded, "it ended while the coordinator was away"}});
  }
}

/// What has to be sent, and when to look again.
void Coordinator::act() {
  const auto consider = [this](std::optional<Instant> instant) {
    if (instant) {
      actions_.wake = std::min(actions_.wake.value_or(*instant), *instant);
    }
  };
  for (auto& [host, peer] : peers_) {
    for (std::string& datagram : peer.channel.due(now_)) {
      actions_.datagrams.push_back({host, std::move(datagram)});
    }
    consider(peer.channel.wake());
  }
  consider(book_.deadline());
  if (collecting_) {
    consider(collecting_->began + options_.timing.collect);
  } else if (evacuation_.wants_round(book_)) {
    consider(next_round_);
  }
}

void Coordinator::on(const Datagram& event) {
  const auto opened = open(event.bytes, options_.key);
  if (const auto* refusal = std::get_if<Refusal>(&opened)) {
    actions_.refused = *refusal;
    return;
  }
  const Message& message = std::get<Message>(opened);
  const auto peer = peers_.find(message.from);
  if (peer == peers_.end()) {
    actions_.refused = Refusal::stranger;
    return;
  }
  const auto accepted = peer->second.channel.accept(message, now_);
  if (const auto* refusal = std::get_if<Refusal>(&accepted)) {
    actions_.refused = *refusal;
    return;
  }
  std::visit([&](const auto& body) { take(peer->first, body); }, std::get<Body>(accepted));
}

void Coordinator::take(const std::string& host, const VmInfo& body) {
  const auto report = peers_.at(host).asking.add(body.report);
  if (!report) {
    return;
  }
  if (!collecting_) {
    begin_round();
  }
  collecting_->asked_by[host] = report->ticket;
}

void Coordinator::take(const std::string& host, const Info& body) {
  if (!collecting_ || body.round != collecting_->round) {
    return; // too late
  }
  if (auto report = peers_.at(host).answers.add(body.report)) {
    collecting_->reports[host] = std::move(*report);
  }
}

void Coordinator::take(const std::string& host, const MigrationFinished& body) {
  close(book_.finish(host, body));
  order_next(host, body.ticket);
}

void Coordinator::begin_round() {
  collecting_ = Collecting{++last_round_, now_, {}, {}};
  next_round_ = now_ + policy_.parameters().period; // nobody looks at its host before that
  for (const auto& [host, peer] : peers_) {
    send(host, SendInfo{collecting_->round}, options_.timing.collect);
  }
}

void Coordinator::decide() {
  const Collecting round = std::move(*collecting_);
  collecting_.reset();
  catch_up(round);
  RoundDecided record = decision_on(round);
  const bool may_order = record.held_back.empty();
  if (may_order) {
    plan(record);
  }
  actions_.records.push_back(std::move(record));
  answer(round);
  if (may_order) { // else guests may be on their way to an empty host that nobody has told of
    for (HostEmptied& emptied : evacuation_.look_at(round.reports, policy_.state().in_flight)) {
      actions_.records.push_back(std::move(emptied));
    }
  }
  if (!book_.has_open(round.round)) {
    actions_.records.push_back(RoundEnded{round.round});
  }
}

RoundDecided Coordinator::decision_on(const Collecting& round) {
  Whereabouts found = find_guests(round.reports, policy_.state().in_flight, last_seen_);
  evacuation_.mark(found.cluster);
  apply_groups(options_.groups, policy_.state().in_flight, found);
  RoundDecided record;
  record.round = round.round;
  for (const auto& [host, ticket] : round.asked_by) {
    record.asked_by.push_back(host);
  }
  record.took = now_ - round.began;
  record.left_out = std::move(found.left_out);
  for (const auto& [host, peer] : peers_) {
    if (!round.reports.contains(host)) {
      record.left_out.push_back({host, fmt::format("no INFO within {}", human(options_.timing.collect))});
    }
  }
  record.doubts = std::move(found.doubts);
  record.held_back = hold(found.held_back);
  record.decision = policy_.decide(found.cluster, now_);
  record.cluster = std::move(found.cluster);
  return record;
}

void Coordinator::plan(const RoundDecided& record) {
  for (const balance::Move& move : record.decision.moves) {
    book_.plan(record.round, move);
    policy_.started(move);
  }
}

/// What the reports tell of orders, before anything is decided on them.
void Coordinator::catch_up(const Collecting& round) {
  for (const auto& [host, report] : round.reports) {
    if (report.problem.empty()) {
      heard_.insert(host);
    }
  }
  for (MoveLearned& learned : book_.learn(round.reports, now_)) {
    policy_.started(learned.move);
    std::erase_if(settling_, [&](const Settling& one) { return one.move.guest == learned.move.guest; });
    actions_.records.push_back(std::move(learned));
  }
  close(book_.miss(round.reports, round.began));
  settle(round.reports);
}

/// A guest counts as in flight until its new host's load contains it; one whose agent was killed, until every sample
/// that counts was taken since: destinations show then what is still coming to them.
void Coordinator::settle(const Reports& reports) {
  std::erase_if(settling_, [&](const Settling& one) {
    const auto report = reports.find(one.move.to);
    const bool shown =
        report != reports.end() &&
        std::any_of(
            report->second.sample.guests.begin(), report->second.sample.guests.end(), [&](const GuestReport& guest) {
              return guest.name == one.move.guest && guest.state == GuestState::running;
            });
    if (!shown && now_ < one.until) {
      return false;
    }
    if (shown && one.untold) {
      actions_.records.push_back(*one.untold);
    }
    if (shown || one.ended) {
      policy_.finished(one.move.guest, one.ended.value_or(now_));
    } else {
      policy_.dropped(one.move.guest);
    }
    return true;
  });
}

/// Why nothing may be ordered now; empty: orders may be given. A guest that leaves for nobody knows where counts until
/// all samples are younger than that, even if its host does not answer again: its destination shows it then.
std::string Coordinator::hold(const std::string& found) {
  if (!found.empty()) {
    held_ = {found, now_ + sample_span()};
  }
  return now_ < held_.until ? held_.why : quiet();
}

/// Soon after a start, orders of the life before may be under way that nobody has told of. Once they cannot be begun
/// any more, and every sample that counts was taken since, destinations show them.
std::string Coordinator::quiet() const {
  const Nanoseconds span = options_.timing.order + sample_span();
  if (heard_.size() == peers_.size() || *started_ + span <= now_) {
    return "";
  }
  return fmt::format(
      "the coordinator started {} ago and has not heard of all hosts; until then, or for {}, it gives no orders",
      human(now_ - *started_),
      human(span));
}

/// Every host with a planned move gets its order, every other one that asked the word that there is none.
void Coordinator::answer(const Collecting& round) {
  std::set<std::string> ordered;
  for (const auto& [host, report] : round.reports) {
    if (order_next(host, report.ticket)) {
      ordered.insert(host);
    }
  }
  for (const auto& [host, ticket] : round.asked_by) {
    if (!ordered.contains(host)) {
      send(host, Migrate{ticket, std::nullopt}, options_.timing.answer);
    }
  }
}

/// Whether there was one.
bool Coordinator::order_next(const std::string& host, Ticket ticket) {
  const auto next = book_.next(host, now_);
  if (next) {
    send(host, Migrate{ticket, next}, options_.timing.order);
  }
  return next.has_value();
}

void Coordinator::send(const std::string& host, Body body, Nanoseconds patience) {
  peers_.at(host).channel.send(std::move(body), now_, now_ + patience);
}

void Coordinator::close(const std::vector<MoveEnded>& ended) {
  std::set<std::uint64_t> rounds;
  for (const MoveEnded& move : ended) {
    rounds.insert(move.round);
    switch (move.end) {
    case MoveEnded::End::dropped:
      policy_.dropped(move.move.guest);
      break;
    case MoveEnded::End::failed:
      policy_.finished(move.move.guest, now_);
      break;
    case MoveEnded::End::refused: // what the agent does not know of may have begun in its life before
      settling_.push_back({.move = move.move, .until = now_ + sample_span()});
      break;
    case MoveEnded::End::succeeded:
      settling_.push_back({.move = move.move, .until = now_ + sample_span(), .ended = now_});
      break;
    case MoveEnded::End::lost:
      settling_.push_back({.move = move.move, .until = now_ + sample_span(), .ended = now_, .untold = move});
      settling_.back().untold->end = MoveEnded::End::succeeded;
      settling_.back().untold->why = fmt::format("{} has it, though its agent did not tell", move.move.to);
      break;
    }
    actions_.records.push_back(move);
  }
  for (const std::uint64_t round : rounds) {
    if (round != 0 && !book_.has_open(round)) {
      actions_.records.push_back(RoundEnded{round});
    }
  }
}

} // namespace migralab::coordination
