// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/host_view.hpp"

#include "migralab/coordination/timing.hpp"
#include "migralab/core/units.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab::coordination {

namespace {

auto find_guest(auto& guests, const std::string& name) {
  return std::find_if(guests.begin(), guests.end(), [&](const GuestReport& guest) { return guest.name == name; });
}

/// Shares were measured apart and need not add up.
balance::Load as_shares(const balance::Load& load) {
  const auto share = [](double value) { return std::clamp(value, 0.0, 1.0); };
  return {share(load.cpu), share(load.mem), share(load.net)};
}

} // namespace

HostSample SmoothedHost::add(const HostSample& sample, bool counts) {
  const auto add_to = [counts](balance::Smoother& average, const balance::Load& load) {
    return counts || !average.value() ? average.add(load) : *average.value();
  };
  HostSample smoothed = sample;
  smoothed.load = add_to(host_, sample.load);
  std::map<std::string, balance::Smoother> present;
  for (GuestReport& guest : smoothed.guests) {
    if (guest.state == GuestState::arriving) { // what is measured is its migration
      continue;
    }
    const auto known = guests_.find(guest.name);
    balance::Smoother average = known == guests_.end() ? fresh_ : known->second;
    guest.load = add_to(average, guest.load);
    present.emplace(guest.name, average);
  }
  guests_ = std::move(present);
  return smoothed;
}

bool HostView::add(const HostSample& sample, bool migrates, Instant now) {
  const bool is_quiet = counts(sample, migrates);
  if (is_quiet) {
    gone_ = {};
    come_.clear();
  }
  seen_ = smoothed_.add(sample, is_quiet);
  sampled_ = now;
  failure_.clear();
  return is_quiet;
}

bool HostView::counts(const HostSample& sample, bool migrates) {
  bool leaving = migrates;
  bool arriving = false;
  for (const GuestReport& guest : sample.guests) {
    leaving = leaving || guest.state == GuestState::leaving; // by the order of an earlier life, or nobody's
    arriving = arriving || guest.state == GuestState::arriving;
    const auto before = find_guest(seen_.guests, guest.name);
    const bool was_here = (before != seen_.guests.end() && before->state != GuestState::arriving) ||
                          left_.contains(guest.name); // it was looked at before it left
    if (sampled_ && !was_here && guest.state != GuestState::arriving) {
      come_.insert(guest.name);
      arriving = true;
    }
  }
  std::erase_if(left_, [&](const std::string& name) { return find_guest(sample.guests, name) == sample.guests.end(); });
  const bool quiet = !leaving && !guest_left_ && !arriving;
  guest_left_ = leaving;
  return quiet;
}

void HostView::left(const std::string& name, bool succeeded) {
  const auto guest = find_guest(seen_.guests, name);
  if (guest == seen_.guests.end()) {
    return;
  }
  if (!succeeded) {
    guest->state = GuestState::running;
    return;
  }
  gone_ += guest->load;
  left_.insert(guest->name);
  seen_.guests.erase(guest);
}

HostSample HostView::told() const {
  HostSample told = seen_;
  balance::Load load = seen_.load - gone_;
  for (const std::string& name : come_) {
    const auto guest = find_guest(seen_.guests, name);
    load += guest == seen_.guests.end() ? balance::Load{} : guest->load;
  }
  told.load = as_shares(load);
  return told;
}

std::string HostView::problem(Instant now) const {
  if (!sampled_) {
    return failure_.empty() ? "no sample yet" : "no sample yet: " + failure_;
  }
  const Nanoseconds age = now - *sampled_;
  if (age <= sample_lifetime * period_) {
    return "";
  }
  const std::string why = failure_.empty() ? "" : ": " + failure_;
  return fmt::format("no sample for {}{}", human(age), why);
}

} // namespace migralab::coordination
