// SPDX-License-Identifier: Apache-2.0
// The one table of exit codes; `migralab --help` prints it and every Error carries one.
#pragma once

namespace migralab {

enum class ExitStatus : int {
  ok = 0,
  failed = 1,        // the operation failed
  bad_input = 2,     // a wrong file or wrong usage
  machine_lacks = 3, // this machine lacks something that the operation needs
  interrupted = 130, // Ctrl-C or SIGTERM
};

} // namespace migralab
