// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/agent.hpp"

#include "migralab/core/units.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace migralab::coordination {

namespace {

auto find_guest(auto& guests, const std::string& name) {
  return std::find_if(guests.begin(), guests.end(), [&](const GuestReport& guest) { return guest.name == name; });
}

} // namespace

Agent::Agent(AgentOptions options)
    : options_(std::move(options)),
      channel_({options_.host, options_.epoch, options_.coordinator}, options_.key, options_.timing),
      view_(options_.parameters) {}

AgentActions Agent::handle(const AgentEvent& event, Instant now) {
  now_ = started_ ? std::max(now_, now) : now;
  if (!started_) {
    start();
  }
  std::visit([this](const auto& what) { on(what); }, event);
  if (asking_ && asking_->deadline <= now_) {
    asking_.reset(); // the next sample asks again, if it has to
  }
  if (next_sample_ <= now_) {
    actions_.sample = true;
    next_sample_ = now_ + options_.parameters.period; // those missed while this process stood still are not made up for
  }
  actions_.datagrams = channel_.due(now_);
  actions_.wake = wake();
  return std::exchange(actions_, {});
}

void Agent::start() {
  started_ = now_;
  next_sample_ = now_;
}

void Agent::on(const Datagram& event) {
  const auto opened = open(event.bytes, options_.key);
  if (const auto* refusal = std::get_if<Refusal>(&opened)) {
    actions_.refused = *refusal;
    return;
  }
  const auto accepted = channel_.accept(std::get<Message>(opened), now_);
  if (const auto* refusal = std::get_if<Refusal>(&accepted)) {
    actions_.refused = *refusal;
    return;
  }
  std::visit([this](const auto& body) { take(body); }, std::get<Body>(accepted));
}

void Agent::on(const HostSample& event) {
  if (const std::string problem = problem_of(event); !problem.empty()) {
    on(SampleFailed{problem});
    return;
  }
  const bool is_quiet = view_.add(event, !orders_.empty(), now_);
  const bool overloaded = !balance::within(view_.seen().load, options_.parameters.asks_above());
  if (overloaded && is_quiet && !asking_) {
    ask_for_relief();
  }
}

void Agent::on(const SampleFailed& event) {
  view_.fail(event.why);
  actions_.notes.push_back("sample: " + event.why);
}

void Agent::ask_for_relief() {
  const Report whole = report();
  asking_ = Asking{whole.ticket, now_ + options_.timing.answer};
  for (const ReportPart& part : split(whole)) {
    channel_.send(VmInfo{part}, now_, asking_->deadline);
  }
}

void Agent::take(const SendInfo& body) {
  for (const ReportPart& part : split(report())) {
    channel_.send(Info{body.round, part}, now_, now_ + options_.timing.collect);
  }
}

Report Agent::report() {
  Report whole;
  whole.ticket = new_ticket();
  whole.problem = view_.problem(now_);
  whole.orders = orders_;
  if (whole.problem.empty()) {
    whole.sample = view_.told();
    for (GuestReport& guest : whole.sample.guests) {
      guest.state = is_moving(guest.name) ? GuestState::leaving : guest.state;
    }
  }
  return whole;
}

void Agent::take(const Migrate& body) {
  if (asking_ && body.ticket >= asking_->ticket) {
    asking_.reset();
  }
  if (!body.order || !accepted_.insert(body.order->id).second) {
    return; // an order is carried out once, however often it comes
  }
  if (const std::string why = objection(*body.order, body.ticket); !why.empty()) {
    finish(body.order->id, Outcome::refused, why);
    return;
  }
  orders_.push_back(*body.order);
  view_.leaves();
  actions_.begin.push_back(*body.order);
}

std::string Agent::objection(const Order& order, Ticket ticket) const {
  const Instant known{Nanoseconds(static_cast<Nanoseconds::rep>(ticket))};
  if (ticket > last_ticket_ || known < *started_) {
    return "the order rests on nothing that this agent has told since it started";
  }
  if (now_ - known > options_.timing.order) {
    return fmt::format("the order rests on what was known {} ago", human(now_ - known));
  }
  if (order.to == options_.host) {
    return "the guest is to go where it is";
  }
  if (is_moving(order.guest)) {
    return fmt::format("guest {} is being migrated", order.guest);
  }
  if (!orders_.empty()) {
    return fmt::format("guest {} is leaving, and guests go one after the other", orders_.front().guest);
  }
  for (const GuestReport& guest : view_.seen().guests) {
    if (guest.name != order.guest && guest.state == GuestState::leaving) { // by the order of an earlier life
      return fmt::format("guest {} is leaving, and guests go one after the other", guest.name);
    }
  }
  const auto found = find_guest(view_.seen().guests, order.guest);
  if (found == view_.seen().guests.end() || found->state != GuestState::running) {
    return fmt::format("no guest {} is here to leave", order.guest);
  }
  return "";
}

void Agent::on(const MigrationEnded& event) {
  const auto order =
      std::find_if(orders_.begin(), orders_.end(), [&](const Order& one) { return one.id == event.order; });
  if (order == orders_.end()) {
    actions_.notes.push_back("a migration ended that this agent did not begin");
    return;
  }
  view_.left(order->guest, event.succeeded);
  orders_.erase(order);
  finish(event.order, event.succeeded ? Outcome::succeeded : Outcome::failed, event.error);
}

void Agent::finish(const OrderId& order, Outcome outcome, const std::string& why) {
  channel_.send(MigrationFinished{order, outcome, new_ticket(), why}, now_, now_ + options_.timing.finished);
}

bool Agent::is_moving(const std::string& guest) const {
  return std::any_of(orders_.begin(), orders_.end(), [&](const Order& order) { return order.guest == guest; });
}

Ticket Agent::new_ticket() {
  last_ticket_ = std::max(last_ticket_ + 1, static_cast<Ticket>(now_.time_since_epoch().count()));
  return last_ticket_;
}

Instant Agent::wake() const {
  Instant earliest = next_sample_;
  if (asking_) {
    earliest = std::min(earliest, asking_->deadline);
  }
  return std::min(earliest, channel_.wake().value_or(earliest));
}

} // namespace migralab::coordination
