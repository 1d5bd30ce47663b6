// SPDX-License-Identifier: Apache-2.0
// httperf 0.9 (Mosberger and Jin 1998) with the ramp of autobench: one run per demanded rate, from low to high, then
// from low again. Connections are opened by plan, whatever the answers: an open loop.
#include "plugin.hpp"
#include "scan.hpp"

#include <cmath>
#include <fmt/format.h>

namespace migralab {

namespace {

double step_of(const Options& options, unsigned round) {
  const double low = options.per_second("low");
  const double high = options.per_second("high");
  const double step = options.per_second("step");
  const auto steps = static_cast<unsigned>(std::floor((high - low) / step + 1e-9)) + 1;
  return low + step * (round % steps);
}

class HttperfReader {
public:
  void operator()(const std::string& line, Instant /*at*/, Readings& to) {
    if (line.starts_with("httperf --")) { // it repeats its command line
      *this = {};
      demanded_ = number_after(line, "--rate=").value_or(0) * number_after(line, "--num-calls=").value_or(1);
    } else if (line.starts_with("httperf:") && line.find("warning") == std::string::npos) {
      to.problem = line;
    } else if (line.starts_with("Total:")) {
      replies_ = number_after(line, "replies").value_or(0);
      seconds_ = number_after(line, "test-duration").value_or(0);
    } else if (line.starts_with("Reply time [ms]:")) {
      response_ = number_after(line, "response").value_or(0) + number_after(line, "transfer").value_or(0);
    } else if (line.starts_with("Reply status:")) {
      for (const char* status : {"1xx=", "3xx=", "4xx=", "5xx="}) {
        other_status_ += number_after(line, status).value_or(0);
      }
    } else if (line.starts_with("Errors: total")) {
      total_ = number_after(line, "total").value_or(0);
      timed_out_ = number_after(line, "client-timo").value_or(0) + number_after(line, "socket-timo").value_or(0);
      refused_ = number_after(line, "connrefused").value_or(0);
      reset_ = number_after(line, "connreset").value_or(0);
    } else if (const auto descriptors = number_after(line, "fd-unavail")) {
      finish(to, *descriptors);
    }
  }

private:
  void finish(Readings& to, double descriptors) const {
    if (seconds_ <= 0) {
      return;
    }
    to.values = {
        {"demanded_rate", demanded_},
        {"reply_rate", replies_ / seconds_},
        {"errors", total_},
        {"errors_timed_out", timed_out_},
        {"errors_refused", refused_},
        {"errors_reset", reset_},
        {"other_status", other_status_}};
    if (replies_ > 0) {
      to.values.emplace_back("reply_time", response_);
    }
    if (descriptors > 0) { // the client was the limit, not the server
      to.problem =
          fmt::format("httperf ran out of file descriptors {:.0f} times: this rate was not offered", descriptors);
    }
  }

  double demanded_ = 0;
  double replies_ = 0;
  double seconds_ = 0;
  double response_ = 0;
  double other_status_ = 0;
  double total_ = 0;
  double timed_out_ = 0;
  double refused_ = 0;
  double reset_ = 0;
};

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& place, unsigned round) {
  return {
      "httperf",
      "--hog",
      "--server",
      target_of(options, place.address),
      "--port",
      options.text("port"),
      "--uri",
      options.text("path"),
      "--rate",
      fmt::format("{}", step_of(options, round)),
      "--num-conns",
      options.text("connections"),
      "--num-calls",
      options.text("calls"),
      "--timeout",
      fmt::format("{}", options.seconds("timeout"))};
}

std::string check(const Options& options) {
  return options.per_second("low") <= options.per_second("high")
             ? ""
             : fmt::format(
                   "the ramp goes from low ({}) up to high ({}): write low at most as high",
                   options.text("low"),
                   options.text("high"));
}

} // namespace

Plugin httperf_plugin() {
  constexpr FrequencyText rates{0.1, 100000};
  return {
      .kind =
          {.name = "httperf",
           .about =
               "a ramp of connection rates, as autobench makes it: a run for each rate, then from the lowest again",
           .loop = WorkloadKind::Loop::open,
           .options =
               {{"calls", "1", CountText{1, 10000}, "requests on each connection"},
                {"connections", "100", CountText{1, 1000000}, "at each rate; with the rate they say how long it takes"},
                {"high", "100/s", rates, "highest rate of connections"},
                {"low", "10/s", rates, "lowest rate"},
                {"path", "/", PathText{}, "what is asked for"},
                port_option(80),
                {"step", "10/s", rates, "between one rate and the next"},
                {"timeout",
                 "5s",
                 SpanText{std::chrono::milliseconds(100), std::chrono::minutes(10), false},
                 "a reply that takes longer is an error"},
                target_option()},
           .metrics =
               {{"demanded_rate", "1/s", "requests per second that this run was to send"},
                {"reply_rate", "1/s", "replies per second that came, of any status"},
                {"reply_time", "ms", "mean, from the request to the reply's last byte"},
                {"errors", "", "of a run, of every cause"},
                {"errors_timed_out", "", "no reply in time"},
                {"errors_refused", "", "connections refused"},
                {"errors_reset", "", "connections reset"},
                {"other_status", "", "replies of another status than 2xx"}},
           .programs = {{"httperf", "httperf"}}},
      .argv = argv_of,
      .reader = [](const Options&) -> LineReader { return HttperfReader(); },
      .restarts = true,
      .check = check};
}

} // namespace migralab
