// SPDX-License-Identifier: Apache-2.0
// The loop that every pre-copy model shares: send what is left, ask how much was dirtied meanwhile. Doubles inside, in
// bytes and seconds; quantities with types outside.
#pragma once

#include "migralab/models/model.hpp"

#include <functional>
#include <string>

namespace migralab::models {

/// What a page costs beside its content in QEMU's stream.
inline constexpr double page_header = 8;

[[nodiscard]] double seconds(Nanoseconds span);
/// Throws Error for what Nanoseconds cannot hold, 292 years.
[[nodiscard]] Nanoseconds span_of(double seconds);
[[nodiscard]] Bytes whole_bytes(double bytes);

/// Memory, zero pages' headers included: what the first round sends.
[[nodiscard]] double first_round(const ModelInputs& inputs);

/// The bytes that the next round has to send when this one began `began` seconds after the first and took `length`.
struct Dirtying {
  std::function<double(double began, double length)> next_round;
  bool depends_on_time = false; ///< whether `began` matters: otherwise a round no smaller than the last ends all hope
};

/// Where pre-copy stands when it stops the guest.
struct Rounds {
  Ending ending = Ending::converged;
  unsigned rounds = 0;
  double sent = 0; // by the rounds
  double left = 0; // for the guest's pause
};
/// Throws Error "there is no stop rule".
[[nodiscard]] Rounds follow(const ModelInputs& inputs, double first, const Dirtying& dirtying);

/// Pre-copy from its rounds: total = setup + all/R + resume + finish, downtime = left/R + resume.
[[nodiscard]] MigrationPrediction pre_copy(const ModelInputs& inputs, const Rounds& rounds);

// The families, one file each.
[[nodiscard]] MigrationPrediction geometric(const ModelInputs& inputs);
[[nodiscard]] MigrationPrediction saturating(const ModelInputs& inputs, bool sweep);
[[nodiscard]] MigrationPrediction average(const ModelInputs& inputs);
[[nodiscard]] MigrationPrediction history(const ModelInputs& inputs);
[[nodiscard]] MigrationPrediction curve(const ModelInputs& inputs);
[[nodiscard]] MigrationPrediction stop_and_copy(const ModelInputs& inputs);
[[nodiscard]] MigrationPrediction post_copy(const ModelInputs& inputs);
[[nodiscard]] MigrationPrediction hybrid(const ModelInputs& inputs);

} // namespace migralab::models
