// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/interrupt.hpp"

#include "migralab/core/error.hpp"

#include <atomic>
#include <csignal>

namespace migralab {

namespace {

std::atomic<int> signals_seen = 0; // lock-free: a signal's handler may count
std::atomic<int> forgiven = 0;     // so many of them do not count

void note_signal(int /*signal*/) {
  ++signals_seen;
}

} // namespace

void watch_for_interrupts() {
  struct sigaction action = {};
  action.sa_handler = note_signal; // no SA_RESTART: a blocked wait must return and look
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  struct sigaction hangup = {};
  // A closed terminal ends what it started; nohup(1) has asked for the contrary.
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
    ::sigaction(SIGHUP, &action, nullptr);
  }
  ::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() {
  return signals_seen > forgiven;
}

CleaningUp::CleaningUp() : before_(forgiven.exchange(signals_seen)) {}

CleaningUp::~CleaningUp() {
  forgiven = before_;
}

void throw_if_interrupted() {
  if (interrupted()) {
    throw Error("interrupted", ExitStatus::interrupted);
  }
}

} // namespace migralab
