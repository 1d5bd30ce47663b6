// SPDX-License-Identifier: Apache-2.0
// ApacheBench 2.3 (https://httpd.apache.org/docs/2.4/programs/ab.html). Without -r it ends at the first connection that
// is reset and prints no result; with it, it counts. Its "Requests per second" counts failures as requests: here only
// what was answered well counts.
#include "plugin.hpp"
#include "scan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr unsigned most_requests = 200000; // of one slice; ab takes 40 bytes for each before it begins

/// The results come once, at the end of a slice.
class AbReader {
public:
  void operator()(const std::string& line, Instant /*at*/, Readings& to) {
    if (line.find("apr_") != std::string::npos || line.starts_with("ab:") || line.starts_with("Test aborted")) {
      to.problem = line;
    } else if (const auto span = number_after(line, "Time taken for tests:")) {
      *this = {};
      seconds_ = *span;
    } else if (const auto complete = number_after(line, "Complete requests:")) {
      complete_ = *complete;
    } else if (const auto receive = number_after(line, "Receive:")) {
      // An "exception" is what became of a connection that failed otherwise; refused ones count in both.
      failed_ = std::max(*receive, number_after(line, "Exceptions:").value_or(0)) +
                number_after(line, "(Connect:").value_or(0);
    } else if (const auto other = number_after(line, "Non-2xx responses:")) {
      other_status_ = *other;
    } else if (line.starts_with("Requests per second:") && seconds_ > 0) {
      const double failed = std::min(failed_, complete_);
      answered_ = std::max(0.0, complete_ - failed - other_status_);
      to.values = {{"rate", answered_ / seconds_}, {"errors", failed_}, {"other_status", other_status_}};
    } else if (line.starts_with("Time per request:") && line.ends_with("(mean)")) {
      tell(to, "response_mean", number_after(line, ":"));
    } else if (line.starts_with("  50%")) {
      tell(to, "response_p50", number_after(line, "%"));
    } else if (line.starts_with("  99%")) {
      tell(to, "response_p99", number_after(line, "%"));
    } else if (line.starts_with(" 100%")) {
      tell(to, "response_max", number_after(line, "%"));
    }
  }

private:
  /// How fast an error comes is no response time.
  void tell(Readings& to, const char* metric, std::optional<double> value) const {
    if (value && answered_ > 0) {
      to.values.emplace_back(metric, *value);
    }
  }

  double seconds_ = 0;
  double complete_ = 0;
  double failed_ = 0;
  double other_status_ = 0;
  double answered_ = 0;
};

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& place, unsigned /*round*/) {
  std::vector<std::string> argv{
      "again",
      "ab",
      "-r",
      "-l", // pages of different lengths are no failures
      "-q",
      "-t",
      fmt::format("{:.0f}", options.seconds("slice")),
      "-n",
      std::to_string(most_requests), // after -t, which sets it to 50000
      "-c",
      options.text("clients"),
      "-s",
      fmt::format("{:.0f}", options.seconds("timeout"))};
  if (options.is("keep_alive", "true")) {
    argv.emplace_back("-k");
  }
  argv.push_back(
      fmt::format("http://{}:{}{}", target_of(options, place.address), options.text("port"), options.text("path")));
  return argv;
}

} // namespace

Plugin ab_plugin() {
  return {
      .kind =
          {.name = "ab",
           .about = "ApacheBench: clients that ask a web server as fast as it answers",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"clients", "1", CountText{1, 1000}, "at once"},
                {"keep_alive", "false", WordText{{"false", "true"}}, "several requests on one connection"},
                {"path", "/", PathText{}, "what is asked for"},
                port_option(80),
                slice_option(),
                {"timeout",
                 "30s",
                 SpanText{std::chrono::seconds(1), std::chrono::minutes(10), true},
                 "without a byte for so long, ab gives up"},
                target_option()},
           .metrics =
               {{"rate", "1/s", "requests answered with a 2xx status, per second of a slice"},
                {"errors", "", "connections refused, reset or broken in a slice"},
                {"other_status", "", "answers of another status than 2xx in a slice"},
                {"response_mean", "ms", "of a slice"},
                {"response_p50", "ms", "median of a slice"},
                {"response_p99", "ms", "of a slice"},
                {"response_max", "ms", "of a slice"}},
           .programs = {{"ab", "apache2-utils"}, {"again", ""}}},
      .argv = argv_of,
      .reader = [](const Options&) -> LineReader { return AbReader(); },
      .restarts = true};
}

} // namespace migralab
