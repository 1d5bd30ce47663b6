// SPDX-License-Identifier: Apache-2.0
// "rate=10Mbit/s", "delay=20ms", "loss=1%", "up=none": how a user says on a command line how a network is shaped.
#pragma once

#include "migralab/topology/topology.hpp"

#include <string>
#include <vector>

namespace migralab {

/// `shaping` with these changes. Throws Error (exit code 2) that names the word and says what is wrong with it.
[[nodiscard]] Shaping changed_shaping(Shaping shaping, const std::vector<std::string>& words);

/// "10Mbit/s up, 100Mbit/s down, 20.0 ms delay, 1% loss".
[[nodiscard]] std::string describe_shaping(const Shaping& shaping);

} // namespace migralab
