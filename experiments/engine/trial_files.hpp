// SPDX-License-Identifier: Apache-2.0
// A trial as files and back, without loss. Pure. Private to this room.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <map>
#include <string>

namespace migralab {

/// Name of a file to its content; see RunFolder for which there are.
using TrialFiles = std::map<std::string, std::string>;

/// With a list of the digests of all of them.
[[nodiscard]] TrialFiles files_of(const TrialOutcome& trial);

/// Throws Error that names the file which is missing, is not what was written by its digest, or cannot be right.
/// Instants are relative to a zero of their own: only differences mean something.
[[nodiscard]] TrialOutcome trial_from(const TrialFiles& files);

} // namespace migralab
