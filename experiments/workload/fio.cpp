// SPDX-License-Identifier: Apache-2.0
// fio 3.33 (https://fio.readthedocs.io), its terse output, version 3, each second. The figures in it are of all the
// time since the beginning; those of a second are differences.
#include "plugin.hpp"
#include "scan.hpp"

#include <array>
#include <fmt/format.h>
#include <sstream>

namespace migralab {

namespace {

/// Places in a line (fio's HOWTO, "Terse output", from 0), of the reads; the writes' follow, all shifted.
constexpr std::size_t kib_place = 5, run_ms_place = 8, latency_place = 39, write_shift = 41;
constexpr std::size_t least_fields = write_shift + latency_place + 1;

struct Total {
  double kib = 0;
  double ms = 0;
  double latency_sum = 0; // microseconds, of all operations
};

class FioReader {
public:
  explicit FioReader(double block_kib) : block_kib_(block_kib) {}

  void operator()(const std::string& line, Instant /*at*/, Readings& to) {
    if (line.starts_with("fio: ")) {
      to.problem = line;
      return;
    }
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, ';');) {
      fields.push_back(field);
    }
    if (fields.size() < least_fields || fields[0] != "3") {
      return;
    }
    if (leading_number(fields[4]).value_or(0) != 0) {
      to.problem = fmt::format("fio: error {}", fields[4]);
    }
    take(fields, 0, totals_[0], "read", to);
    take(fields, write_shift, totals_[1], "write", to);
  }

private:
  void
  take(const std::vector<std::string>& fields, std::size_t shift, Total& before, const std::string& what, Readings& to)
      const {
    Total now;
    now.kib = leading_number(fields[kib_place + shift]).value_or(0);
    now.ms = leading_number(fields[run_ms_place + shift]).value_or(0);
    now.latency_sum = leading_number(fields[latency_place + shift]).value_or(0) * now.kib / block_kib_;
    const double seconds = (now.ms - before.ms) / 1e3;
    if (seconds > 0) {
      const double operations = (now.kib - before.kib) / block_kib_;
      to.values.emplace_back(what + "_rate", (now.kib - before.kib) * 1024 / 1e6 / seconds);
      to.values.emplace_back(what + "_operations", operations / seconds);
      if (operations >= 1) {
        to.values.emplace_back(what + "_latency", (now.latency_sum - before.latency_sum) / operations / 1e3);
      }
      before = now;
    }
  }

  double block_kib_;
  std::array<Total, 2> totals_;
};

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& /*place*/, unsigned /*round*/) {
  return {
      "fio",
      "--name=workload",
      "--filename=" + options.text("folder") + "/fio.data",
      fmt::format("--size={}", options.bytes("size")),
      fmt::format("--bs={}", options.bytes("block")),
      "--rw=" + options.text("pattern"),
      "--ioengine=libaio",
      "--iodepth=" + options.text("depth"),
      fmt::format("--direct={}", options.is("direct", "true") ? 1 : 0),
      "--time_based",
      "--runtime=86400",
      "--status-interval=1",
      "--output-format=terse",
      "--terse-version=3"};
}

} // namespace

Plugin fio_plugin() {
  std::vector<WorkloadMetric> metrics;
  for (const std::string what : {"read", "write"}) {
    metrics.push_back({what + "_rate", "MB/s", "in a second; 1 MB is 10^6 bytes"});
    metrics.push_back({what + "_operations", "1/s", "in a second"});
    metrics.push_back({what + "_latency", "ms", "mean of a second's operations"});
  }
  return {
      .kind =
          {.name = "fio",
           .about = "reads and writes of a file on the guest's disk",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"block", "4KiB", AmountText{{512}, Bytes::mib(16)}, "of one operation"},
                {"depth", "1", CountText{1, 1024}, "operations at once"},
                {"direct", "true", WordText{{"true", "false"}}, "past the guest's page cache (O_DIRECT)"},
                {"folder", "/var/tmp", PathText{}, "where its file is"},
                {"pattern",
                 "randrw",
                 WordText{{"read", "write", "rw", "randread", "randwrite", "randrw"}},
                 "as fio calls it; rw and randrw: half of each"},
                {"size", "64MiB", AmountText{Bytes::mib(1), Bytes::gib(1024)}, "of the file"}},
           .metrics = metrics,
           .programs = {{"fio", "fio"}}},
      .argv = argv_of,
      .reader = [](const Options& options) -> LineReader {
        return FioReader(static_cast<double>(options.bytes("block")) / 1024);
      }};
}

} // namespace migralab
