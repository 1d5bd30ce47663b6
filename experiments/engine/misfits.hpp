// SPDX-License-Identifier: Apache-2.0
// What is wrong with an experiment beside its topology. Private to this room.
#pragma once

#include "migralab/core/diagnostics.hpp"
#include "migralab/experiment/experiment.hpp"
#include "places.hpp"

#include <compare>
#include <string>
#include <vector>

namespace migralab {

/// Something that is wrong with a cell, or with the experiment with only one level set.
struct Remark {
  std::string message;
  std::string hint;
  /// Keys of the experiment's file, joined by dots: the first one that it has is to blame. None: the file as a whole.
  std::vector<std::string> paths = {};

  auto operator<=>(const Remark&) const = default;
};

/// Everything in which the experiment does not fit the topology. What of the experiment could not be read is not
/// looked at.
[[nodiscard]] std::vector<Remark> misfits_of(const Experiment& experiment, const Topology& topology);

/// Where the experiment's file says what is to blame.
[[nodiscard]] Location place_of(const Remark& remark, Places& places);

} // namespace migralab
