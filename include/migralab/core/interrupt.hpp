// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, SIGTERM and a closed terminal as a flag that every wait looks at, so that work ends at a known point and is
// undone.
#pragma once

namespace migralab {

/// Installs handlers for SIGINT, SIGTERM and SIGHUP (unless that is ignored, as by nohup), and ignores SIGPIPE.
/// Children of a fork keep them.
void watch_for_interrupts();

/// True once a signal came.
[[nodiscard]] bool interrupted();

/// While it lives, signals that came before do not count: what an interrupt has broken off is undone, and that has to
/// wait for others, too. One more signal breaks that off as well.
class CleaningUp {
public:
  CleaningUp();
  CleaningUp(const CleaningUp&) = delete;
  CleaningUp& operator=(const CleaningUp&) = delete;
  ~CleaningUp();

private:
  int before_;
};

/// Throws Error "interrupted" with exit code 130 once a signal came.
void throw_if_interrupted();

} // namespace migralab
