// SPDX-License-Identifier: Apache-2.0
// A run's folder: what was asked for, and a folder for each trial that is complete. The only place where a run lives; a
// run that was ended at any moment, also by kill -9, goes on from it.
//
//   run.json               schema "migralab.run/3": name, created, where the files were, provenance
//   experiment.exp.yaml    as it was read
//   topology.lab.yaml      as it was read
//   trials/0001/           trial.json, requests.csv, job_samples.csv, events.csv, counters.csv, processors.csv,
//                          workloads.csv, packets.csv, bridges.csv, link_rates.csv; *.log of workloads; with a
//                          balancer what docs/balancing.md describes;
//                          SHA256SUMS of all of these
//
// A trial is written beside its place and renamed to it when it is whole and on the disk. It is believed only while its
// files are what was written. Nothing but plain files is read.
#pragma once

#include "migralab/core/handle.hpp"
#include "migralab/experiment/outcome.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

class RunFolder {
public:
  /// Makes a new one. `topology_text`: with the settings of the command line; `lab_name`: another name for the lab, or
  /// empty. Throws Error when the folder is there already or cannot be made.
  static RunFolder create(
      const std::filesystem::path& folder,
      const RunRecord& run,
      const std::string& topology_text,
      const std::string& lab_name);
  /// Throws Error (exit code 2) when it is no run's folder, or one of another version ("of schema migralab.run/1:
  /// ...").
  static RunFolder open(const std::filesystem::path& folder);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Everything but the trials: experiment, cells, provenance.
  [[nodiscard]] RunRecord header() const;
  [[nodiscard]] bool has(unsigned number) const;
  /// The numbers of the trials that are complete, sorted.
  [[nodiscard]] std::vector<unsigned> trials() const;
  /// Throws Error, and leaves nothing of the trial, when it cannot be written whole.
  void write(const TrialOutcome& trial) const;
  /// Throws Error that says which file of the trial is missing, changed or wrong, and what to do.
  [[nodiscard]] TrialOutcome read(unsigned number) const;
  /// All that the run is made of, relative to its folder and sorted, and nothing else that may lie there.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;
  /// To measure into it, until what is returned goes: removes what a writer that was killed left behind. Throws Error
  /// where another process measures into it.
  [[nodiscard]] UniqueFd claim() const;

private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// header() with every trial; a sentence in `damaged` for each that cannot be read.
[[nodiscard]] RunRecord read_run(const std::filesystem::path& folder, std::vector<std::string>& damaged);

/// What to do about trials that are damaged.
inline constexpr const char* damage_hint =
    "put the files back from a copy or a bundle of the run; or remove the folders of these trials, and `migralab run "
    "--resume` measures them again";

} // namespace migralab
