// SPDX-License-Identifier: Apache-2.0
// What a host draws from the socket, by how busy its processors are.
#pragma once

#include <array>
#include <cstddef>

namespace migralab::simulation {

/// Watts at 0 %, 10 %, ..., 100 % of a host's processors, as SPECpower_ssj2008 publishes them; straight lines between.
struct PowerTable {
  std::array<double, 11> watts{};

  /// `share` from 0 to 1; what is outside counts as the nearer end.
  [[nodiscard]] double at(double share) const {
    if (!(share > 0)) {
      return watts.front();
    }
    if (share >= 1) {
      return watts.back();
    }
    const auto below = static_cast<std::size_t>(share * 10);
    // In this form, since where all hosts would draw the same for a guest, the last bit decides where it goes.
    const double slope = (watts[below + 1] - watts[below]) / 10;
    return watts[below] + slope * (share - static_cast<double>(below) / 10) * 100;
  }

  bool operator==(const PowerTable&) const = default;
};

/// HP ProLiant ML110 G4 (Xeon 3040, 2 cores of 1860 MHz) and G5 (Xeon 3075, 2 cores of 2660 MHz): results of
/// SPECpower_ssj2008, as Beloglazov and Buyya 2012 and CloudSim have them.
inline constexpr PowerTable hp_proliant_ml110_g4{{86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117}};
inline constexpr PowerTable hp_proliant_ml110_g5{{93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135}};

} // namespace migralab::simulation
