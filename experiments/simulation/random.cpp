// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/random.hpp"

#include <bit>

namespace migralab::simulation {

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) { // SplitMix64: any seed will do, 0 too
    seed += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    word = mixed ^ (mixed >> 31U);
  }
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t limit) {
  const std::uint64_t uneven = (0 - limit) % limit; // so many of the 2^64 numbers are too many
  std::uint64_t number = next();
  while (number < uneven) {
    number = next();
  }
  return number % limit;
}

double Random::about_normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) {
    sum += uniform();
  }
  return sum;
}

} // namespace migralab::simulation
