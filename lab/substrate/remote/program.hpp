// SPDX-License-Identifier: Apache-2.0
// What remote hosts are told to do: two programs for sh(1), whose words are their arguments.
#pragma once

namespace migralab {

/// VERB ARGUMENTS..., as root: claim, network, list, remove, claims.
extern const char* const remote_program;

/// Prints a line "KEY VALUE" for each fact. Changes nothing; needs no root.
extern const char* const facts_program;

} // namespace migralab
