// SPDX-License-Identifier: Apache-2.0
#include "migralab/models/markov_chain.hpp"

#include "migralab/core/error.hpp"

#include <cmath>
#include <numeric>

namespace migralab {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// The states that the first one reaches; `backwards`: those that reach it.
std::vector<bool> reached(const Matrix& rates, bool backwards) {
  std::vector<bool> seen(rates.size(), false);
  std::vector<std::size_t> open{0};
  seen[0] = true;
  while (!open.empty()) {
    const std::size_t here = open.back();
    open.pop_back();
    for (std::size_t there = 0; there < rates.size(); ++there) {
      if (!seen[there] && (backwards ? rates[there][here] : rates[here][there]) > 0) {
        seen[there] = true;
        open.push_back(there);
      }
    }
  }
  return seen;
}

} // namespace

MarkovChain::MarkovChain(std::vector<std::string> states)
    : states_(std::move(states)), rates_(states_.size(), std::vector<double>(states_.size(), 0.0)) {
  if (states_.empty()) {
    throw Error("a Markov chain has at least one state");
  }
}

void MarkovChain::add(std::size_t from, std::size_t to, double rate) {
  if (from >= states_.size() || to >= states_.size()) {
    throw Error(
        "a Markov chain of " + std::to_string(states_.size()) + " states has no state " +
        std::to_string(std::max(from, to)));
  }
  const std::string what = "the rate from '" + states_[from] + "' to '" + states_[to] + "'";
  if (from == to) {
    throw Error(what + ": a state does not change into itself");
  }
  if (!(rate >= 0 && std::isfinite(rate))) {
    throw Error(what + " is " + std::to_string(rate));
  }
  rates_[from][to] += rate;
}

std::vector<double> MarkovChain::steady_state() const {
  const std::vector<bool> from_first = reached(rates_, false);
  const std::vector<bool> to_first = reached(rates_, true);
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (!from_first[i]) {
      throw Error("a Markov chain's state '" + states_[i] + "' is never reached from '" + states_[0] + "'");
    }
    if (!to_first[i]) {
      throw Error("a Markov chain's state '" + states_[i] + "' is never left for '" + states_[0] + "'");
    }
  }
  // Take the last state out: whoever went through it goes on at once to where it leads. Its rate of leaving is the sum
  // of rates, not what is left of a diagonal, hence no subtraction.
  Matrix rates = rates_;
  const std::size_t n = rates.size();
  for (std::size_t out = n - 1; out > 0; --out) {
    const auto end = rates[out].begin() + static_cast<std::ptrdiff_t>(out);
    const double leaving = std::accumulate(rates[out].begin(), end, 0.0);
    for (std::size_t i = 0; i < out; ++i) {
      rates[i][out] /= leaving;
      for (std::size_t j = 0; j < out; ++j) {
        if (i != j) {
          rates[i][j] += rates[i][out] * rates[out][j];
        }
      }
    }
  }
  std::vector<double> share{1};
  for (std::size_t back = 1; back < n; ++back) {
    double sum = 0;
    for (std::size_t i = 0; i < back; ++i) {
      sum += share[i] * rates[i][back];
    }
    share.push_back(sum);
  }
  const double all = std::accumulate(share.begin(), share.end(), 0.0);
  for (double& one : share) {
    one /= all;
  }
  return share;
}

} // namespace migralab
