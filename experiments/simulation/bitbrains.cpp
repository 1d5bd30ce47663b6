// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/printable.hpp"
#include "migralab/simulation/trace_files.hpp"
#include "trace_folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace migralab::simulation {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view white = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t end = std::min(line.find(';'), line.size());
    fields.push_back(trimmed(line.substr(0, end)));
    if (end == line.size()) {
      return fields;
    }
    line.remove_prefix(end + 1);
  }
}

enum Column : std::size_t { timestamp, cores, capacity, usage, memory, memory_used, received, sent, columns };
constexpr std::array<std::string_view, columns> names{
    "Timestamp [ms]",
    "CPU cores",
    "CPU capacity provisioned [MHZ]",
    "CPU usage [%]",
    "Memory capacity provisioned [KB]",
    "Memory usage [KB]",
    "Network received throughput [KB/s]",
    "Network transmitted throughput [KB/s]"};
constexpr std::size_t needed_columns = 4; // the first ones

/// A guest's file.
class GuestReader {
public:
  /// `start`: when the first file begins, s since 1970; without a value this is the first.
  GuestReader(Trace& trace, std::optional<double>& start, const fs::path& file)
      : trace_(trace), start_(start), file_(file) {}

  void read() {
    const std::size_t lines = for_each_line(file_, [&](std::string_view line, std::size_t number) {
      number_ = number;
      if (number == 1) {
        read_header(line);
      } else if (!trimmed(line).empty()) {
        read_sample(fields_of(line));
      }
    });
    number_ = lines;
    finish();
  }

private:
  void read_header(std::string_view line) {
    const std::vector<std::string_view> fields = fields_of(line);
    width_ = fields.size();
    for (std::size_t column = 0; column < columns; ++column) {
      const auto found = std::find(fields.begin(), fields.end(), names[column]);
      if (found != fields.end()) {
        places_[column] = static_cast<std::size_t>(found - fields.begin());
      } else if (column < needed_columns) {
        refuse(
            file_,
            number_,
            fmt::format(
                "there is no column '{}'; the first line of a GWA-T-12 file names its columns, parted by ';'",
                names[column]));
      }
    }
  }

  double number(const std::vector<std::string_view>& fields, Column column) const {
    const std::string_view text = fields[*places_[column]];
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0) {
      refuse(file_, number_, fmt::format("{} '{}' is no number from 0 on; write one", names[column], quotable(text)));
    }
    return value;
  }

  void read_sample(const std::vector<std::string_view>& fields) {
    if (fields.size() != width_) {
      refuse(file_, number_, fmt::format("the line has {} fields, the first line {}", fields.size(), width_));
    }
    check_time(number(fields, timestamp));
    guest_.cores = std::max(guest_.cores, static_cast<unsigned>(std::min(number(fields, cores), 1e6)));
    mhz_.push_back(number(fields, capacity));
    guest_.mhz = std::max(guest_.mhz, mhz_.back());
    const double percent = number(fields, usage);
    if (percent > most_percent) {
      refuse(file_, number_, fmt::format("{} {} is more than a guest has", names[usage], percent));
    }
    trace_.cpu.push_back(std::min(percent / 100, 1.0));
    if (places_[memory] && places_[memory_used]) {
      const double kib = number(fields, memory);
      kib_.push_back(kib);
      guest_.memory_mb = std::max(guest_.memory_mb, kib / 1024);
      trace_.mem.push_back(kib > 0 ? std::min(number(fields, memory_used) / kib, 1.0) : 0);
    }
    if (places_[received] && places_[sent]) {
      trace_.net.push_back(number(fields, received) + number(fields, sent));
    }
    ++samples_;
  }

  /// Samples of all files are of the same times.
  void check_start(double now_s) {
    const double late = now_s - start_.value_or(now_s);
    start_ = start_.value_or(now_s);
    const double most = std::chrono::duration<double>(trace_.interval).count() / 2;
    if (std::abs(late) > most) {
      refuse(
          file_,
          number_,
          fmt::format(
              "it begins {} s {} the first file, '{}'; cut all to the same times",
              std::abs(late),
              late > 0 ? "after" : "before",
              trace_.guests.front().name));
    }
  }

  /// Distances are those of the trace's first two samples.
  void check_time(double now) {
    // Milliseconds by name; in fastStorage they are seconds since 1970: too few digits for milliseconds.
    const double unit_s = now < first_that_is_ms ? 1 : 1e-3;
    const double before = std::exchange(time_, now);
    if (samples_ == 0) {
      check_start(now * unit_s);
      return;
    }
    const double distance = now - before;
    if (trace_.interval.count() == 0 && distance > 0) {
      trace_.interval = Nanoseconds(std::llround(distance * unit_s * 1e9));
    }
    const double wanted = std::chrono::duration<double>(trace_.interval).count();
    if (!(std::abs(distance * unit_s - wanted) <= tolerance * wanted) || trace_.interval.count() == 0) {
      refuse(
          file_,
          number_,
          fmt::format(
              "a sample {} s after the one before, where samples are {} s apart; fill the hole, or cut the trace there",
              distance * unit_s,
              wanted));
    }
  }

  void finish() {
    if (samples_ == 0) {
      refuse(file_, std::max<std::size_t>(number_, 1), "there is no sample; leave the file out");
    }
    if (trace_.guests.empty()) {
      trace_.steps = samples_;
    } else if (samples_ != trace_.steps) {
      refuse(
          file_,
          number_,
          fmt::format(
              "it has {} samples, the first file, '{}', has {}; cut all to the same number",
              samples_,
              trace_.guests.front().name,
              trace_.steps));
    }
    of_the_largest_size(trace_.cpu, mhz_);
    of_the_largest_size(trace_.mem, kib_);
    guest_.name = file_.stem().string();
    trace_.guests.push_back(guest_);
  }

  /// A guest has one size here, its largest: shares were of what it was given at the time.
  static void of_the_largest_size(std::vector<double>& shares, const std::vector<double>& sizes) {
    const double largest = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
    const std::size_t first = shares.size() - sizes.size();
    for (std::size_t i = 0; largest > 0 && i < sizes.size(); ++i) {
      if (sizes[i] != largest) {
        shares[first + i] *= sizes[i] / largest;
      }
    }
  }

  static constexpr double most_percent = 200; // rounding, and bursts beyond what was provisioned
  static constexpr double first_that_is_ms = 1e11;
  static constexpr double tolerance = 0.05;

  Trace& trace_;
  std::optional<double>& start_;
  const fs::path& file_;
  std::vector<double> mhz_; // that it was given, by samples
  std::vector<double> kib_;
  std::array<std::optional<std::size_t>, columns> places_{};
  std::size_t width_ = 0;
  std::size_t number_ = 0; // of the line
  std::size_t samples_ = 0;
  double time_ = 0;
  TraceGuest guest_;
};

} // namespace

Trace read_bitbrains(const fs::path& folder) {
  return read_bitbrains(files_of(folder));
}

Trace read_bitbrains(const std::vector<fs::path>& files) {
  Trace trace;
  std::optional<double> start;
  for (const fs::path& file : files) {
    GuestReader(trace, start, file).read();
  }
  if (trace.interval.count() == 0) {
    refuse(files.front(), 2, "there is one sample only, so nobody knows how far they are apart; give more");
  }
  const std::size_t samples = trace.cpu.size();
  if ((!trace.mem.empty() && trace.mem.size() != samples) || (!trace.net.empty() && trace.net.size() != samples)) {
    refuse(files.front(), 1, "only some of the files tell of memory, or of the network; let all do, or none");
  }
  return trace;
}

} // namespace migralab::simulation
