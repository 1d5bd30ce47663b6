// SPDX-License-Identifier: Apache-2.0
#include "trial_files.hpp"

#include "migralab/balancer/trace_files.hpp"
#include "migralab/core/digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "trial_json.hpp"
#include "trial_tables.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

std::string log_name(const WorkloadTrace& trace) {
  return "workload-" + trace.name + ".log";
}

const std::string& file_named(const TrialFiles& files, const std::string& name) {
  const auto found = files.find(name);
  if (found == files.end()) {
    throw Error(fmt::format("{} is missing", name));
  }
  return found->second;
}

/// What some editors and version control systems do to text.
bool has_other_line_ends(std::string text, const std::string& digest) {
  std::erase(text, '\r');
  return sha256_of_text(text) == digest;
}

/// Files that are given out only when they are what was written.
class WrittenFiles {
public:
  explicit WrittenFiles(const TrialFiles& files)
      : files_(files), digests_(parse_digest_lines(file_named(files, digest_list))) {}

  [[nodiscard]] const std::string& at(const std::string& name) const {
    const std::string& content = file_named(files_, name);
    const auto written = digests_.find(name);
    if (written == digests_.end()) {
      throw Error(fmt::format("{} does not list {}", digest_list, name));
    }
    if (sha256_of_text(content) != written->second) {
      throw Error(
          has_other_line_ends(content, written->second)
              ? fmt::format("{} was given other ends of lines (CR LF) since it was written", name)
              : fmt::format("{} was changed or cut since it was written: {} has another digest", name, digest_list));
    }
    return content;
  }

private:
  const TrialFiles& files_;
  Digests digests_;
};

} // namespace

TrialFiles files_of(const TrialOutcome& trial) {
  TrialFiles files{{"trial.json", trial_json(trial)}};
  for (const TrialTable& table : trial_tables()) {
    files[table.file] = table.write(trial);
  }
  if (trial.balance) {
    for (const balancer::TraceTable& table : balancer::trace_tables()) {
      files[table.file] = table.write(*trial.balance, trial.origin);
    }
  }
  for (const WorkloadTrace& trace : trial.workloads) {
    files[log_name(trace)] = trace.output;
  }
  Digests digests;
  for (const auto& [name, content] : files) {
    digests[name] = sha256_of_text(content);
  }
  files[digest_list] = digest_lines(digests);
  return files;
}

TrialOutcome trial_from(const TrialFiles& files) {
  const WrittenFiles written(files);
  const std::string& json = written.at("trial.json");
  TrialOutcome trial = with_context("trial.json", [&] { return trial_from_json(json); });
  for (const TrialTable& table : trial_tables()) {
    table.read(written.at(table.file), trial);
  }
  if (trial.balance) {
    for (const balancer::TraceTable& table : balancer::trace_tables()) {
      table.read(written.at(table.file), trial.origin, *trial.balance);
    }
  }
  for (WorkloadTrace& trace : trial.workloads) {
    trace.output = written.at(log_name(trace));
  }
  return trial;
}

} // namespace migralab
