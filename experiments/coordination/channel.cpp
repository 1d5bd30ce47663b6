// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/channel.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab::coordination {

Channel::Channel(Ends ends, Key key, const Timing& timing)
    : ends_(std::move(ends)), key_(std::move(key)), timing_(timing) {
  for (const std::string& name : {ends_.self, ends_.peer}) {
    if (!is_name(name)) {
      throw Error(
          fmt::format("'{}' cannot take part: a name is 1 to {} letters, digits, '.', '_' and '-'", name, longest_name),
          ExitStatus::bad_input);
    }
  }
  if (ends_.epoch == 0) {
    throw Error("an epoch is not 0");
  }
}

void Channel::send(Body body, Instant now, Instant deadline) {
  pending_.push_back({++last_number_, std::move(body), {now, timing_.first_repeat, deadline}});
  if (peer_epoch_ == 0) {
    challenge(now, deadline);
  }
}

std::variant<Body, Refusal> Channel::accept(const Message& message, Instant now) {
  if (message.from != ends_.peer || message.to != ends_.self) {
    return Refusal::stranger;
  }
  if (std::holds_alternative<Hello>(message.body)) {
    answers_.push_back(sealed(message.number, message.from_epoch, Welcome{}));
    if (message.from_epoch != peer_epoch_) {
      challenge(now, now + timing_.introduction);
    }
    return message.body;
  }
  if (std::holds_alternative<Welcome>(message.body)) {
    return accept_welcome(message, now);
  }
  if (message.to_epoch != ends_.epoch || message.from_epoch != peer_epoch_) {
    // One of the two does not know the other's present life. A challenge finds that out, and tells one's own.
    challenge(now, now + timing_.introduction);
    return Refusal::stale;
  }
  return accept_numbered(message, now);
}

std::variant<Body, Refusal> Channel::accept_welcome(const Message& message, Instant now) {
  if (message.to_epoch != ends_.epoch || !challenge_ || message.number != challenge_->number) {
    return Refusal::stale;
  }
  challenge_.reset();
  adopt(message.from_epoch, now);
  return message.body;
}

std::variant<Body, Refusal> Channel::accept_numbered(const Message& message, Instant /*now*/) {
  if (std::holds_alternative<Ack>(message.body)) {
    std::erase_if(pending_, [&](const Pending& one) { return one.number == message.number; });
    return message.body;
  }
  const auto verdict = window_.take(message.number);
  if (verdict == ReplayWindow::Verdict::too_old) {
    return Refusal::stale;
  }
  // A repeated one, too: the first acknowledgement may have been lost.
  answers_.push_back(sealed(message.number, peer_epoch_, Ack{}));
  if (verdict == ReplayWindow::Verdict::repeated) {
    return Refusal::repeated;
  }
  return message.body;
}

void Channel::challenge(Instant now, Instant deadline) {
  if (!challenge_) {
    challenge_ = Challenge{++last_challenge_, {now, timing_.first_repeat, deadline}};
  }
  challenge_->repeat.deadline = std::max(challenge_->repeat.deadline, deadline);
}

void Channel::adopt(Epoch peer, Instant now) {
  if (peer == peer_epoch_) {
    return;
  }
  peer_epoch_ = peer;
  window_ = ReplayWindow{};
  for (Pending& one : pending_) {
    one.repeat.next = now;
    one.repeat.wait = timing_.first_repeat;
  }
}

void Channel::advance(Repeat& repeat, Instant now) const {
  repeat.next = now + repeat.wait;
  repeat.wait = std::min(2 * repeat.wait, timing_.longest_repeat);
}

std::string Channel::sealed(std::uint64_t number, Epoch to, const Body& body) const {
  return seal({ends_.self, ends_.peer, ends_.epoch, to, number, body}, key_);
}

/// How many of the pending messages may be sent: none that could push an older one out of the peer's window.
std::size_t Channel::on_their_way() const {
  if (peer_epoch_ == 0 || pending_.empty()) {
    return 0;
  }
  const std::uint64_t end = pending_.front().number + ReplayWindow::width;
  const auto first_held =
      std::find_if(pending_.begin(), pending_.end(), [end](const Pending& one) { return one.number >= end; });
  return static_cast<std::size_t>(first_held - pending_.begin());
}

std::vector<std::string> Channel::due(Instant now) {
  std::vector<std::string> datagrams;
  std::erase_if(pending_, [now](const Pending& one) { return one.repeat.deadline <= now; });
  if (challenge_ && challenge_->repeat.deadline <= now) {
    challenge_.reset();
  }
  // The challenge first: the peer answers with its own, and knows this end before a message of it comes.
  if (challenge_ && challenge_->repeat.next <= now) {
    datagrams.push_back(sealed(challenge_->number, peer_epoch_, Hello{}));
    advance(challenge_->repeat, now);
  }
  std::move(answers_.begin(), answers_.end(), std::back_inserter(datagrams));
  answers_.clear();
  const std::size_t count = on_their_way();
  for (std::size_t i = 0; i < count; ++i) {
    if (pending_[i].repeat.next <= now) {
      datagrams.push_back(sealed(pending_[i].number, peer_epoch_, pending_[i].body));
      advance(pending_[i].repeat, now);
    }
  }
  return datagrams;
}

std::optional<Instant> Channel::wake() const {
  std::optional<Instant> earliest;
  const auto consider = [&](Instant instant) { earliest = earliest ? std::min(*earliest, instant) : instant; };
  if (challenge_) {
    consider(std::min(challenge_->repeat.next, challenge_->repeat.deadline));
  }
  const std::size_t count = on_their_way();
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    consider(i < count ? std::min(pending_[i].repeat.next, pending_[i].repeat.deadline) : pending_[i].repeat.deadline);
  }
  return earliest;
}

} // namespace migralab::coordination
