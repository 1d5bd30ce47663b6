// SPDX-License-Identifier: Apache-2.0
// What guests used, over the last samples.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace migralab::simulation {

class History {
public:
  /// Of 150 minutes at PlanetLab's interval, as CloudSim keeps.
  static constexpr std::size_t depth = 30;

  explicit History(std::size_t guests) : values_(guests * room) {}

  /// `shares`: of each guest's own processors, a number for each guest. The oldest sample is forgotten.
  void add(std::span<const double> shares) {
    if (newest_ == 0) {
      make_room();
    }
    --newest_;
    for (std::size_t guest = 0; guest < shares.size(); ++guest) {
      values_[guest * room + newest_] = shares[guest];
    }
    size_ = std::min(size_ + 1, depth);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  /// The newest first.
  [[nodiscard]] std::span<const double> of(std::size_t guest) const {
    return {values_.data() + guest * room + newest_, size_};
  }

private:
  // Samples of a guest lie side by side and are written from the far end towards the near one; so nothing is moved but
  // every `room - depth` samples.
  static constexpr std::size_t room = 4 * depth;

  void make_room() {
    for (std::size_t guest = 0; guest < values_.size(); guest += room) {
      std::copy_n(values_.data() + guest, depth, values_.data() + guest + room - depth);
    }
    newest_ = room - depth;
  }

  std::size_t newest_ = room;
  std::size_t size_ = 0;
  std::vector<double> values_;
};

} // namespace migralab::simulation
