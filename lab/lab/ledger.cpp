// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/ledger.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

const char* word_of(LedgerLine::Phase phase) {
  switch (phase) {
  case LedgerLine::Phase::intent:
    return "intent";
  case LedgerLine::Phase::done:
    return "done";
  case LedgerLine::Phase::failed:
    return "failed";
  }
  return "";
}

/// The last line was being written when the disk was full, or the machine stopped.
bool ends_torn(const UniqueFd& file) {
  const off_t size = file ? ::lseek(file.get(), 0, SEEK_END) : 0;
  char last = '\n';
  return size > 0 && ::pread(file.get(), &last, 1, size - 1) == 1 && last != '\n';
}

} // namespace

std::filesystem::path ledger_of(const LabFolder& folder) {
  return folder.path() / "ledger.jsonl";
}

void record(const LabFolder& folder, const LedgerLine& line) {
  Json json{{"time", line.time}, {"host", line.host}, {"act", line.act}, {"phase", word_of(line.phase)}};
  if (!line.detail.empty()) {
    json["detail"] = line.detail;
  }
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::filesystem::path path = ledger_of(folder);
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (ends_torn(file)) {
    text.insert(0, "\n");
  }
  // One write: lines of several writers do not mix.
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fdatasync(file.get()) != 0) {
    throw system_error(fmt::format("cannot record in {} what is done to {}", path.native(), line.host));
  }
}

void with_record(
    const LabFolder& folder,
    const std::string& host,
    const std::string& act,
    const std::function<void()>& work) {
  record(folder, {.time = utc_timestamp(), .host = host, .act = act});
  try {
    work();
  } catch (const std::exception& error) {
    record(
        folder,
        {.time = utc_timestamp(),
         .host = host,
         .act = act,
         .phase = LedgerLine::Phase::failed,
         .detail = error.what()});
    throw;
  }
  record(folder, {.time = utc_timestamp(), .host = host, .act = act, .phase = LedgerLine::Phase::done});
}

std::vector<LedgerLine> read_ledger(const LabFolder& folder) {
  std::vector<LedgerLine> ledger;
  if (!std::filesystem::exists(ledger_of(folder))) {
    return ledger;
  }
  std::istringstream lines(read_file(ledger_of(folder)));
  for (std::string text; std::getline(lines, text);) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("host") || !json.contains("act") || !json.contains("phase")) {
      continue; // torn: what was being written when the machine stopped; the act had not begun
    }
    const std::string phase = json.value("phase", "");
    ledger.push_back(
        {.time = json.value("time", ""),
         .host = json.value("host", ""),
         .act = json.value("act", ""),
         .phase = phase == "done"     ? LedgerLine::Phase::done
                  : phase == "failed" ? LedgerLine::Phase::failed
                                      : LedgerLine::Phase::intent,
         .detail = json.value("detail", "")});
  }
  return ledger;
}

std::set<std::string> touched_hosts(const std::vector<LedgerLine>& ledger) {
  std::set<std::string> hosts;
  for (const LedgerLine& line : ledger) {
    if (line.act == removal && line.phase == LedgerLine::Phase::done) {
      hosts.erase(line.host);
    } else if (line.act != removal) {
      hosts.insert(line.host);
    }
  }
  return hosts;
}

} // namespace migralab
