// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/doctor.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

const char* word_for(Finding::Status status) {
  switch (status) {
  case Finding::Status::ok:
    return "ok";
  case Finding::Status::warning:
    return "warning";
  case Finding::Status::missing:
    return "missing";
  }
  return "";
}

long count(const std::vector<Finding>& findings, Finding::Status status) {
  return std::count_if(
      findings.begin(), findings.end(), [status](const Finding& finding) { return finding.status == status; });
}

bool blocks(const Finding& finding) {
  return finding.needed && finding.status == Finding::Status::missing;
}

} // namespace

std::string render_text(const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) {
    width = std::max(width, finding.name.size());
  }
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<9}{:<{}}  {}\n", word_for(finding.status), finding.name, width, finding.seen);
    if (finding.status != Finding::Status::ok) {
      text += fmt::format("{:11}cause: {}\n{:11}fix:   {}\n", "", finding.cause, "", finding.fix);
    }
  }
  return text + fmt::format(
                    "{} ok, {} warnings, {} missing: {}\n",
                    count(findings, Finding::Status::ok),
                    count(findings, Finding::Status::warning),
                    count(findings, Finding::Status::missing),
                    exit_status_of(findings) == ExitStatus::ok ? "labs can run here" : "labs cannot run here yet");
}

std::string render_json(const std::vector<Finding>& findings) {
  auto list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back(
        {{"name", finding.name},
         {"status", word_for(finding.status)},
         {"seen", finding.seen},
         {"cause", finding.cause},
         {"fix", finding.fix},
         {"needed", finding.needed}});
  }
  const nlohmann::ordered_json json{
      {"schema", "migralab.doctor/1"},
      {"labs_can_run", exit_status_of(findings) == ExitStatus::ok},
      {"findings", list}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

ExitStatus exit_status_of(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), blocks) ? ExitStatus::machine_lacks : ExitStatus::ok;
}

void expect_nothing_missing(const std::vector<Finding>& findings) {
  const auto first = std::find_if(findings.begin(), findings.end(), blocks);
  if (first != findings.end()) {
    throw machine_lacks(
        fmt::format("{}: {}; {}", first->name, first->seen, first->cause),
        fmt::format("{}; `migralab doctor` tells all that this machine lacks", first->fix));
  }
}

} // namespace migralab
