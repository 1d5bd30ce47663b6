// SPDX-License-Identifier: Apache-2.0
#include "root_progress.hpp"

#include <algorithm>
#include <sstream>

namespace migralab {

namespace {

constexpr unsigned events_per_package = 3;
constexpr double first_round = 0.35; // a third of a usual image's packages

/// The n-th word, from 0, without ":amd64".
std::string word_of(const std::string& line, unsigned n) {
  std::istringstream words(line);
  std::string word;
  for (unsigned i = 0; i <= n; ++i) {
    word.clear();
    words >> word;
  }
  return word.substr(0, word.find(':'));
}

} // namespace

bool RootProgress::feed(const std::string& line) {
  if (const std::size_t newly = line.find(" newly installed"); newly != std::string::npos) {
    const std::size_t number = line.find_last_not_of("0123456789", newly - 1) + 1;
    packages_ = static_cast<unsigned>(std::strtoul(line.c_str() + number, nullptr, 10));
    events_ = 0;
    round_ = std::min(round_ + 1, 2U);
    return false;
  }
  if (round_ == 0) {
    return false; // lists are fetched with "Get:" lines, too
  }
  if (line.starts_with("Get:")) {
    detail_ = "fetching " + word_of(line, 4); // Get:7 URL SUITE ARCHITECTURE PACKAGE ...
  } else if (line.starts_with("Unpacking ")) {
    detail_ = "unpacking " + word_of(line, 1);
  } else if (line.starts_with("Setting up ")) {
    detail_ = "setting up " + word_of(line, 2);
  } else {
    return false;
  }
  ++events_;
  return true;
}

double RootProgress::done() const {
  const double all = packages_ * events_per_package;
  const double part = all == 0 ? 0 : std::min(1.0, events_ / all);
  switch (round_) {
  case 0:
    return 0;
  case 1:
    return first_round * part;
  default:
    return first_round + (1 - first_round) * part;
  }
}

} // namespace migralab
