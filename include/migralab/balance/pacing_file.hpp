// SPDX-License-Identifier: Apache-2.0
// What a policy remembers as a text, for a coordinator that writes it down and finds it again in its next life. Its
// times are of CLOCK_MONOTONIC, which begins anew with each boot: the text names the boot, and is worth nothing in
// another one. A coordinator without this memory decides all the same; it only forgets cooldowns and earlier overloads.
#pragma once

#include "migralab/balance/pacing.hpp"
#include "migralab/core/units.hpp"

#include <string>

namespace migralab::balance {

/// JSON. `boot`: what /proc/sys/kernel/random/boot_id says, without its end of line.
[[nodiscard]] std::string pacing_text(const PacingState& state, const std::string& boot, Instant now);

/// What pacing_text wrote in this boot, or why the text is not that: "it is of another boot". To be read without harm
/// whatever the text is.
[[nodiscard]] Parsed<PacingState> parse_pacing(const std::string& text, const std::string& boot, Instant now);

} // namespace migralab::balance
