// SPDX-License-Identifier: Apache-2.0
// Trials in labs that come and go: a trial whose topology is another than that of the lab that is up gets a new lab,
// and so does the trial after one that failed.
#pragma once

#include "migralab/experiment/series.hpp"
#include "migralab/image/image.hpp"
#include "migralab/lab/up.hpp"
#include "migralab/plan/plan.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace migralab {

/// What it takes to bring up the labs of a run, made before anything runs: by the text of the topology.
struct PreparedLab {
  Plan plan;
  std::map<std::string, GuestImage> images;
};
using PreparedLabs = std::map<std::string, PreparedLab>;

class LabTrials final : public TrialRunner {
public:
  /// Takes down the lab that an earlier process of the same run left when it was killed.
  LabTrials(const RunFolder& folder, const PreparedLabs& labs, CommandRunner& runner, Talk talk);

  void run(const PlannedTrial& trial, const Cell& cell) override;

  /// Takes the lab down, if one is up.
  void close();

private:
  [[nodiscard]] bool wants_new_lab(const PlannedTrial& trial, const Cell& cell) const;
  void record_failure(const PlannedTrial& trial, const Cell& cell, const std::string& why) const;

  const RunFolder& folder_;
  const PreparedLabs& labs_;
  CommandRunner& runner_;
  Talk talk_;
  std::optional<LabState> lab_;
  std::string topology_; // text of the lab that is up
  PlannedTrial last_;
  bool spoiled_ = false;
  std::set<unsigned> checked_; // cells whose workloads' programs were found
};

} // namespace migralab
