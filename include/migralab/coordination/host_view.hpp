// SPDX-License-Identifier: Apache-2.0
// What is known of one host by the samples of its agent: averages, and what has come and gone since the last sample
// that counts.
#pragma once

#include "migralab/balance/load.hpp"
#include "migralab/balance/parameters.hpp"
#include "migralab/coordination/report.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace migralab::coordination {

/// Averages of a host and its guests. A guest that comes counts whole at first, once it runs; one that has gone is
/// forgotten.
class SmoothedHost {
public:
  explicit SmoothedHost(double mu, bool adaptive = false) : fresh_(mu, std::nullopt, adaptive), host_(fresh_) {}

  /// The averages with this sample; or, where it does not count, as they were, of what it shows.
  [[nodiscard]] HostSample add(const HostSample& sample, bool counts = true);

private:
  balance::Smoother fresh_; // before any sample
  balance::Smoother host_;
  std::map<std::string, balance::Smoother> guests_;
};

class HostView {
public:
  /// period, mu and adaptive_mu are used.
  explicit HostView(const balance::Parameters& parameters)
      : period_(parameters.period), smoothed_(parameters.mu, parameters.adaptive_mu) {}

  /// While guests leave, the load is that of the migration, too. As published, no such sample counts; nor does the
  /// first one after it, which begins before its end. The same holds where a guest arrives, which was not published: a
  /// host would be relieved of the migration that relieves another one. `migrates`: a guest leaves, whatever the sample
  /// shows. Whether it counts; it must be a sample (problem_of).
  bool add(const HostSample& sample, bool migrates, Instant now);
  void fail(const std::string& why) { failure_ = why; }
  /// A migration of a guest begins; or ends, and the next sample may be seconds away.
  void leaves() { guest_left_ = true; }
  void left(const std::string& guest, bool succeeded);

  /// The averages as of the latest sample, with what left since; empty before the first.
  [[nodiscard]] const HostSample& seen() const { return seen_; }
  /// The same, with the load that the host has by what has come and gone since the latest sample that counts: else
  /// others would find it overloaded still, or with room for more.
  [[nodiscard]] HostSample told() const;
  /// Why what was seen is nothing to decide on; empty: it is something.
  [[nodiscard]] std::string problem(Instant now) const;

private:
  [[nodiscard]] bool counts(const HostSample& sample, bool migrates);

  Nanoseconds period_;
  SmoothedHost smoothed_;
  HostSample seen_;
  std::optional<Instant> sampled_;
  std::string failure_;        // of the newest sample; empty: it did not fail
  bool guest_left_ = false;    // or tried to, since the latest sample
  balance::Load gone_;         // with guests that left since the latest sample that counts
  std::set<std::string> come_; // guests that came since then
  std::set<std::string> left_; // guests that left, until a sample is without them
};

} // namespace migralab::coordination
