// SPDX-License-Identifier: Apache-2.0
// Our own copies (topologies/images/guestbox): each guest that runs it copies to others, drawn at random.
#include "plugin.hpp"
#include "scan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

// copied 2.734 s 8388608 bytes to 10.10.0.15 in 0.612345 s
// failed 3.739 s 10.10.0.16: Connection refused
void read_line(const std::string& line, Instant /*at*/, Readings& to) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() == 10 && words[0] == "copied") {
    const double seconds = leading_number(words[8]).value_or(0);
    to.values = {{"copies", 1}};
    if (seconds > 0) {
      to.values.emplace_back("rate", leading_number(words[3]).value_or(0) / 1e6 / seconds);
    }
  } else if (words.size() > 3 && words[0] == "failed") {
    to.values = {{"failed_copies", 1}};
  } else if (line.starts_with("copies:")) {
    to.problem = line;
  }
}

std::vector<std::string> argv_of(const Options& options, const WorkloadPlace& place, unsigned /*round*/) {
  std::vector<std::string> peers;
  for (const Ipv4Address peer : place.peers) {
    peers.push_back(to_string(peer));
  }
  return {
      "copies",
      "--peers",
      fmt::format("{}", fmt::join(peers, ",")),
      "--size",
      std::to_string(options.bytes("size")),
      "--pause",
      fmt::format("{:.0f}ms", options.seconds("pause") * 1e3),
      "--busy",
      options.text("busy"),
      "--port",
      options.text("port"),
      "--seed",
      options.text("seed"),
      "--name",
      place.node};
}

} // namespace

Plugin copies_plugin() {
  return {
      .kind =
          {.name = "copies",
           .about = "copies to other guests, one after the other, each to one drawn at random; and takes theirs",
           .loop = WorkloadKind::Loop::closed,
           .options =
               {{"busy",
                 "0%",
                 PercentText{.zero_too = true},
                 "no copy begins before the guest's processors have been less busy than that; 0%: as much as it takes"},
                {"pause",
                 "1s",
                 SpanText{std::chrono::milliseconds(1), std::chrono::hours(1), false},
                 "before each copy"},
                port_option(7007),
                {"seed", "1", CountText{0, 4294967295}, "of the draws, together with the guest's name"},
                {"size", "8MiB", AmountText{{1}, Bytes::gib(1)}, "of a copy"}},
           .metrics =
               {{"copies", "", "1 for each copy that its peer has answered"},
                {"rate", "MB/s", "of a copy, from its beginning to the answer"},
                {"failed_copies", "", "1 for each copy that was refused or broke, or of which nothing went for 5 s"}},
           .programs = {{"copies", ""}}},
      .argv = argv_of,
      .reader = [](const Options&) -> LineReader { return read_line; }};
}

} // namespace migralab
