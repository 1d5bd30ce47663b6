// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/whereabouts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace migralab::coordination {

namespace {

/// A guest, by all reports.
struct Sighting {
  std::vector<std::string> present;  // hosts where it runs
  std::vector<std::string> arriving; // hosts where it will
  const GuestReport* report = nullptr;
};
using Sightings = std::map<std::string, Sighting>;

Sightings sightings_of(const Reports& reports) {
  Sightings sightings;
  for (const auto& [host, report] : reports) {
    for (const GuestReport& guest : report.sample.guests) {
      Sighting& sighting = sightings[guest.name];
      if (guest.state == GuestState::arriving) {
        sighting.arriving.push_back(host);
      } else {
        sighting.present.push_back(host);
        sighting.report = &guest;
      }
    }
  }
  return sightings;
}

class Finder {
public:
  Finder(const Reports& reports, const std::vector<balance::Move>& in_flight)
      : reports_(reports), in_flight_(in_flight), sightings_(sightings_of(reports)) {}

  void place_hosts() {
    for (const auto& [host, report] : reports_) {
      if (!report.problem.empty()) {
        found_.left_out.push_back({host, report.problem});
      } else if (const std::string guest = uninvited(host, report); !guest.empty()) {
        // It would be one that comes too many if another one were sent there.
        found_.left_out.push_back({host, fmt::format("guest {} arrives there by nobody's order", guest)});
      } else {
        indices_[host] = static_cast<balance::HostIndex>(found_.cluster.hosts.size());
        found_.cluster.hosts.push_back({host, report.sample.load, report.sample.capacity, false});
      }
    }
  }

  void place_guests() {
    for (const auto& [name, sighting] : sightings_) {
      if (const std::string why = doubt(name, sighting); !why.empty()) {
        found_.doubts.push_back({name, why});
      } else if (sighting.report != nullptr) {
        place(name, sighting);
      }
    }
  }

  /// Guests that were seen once, and are not now although the host that had them answers.
  void miss(std::map<std::string, std::string>& last_seen) {
    for (auto entry = last_seen.begin(); entry != last_seen.end();) {
      const auto& [guest, host] = *entry;
      const bool gone = !sightings_.contains(guest) && !is_in_flight(guest) && told(host);
      if (gone) {
        found_.doubts.push_back({guest, fmt::format("is reported by nobody; {} had it", host)});
      }
      entry = gone ? last_seen.erase(entry) : std::next(entry);
    }
    for (const auto& [guest, sighting] : sightings_) {
      if (sighting.present.size() == 1) {
        last_seen[guest] = sighting.present.front();
      }
    }
  }

  [[nodiscard]] Whereabouts finish() { return std::move(found_); }

private:
  [[nodiscard]] bool is_in_flight(const std::string& guest) const {
    return std::any_of(in_flight_.begin(), in_flight_.end(), [&](const auto& move) { return move.guest == guest; });
  }

  [[nodiscard]] bool is_coming(const std::string& guest, const std::string& host) const {
    return std::any_of(
        in_flight_.begin(), in_flight_.end(), [&](const auto& move) { return move.guest == guest && move.to == host; });
  }

  [[nodiscard]] bool told(const std::string& host) const {
    const auto report = reports_.find(host);
    return report != reports_.end() && report->second.problem.empty();
  }

  [[nodiscard]] std::string uninvited(const std::string& host, const Report& report) const {
    for (const GuestReport& guest : report.sample.guests) {
      if (guest.state == GuestState::arriving && !is_coming(guest.name, host)) {
        return guest.name;
      }
    }
    return "";
  }

  /// Why it is not certain where a guest is; empty: it is certain.
  [[nodiscard]] std::string doubt(const std::string& name, const Sighting& sighting) {
    if (sighting.present.size() > 1) {
      return fmt::format("is reported by {}", fmt::join(sighting.present, " and "));
    }
    if (is_in_flight(name)) {
      return "";
    }
    if (sighting.present.empty()) {
      return fmt::format("arrives at {}; nobody reports that it runs", sighting.arriving.front());
    }
    if (sighting.report->state != GuestState::leaving) {
      return "";
    }
    if (sighting.arriving.empty()) {
      // Any host may be the one that it is going to.
      found_.held_back = fmt::format("guest {} leaves {} for nobody knows where", name, sighting.present.front());
    }
    return fmt::format("leaves {} by nobody's order", sighting.present.front());
  }

  void place(const std::string& name, const Sighting& sighting) {
    if (const auto host = indices_.find(sighting.present.front()); host != indices_.end()) {
      found_.cluster.guests.push_back({name, host->second, sighting.report->load, sighting.report->image_mb});
    }
  }

  const Reports& reports_;
  const std::vector<balance::Move>& in_flight_;
  Sightings sightings_;
  std::map<std::string, balance::HostIndex> indices_;
  Whereabouts found_;
};

} // namespace

Whereabouts find_guests(
    const Reports& reports,
    const std::vector<balance::Move>& in_flight,
    std::map<std::string, std::string>& last_seen) {
  Finder finder(reports, in_flight);
  finder.place_hosts();
  finder.place_guests();
  finder.miss(last_seen);
  return finder.finish();
}

} // namespace migralab::coordination
