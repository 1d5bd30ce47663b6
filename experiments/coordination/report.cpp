// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/report.hpp"

#include "body.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace migralab::coordination {

namespace {

/// Why a number can be no load, or no capacity, which is above 0; empty: it can.
std::string problem_of(double number, bool above_zero) {
  if (!std::isfinite(number) || number < 0 || (above_zero && number == 0)) {
    return fmt::format("is {}", number);
  }
  return "";
}

std::string problem_of(const balance::Load& load, bool above_zero) {
  for (const auto& [name, number] : {std::pair{"cpu", load.cpu}, {"mem", load.mem}, {"net", load.net}}) {
    if (const std::string problem = problem_of(number, above_zero); !problem.empty()) {
      return fmt::format("{} {}", name, problem);
    }
  }
  return "";
}

} // namespace

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= longest_name &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string::npos;
}

std::string problem_of(const GuestReport& guest) {
  if (!is_name(guest.name)) {
    return fmt::format("guest '{}': a name is 1 to {} letters, digits, '.', '_' and '-'", guest.name, longest_name);
  }
  if (const std::string problem = problem_of(guest.load, false); !problem.empty()) {
    return fmt::format("guest {}: {}", guest.name, problem);
  }
  if (const std::string problem = problem_of(guest.image_mb, true); !problem.empty()) {
    return fmt::format("guest {}: its memory {}", guest.name, problem);
  }
  return "";
}

std::string problem_of(const HostSample& sample) {
  if (std::string problem = problem_of(sample.load, false); !problem.empty()) {
    return problem;
  }
  if (const std::string problem = problem_of(sample.capacity, true); !problem.empty()) {
    return fmt::format("capacity: {}", problem);
  }
  if (sample.guests.size() > most_guests) {
    return fmt::format("{} guests; a report carries {}", sample.guests.size(), most_guests);
  }
  std::set<std::string> names;
  for (const GuestReport& guest : sample.guests) {
    if (std::string problem = problem_of(guest); !problem.empty()) {
      return problem;
    }
    if (!names.insert(guest.name).second) {
      return fmt::format("guest {}: listed twice", guest.name);
    }
  }
  return "";
}

namespace {

/// Fills part after part of a report.
class Splitter {
public:
  explicit Splitter(const Report& report) : empty_{0, 1, {report.ticket, report.problem, report.sample, {}}} {
    empty_.slice.sample.guests.clear();
    begin();
  }

  void add(const Order& order) {
    make_room(encoded_size(order));
    parts_.back().slice.orders.push_back(order);
  }

  void add(const GuestReport& guest) {
    make_room(encoded_size(guest));
    parts_.back().slice.sample.guests.push_back(guest);
  }

  [[nodiscard]] std::vector<ReportPart> finish() {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      parts_[i].part = static_cast<std::uint8_t>(i);
      parts_[i].parts = static_cast<std::uint8_t>(parts_.size());
    }
    return std::move(parts_);
  }

private:
  void begin() {
    parts_.push_back(empty_);
    left_ = largest_body - encoded_size(empty_);
  }

  void make_room(std::size_t size) {
    if (size > left_) {
      begin();
    }
    left_ -= size;
  }

  ReportPart empty_;
  std::vector<ReportPart> parts_;
  std::size_t left_ = 0;
};

} // namespace

std::vector<ReportPart> split(const Report& report) {
  Splitter splitter(report);
  for (const Order& order : report.orders) {
    splitter.add(order);
  }
  for (const GuestReport& guest : report.sample.guests) {
    splitter.add(guest);
  }
  return splitter.finish();
}

std::optional<Report> Assembly::add(const ReportPart& part) {
  if (part.slice.ticket < ticket_) {
    return std::nullopt;
  }
  if (part.slice.ticket > ticket_) {
    ticket_ = part.slice.ticket;
    parts_.clear();
  }
  parts_.emplace(part.part, part);
  if (parts_.size() < part.parts) {
    return std::nullopt;
  }
  Report report{part.slice.ticket, part.slice.problem, part.slice.sample, {}};
  report.sample.guests.clear();
  for (auto& [place, piece] : parts_) {
    auto& guests = report.sample.guests;
    guests.insert(guests.end(), piece.slice.sample.guests.begin(), piece.slice.sample.guests.end());
    report.orders.insert(report.orders.end(), piece.slice.orders.begin(), piece.slice.orders.end());
  }
  parts_.clear();
  return report;
}

} // namespace migralab::coordination
