// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/printable.hpp"
#include "migralab/simulation/trace_files.hpp"
#include "trace_folder.hpp"

#include <charconv>
#include <fmt/format.h>

namespace migralab::simulation {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t samples_of_a_day = 288;

double sample_of(std::string_view text, const fs::path& file, std::size_t line) {
  if (line > samples_of_a_day) {
    refuse(file, line, fmt::format("more than {} lines; a day has one for every 5 minutes", samples_of_a_day));
  }
  if (text.empty()) {
    refuse(file, line, "an empty line; every sample has to be there, a whole number from 0 to 100");
  }
  unsigned percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse(
        file, line, fmt::format("'{}' is no number of per cent; write a whole number from 0 to 100", quotable(text)));
  }
  if (percent > 100) {
    refuse(file, line, fmt::format("{} % is more than a processor has; write a whole number from 0 to 100", percent));
  }
  return percent / 100.0;
}

} // namespace

Trace read_planetlab(const fs::path& folder) {
  return read_planetlab(files_of(folder));
}

Trace read_planetlab(const std::vector<fs::path>& files) {
  Trace trace;
  trace.interval = std::chrono::minutes(5);
  trace.steps = samples_of_a_day;
  trace.cpu.reserve(files.size() * samples_of_a_day);
  for (const fs::path& file : files) {
    const std::size_t lines = for_each_line(
        file, [&](std::string_view text, std::size_t line) { trace.cpu.push_back(sample_of(text, file, line)); });
    if (lines < samples_of_a_day) {
      refuse(
          file,
          lines,
          fmt::format("the file ends here, after {} of {} lines; take a whole day", lines, samples_of_a_day));
    }
    trace.guests.push_back({file.filename().string(), 0, 0, 0});
  }
  return trace;
}

} // namespace migralab::simulation
