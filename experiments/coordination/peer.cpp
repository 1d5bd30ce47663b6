// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/peer.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/units.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace migralab::coordination {

namespace {

const GuestReport* find_guest(const HostSample& sample, const std::string& name) {
  const auto found = std::find_if(
      sample.guests.begin(), sample.guests.end(), [&](const GuestReport& guest) { return guest.name == name; });
  return found == sample.guests.end() ? nullptr : &*found;
}

const GuestReport* any_guest(const HostSample& sample, GuestState state) {
  const auto found = std::find_if(
      sample.guests.begin(), sample.guests.end(), [&](const GuestReport& guest) { return guest.state == state; });
  return found == sample.guests.end() ? nullptr : &*found;
}

/// Two hosts with the same lots would draw each other again and again. FNV-1a: the same on every machine.
std::uint32_t seed_of(const std::string& host, unsigned seed) {
  std::uint32_t hash = 2166136261U ^ seed;
  for (const char c : host) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return hash;
}

/// A guest's share of one host as a share of another.
balance::Load share_of(const balance::Load& share, const HostSample& from, const HostSample& to) {
  return share * from.capacity / to.capacity;
}

} // namespace

double compared_cost(const balance::Load& load, double weight) {
  return weight * load.cpu + (1 - weight) * load.net;
}

std::optional<std::string>
evening_guest(const HostSample& here, const HostSample& there, const balance::Parameters& parameters) {
  const double weight = parameters.weight;
  std::optional<std::string> found;
  double least = compared_cost(here.load, weight) - compared_cost(there.load, weight);
  for (const GuestReport& guest : here.guests) {
    const balance::Load added = share_of(guest.load, here, there);
    if (guest.state != GuestState::running || !balance::within(there.load + added, parameters.ceiling)) {
      continue;
    }
    const double apart =
        std::abs(compared_cost(here.load - guest.load, weight) - compared_cost(there.load + added, weight));
    if (apart < least - balance::load_tolerance) {
      least = apart;
      found = guest.name;
    }
  }
  return found;
}

Peer::Peer(PeerOptions options)
    : options_(std::move(options)), view_(options_.parameters),
      lots_(seed_of(options_.host, options_.parameters.seed)) {
  for (const std::string& other : options_.others) {
    links_.emplace(other, Link{Channel({options_.host, options_.epoch, other}, options_.key, options_.timing), {}, {}});
  }
  if (links_.empty()) {
    throw Error("a host alone has nobody to compare itself with", ExitStatus::bad_input);
  }
}

PeerActions Peer::handle(const AgentEvent& event, Instant now) {
  now_ = started_ ? std::max(now_, now) : now;
  if (!started_) {
    started_ = now_;
    next_sample_ = now_;
  }
  std::visit([this](const auto& what) { on(what); }, event);
  if (question_ && question_->deadline <= now_) {
    question_.reset();
  }
  if (offer_ && offer_->deadline <= now_) {
    offer_.reset();
  }
  if (next_sample_ <= now_) {
    actions_.sample = true;
    next_sample_ = now_ + options_.parameters.period;
  }
  for (auto& [host, link] : links_) {
    for (std::string& datagram : link.channel.due(now_)) {
      actions_.datagrams.push_back({host, std::move(datagram)});
    }
  }
  actions_.wake = wake();
  return std::exchange(actions_, {});
}

void Peer::on(const Datagram& event) {
  const auto opened = open(event.bytes, options_.key);
  if (const auto* refusal = std::get_if<Refusal>(&opened)) {
    actions_.refused = *refusal;
    return;
  }
  const Message& message = std::get<Message>(opened);
  const auto link = links_.find(message.from);
  if (link == links_.end()) {
    actions_.refused = Refusal::stranger;
    return;
  }
  const auto accepted = link->second.channel.accept(message, now_);
  if (const auto* refusal = std::get_if<Refusal>(&accepted)) {
    actions_.refused = *refusal;
    return;
  }
  std::visit([&](const auto& body) { take(link->first, body); }, std::get<Body>(accepted));
}

void Peer::on(const HostSample& event) {
  if (const std::string problem = problem_of(event); !problem.empty()) {
    on(SampleFailed{problem});
    return;
  }
  view_.add(event, leaving_.has_value(), now_);
  free_slot_when_done();
  if (may_give()) {
    ask_somebody();
  }
}

void Peer::on(const SampleFailed& event) {
  view_.fail(event.why);
  actions_.notes.push_back("sample: " + event.why);
}

/// One guest leaves at a time, and nothing is given by who takes: what becomes of it is not known yet.
bool Peer::may_give() const {
  return !leaving_ && !question_ && !offer_ && !slot_ && any_guest(view_.seen(), GuestState::leaving) == nullptr &&
         any_guest(view_.seen(), GuestState::arriving) == nullptr && !view_.seen().guests.empty();
}

void Peer::ask_somebody() {
  auto drawn = links_.begin();
  std::advance(drawn, static_cast<std::ptrdiff_t>(lots_() % links_.size()));
  question_ = Question{drawn->first, ++last_round_, now_ + options_.timing.collect};
  send(drawn->first, SendInfo{last_round_}, options_.timing.collect);
}

void Peer::take(const std::string& host, const SendInfo& body) {
  Report whole;
  whole.ticket = new_ticket();
  whole.problem = view_.problem(now_);
  if (whole.problem.empty()) {
    whole.sample = view_.told();
    if (slot_ && find_guest(whole.sample, slot_->order.guest) == nullptr) { // promised, and not to be seen yet
      whole.problem = fmt::format("guest {} is promised to come here", slot_->order.guest);
    }
  }
  for (const ReportPart& part : split(whole)) {
    send(host, Info{body.round, part}, options_.timing.collect);
  }
}

void Peer::take(const std::string& host, const Info& body) {
  if (!question_ || question_->host != host || question_->round != body.round) {
    return; // too late
  }
  if (const auto report = links_.at(host).answers.add(body.report)) {
    question_.reset();
    if (report->problem.empty() && view_.problem(now_).empty()) {
      compare_with(host, report->sample);
    }
  }
}

/// From 0, below 1.
double Peer::lot() {
  return static_cast<double>(lots_()) / (static_cast<double>(std::mt19937::max()) + 1);
}

void Peer::compare_with(const std::string& host, const HostSample& there) {
  const HostSample here = view_.told();
  const double weight = options_.parameters.weight;
  const double cost = compared_cost(here.load, weight);
  const bool drawn = lot() * cost < cost - compared_cost(there.load, weight);
  if (!drawn || any_guest(there, GuestState::arriving) != nullptr) {
    return;
  }
  if (const auto guest = evening_guest(here, there, options_.parameters)) {
    Report offered;
    offered.ticket = new_ticket();
    offered.sample = here;
    offered.sample.guests = {*find_guest(here, *guest)};
    offer_ = Offer{host, *guest, offered.ticket, now_ + options_.timing.answer};
    send(host, VmInfo{split(offered).front()}, options_.timing.answer);
  }
}

void Peer::take(const std::string& host, const VmInfo& body) {
  const auto offered = links_.at(host).offers.add(body.report);
  if (!offered || offered->sample.guests.size() != 1) {
    return;
  }
  Migrate answer{offered->ticket, std::nullopt};
  if (objection(offered->sample).empty()) {
    answer.order = Order{{options_.epoch, ++last_order_}, offered->sample.guests.front().name, options_.host};
    slot_ = Slot{host, *answer.order, now_};
  }
  send(host, answer, options_.timing.order);
}

/// Why the guest may not come; empty: it may.
std::string Peer::objection(const HostSample& offered) const {
  if (!view_.problem(now_).empty()) {
    return "it does not know how busy it is";
  }
  const HostSample here = view_.told();
  if (slot_ || leaving_ || offer_ || any_guest(here, GuestState::arriving) != nullptr) {
    return "a guest is coming or leaving";
  }
  const GuestReport& guest = offered.guests.front();
  if (find_guest(here, guest.name) != nullptr) {
    return "it is here";
  }
  const bool room = balance::within(here.load + share_of(guest.load, offered, here), options_.parameters.ceiling);
  return room ? "" : "it has no room";
}

void Peer::take(const std::string& host, const Migrate& body) {
  const bool asked = offer_ && offer_->host == host && offer_->ticket == body.ticket;
  const std::optional<Offer> offer = asked ? std::exchange(offer_, std::nullopt) : std::nullopt;
  if (!body.order || !accepted_.insert(body.order->id).second) {
    return; // an order is carried out once, however often it comes
  }
  const std::string why = offer ? objection(*body.order, *offer) : "nothing was offered";
  if (!why.empty()) {
    send(host, MigrationFinished{body.order->id, Outcome::refused, new_ticket(), why}, options_.timing.finished);
    return;
  }
  leaving_ = *body.order;
  view_.leaves();
  actions_.begin.push_back(*body.order);
}

std::string Peer::objection(const Order& order, const Offer& offer) const {
  if (order.to != offer.host || order.guest != offer.guest) {
    return "another guest was offered";
  }
  const GuestReport* guest = find_guest(view_.seen(), order.guest);
  if (guest == nullptr || guest->state != GuestState::running) {
    return fmt::format("no guest {} is here to leave", order.guest);
  }
  return leaving_ || any_guest(view_.seen(), GuestState::leaving) != nullptr ? "another guest is leaving" : "";
}

void Peer::on(const MigrationEnded& event) {
  if (!leaving_ || leaving_->id != event.order) {
    actions_.notes.emplace_back("a migration ended that this agent did not begin");
    return;
  }
  const Order order = *std::exchange(leaving_, std::nullopt);
  view_.left(order.guest, event.succeeded);
  const Outcome outcome = event.succeeded ? Outcome::succeeded : Outcome::failed;
  send(order.to, MigrationFinished{order.id, outcome, new_ticket(), event.error}, options_.timing.finished);
  actions_.records.emplace_back(MoveEnded{
      0,
      order.id,
      {order.guest, options_.host, order.to, {}},
      event.succeeded ? MoveEnded::End::succeeded : MoveEnded::End::failed,
      event.error});
}

void Peer::take(const std::string& host, const MigrationFinished& body) {
  if (slot_ && slot_->from == host && slot_->order.id == body.order && body.outcome != Outcome::succeeded) {
    slot_.reset(); // of one that has come, a sample frees it
  }
}

/// The guest runs here; or it neither comes nor could have begun to.
void Peer::free_slot_when_done() {
  if (!slot_) {
    return;
  }
  const GuestReport* guest = find_guest(view_.seen(), slot_->order.guest);
  const bool here = guest != nullptr && guest->state == GuestState::running;
  const Nanoseconds patience =
      options_.timing.order + options_.timing.answer + sample_lifetime * options_.parameters.period;
  if (here || (guest == nullptr && now_ - slot_->promised > patience)) {
    slot_.reset();
  }
}

Ticket Peer::new_ticket() {
  last_ticket_ = std::max(last_ticket_ + 1, static_cast<Ticket>(now_.time_since_epoch().count()));
  return last_ticket_;
}

void Peer::send(const std::string& host, Body body, Nanoseconds patience) {
  links_.at(host).channel.send(std::move(body), now_, now_ + patience);
}

Instant Peer::wake() const {
  Instant earliest = next_sample_;
  for (const auto& [host, link] : links_) {
    earliest = std::min(earliest, link.channel.wake().value_or(earliest));
  }
  if (question_) {
    earliest = std::min(earliest, question_->deadline);
  }
  return offer_ ? std::min(earliest, offer_->deadline) : earliest;
}

} // namespace migralab::coordination
