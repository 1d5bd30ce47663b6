// SPDX-License-Identifier: Apache-2.0
// What goes on between a command and its runner from its start to its end. Private to this room.
#pragma once

#include "migralab/core/handle.hpp"
#include "migralab/process/command.hpp"

#include <sys/types.h>

namespace migralab {

/// Throws Error when the kernel gives none.
struct StreamPipe { // room substrate has a Pipe of its own
  UniqueFd read;
  UniqueFd write;

  StreamPipe();
};

/// The command's streams; what is ours of them is closed by converse().
struct Streams {
  StreamPipe in;
  StreamPipe out;
  StreamPipe err;
};

/// Why a conversation is over.
enum class Over { ended, late, stopped };

/// Moves input and output until the command has ended, its deadline has passed, or its owner wants it no more. Late
/// also on an interrupt: the command is in a process group of its own, which Ctrl-C in a terminal does not reach. What
/// the command said is in `result`.
[[nodiscard]] Over converse(const Command& command, pid_t pid, Streams& streams, CommandResult& result);

} // namespace migralab
