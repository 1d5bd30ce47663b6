// SPDX-License-Identifier: Apache-2.0
// What remote hosts are told to do: two scripts of this folder, for sh(1), whose words are their arguments.
#pragma once

namespace migralab {

/// migralab-remote. As root.
extern const char* const remote_program;

/// migralab-facts.
extern const char* const facts_program;

} // namespace migralab
