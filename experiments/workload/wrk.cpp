// SPDX-License-Identifier: Apache-2.0
// wrk 4 (https://github.com/wg/wrk): a closed loop, like ab, with less work for each request. A request without an
// answer within `timeout` is a number among the errors, and in no latency.
#include "plugin.hpp"
#include "scan.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

class WrkReader {
public:
  void operator()(const std::string& line, Instant /*at*/, Readings& to) {
    const std::vector<std::string> words = words_of(line);
    if (line.starts_with("unable to ") || line.starts_with("wrk:")) {
      to.problem = line;
    } else if (words.size() == 5 && words[0] == "Latency") {
      mean_ = milliseconds(words[1]);
      max_ = milliseconds(words[3]);
    } else if (words.size() == 2 && words[0] == "50%") {
      p50_ = milliseconds(words[1]);
    } else if (words.size() == 2 && words[0] == "99%") {
      p99_ = milliseconds(words[1]);
    } else if (words.size() == 6 && words[1] == "requests" && words[2] == "in") {
      requests_ = leading_number(words[0]).value_or(0);
      seconds_ = milliseconds(words[3].substr(0, words[3].find(','))).value_or(0) / 1e3;
    } else if (line.find("Socket errors:") != std::string::npos) {
      for (const char* kind : {"connect ", "read ", "write ", "timeout "}) {
        errors_ += number_after(line, kind).value_or(0);
      }
    } else if (const auto other = number_after(line, "Non-2xx or 3xx responses:")) {
      other_status_ = *other;
    } else if (line.starts_with("Requests/sec:") && seconds_ > 0) {
      finish(to);
    }
  }

private:
  void finish(Readings& to) {
    const double answered = std::max(0.0, requests_ - other_status_);
    to.values = {{"rate", answered / seconds_}, {"errors", errors_}, {"other_status", other_status_}};
    if (requests_ > 0) {
      to.values.emplace_back("response_mean", mean_.value_or(0));
      to.values.emplace_back("response_p50", p50_.value_or(0));
      to.values.emplace_back("response_p99", p99_.value_or(0));
      to.values.emplace_back("response_max", max_.value_or(0));
    }
    *this = {};
  }

  std::optional<double> mean_, max_, p50_, p99_;
  double requests_ = 0;
  double seconds_ = 0;
  double errors_ = 0;
  double other_status_ = 0;
};

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& place, unsigned /*round*/) {
  return {
      "again",
      "wrk",
      "-t",
      "1",
      "-c",
      options.text("clients"),
      "-d",
      fmt::format("{:.0f}s", options.seconds("slice")),
      "--timeout",
      fmt::format("{:.0f}s", options.seconds("timeout")),
      "--latency",
      fmt::format("http://{}:{}{}", target_of(options, place.address), options.text("port"), options.text("path"))};
}

} // namespace

Plugin wrk_plugin() {
  return {
      .kind =
          {.name = "wrk",
           .about = "clients that ask a web server as fast as it answers, on connections that stay open",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"clients", "4", CountText{1, 1000}, "connections at once"},
                {"path", "/", PathText{}, "what is asked for"},
                port_option(80),
                slice_option(),
                {"timeout",
                 "30s",
                 SpanText{std::chrono::seconds(1), std::chrono::minutes(10), true},
                 "a request without an answer for so long is an error (wrk's own default is 2s)"},
                target_option()},
           .metrics =
               {{"rate", "1/s", "requests answered with a 2xx or 3xx status, per second of a slice"},
                {"errors", "", "connections or requests of a slice that failed or timed out"},
                {"other_status", "", "answers of another status in a slice"},
                {"response_mean", "ms", "of a slice"},
                {"response_p50", "ms", "median of a slice"},
                {"response_p99", "ms", "of a slice"},
                {"response_max", "ms", "of a slice"}},
           .programs = {{"wrk", "wrk"}, {"again", ""}}},
      .argv = argv_of,
      .reader = [](const Options&) -> LineReader { return WrkReader(); },
      .restarts = true};
}

} // namespace migralab
