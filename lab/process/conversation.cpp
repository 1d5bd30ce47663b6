// SPDX-License-Identifier: Apache-2.0
#include "conversation.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace migralab {

namespace {

/// A command that ends without reading its input must not end us: while this lives, SIGPIPE is held back from this
/// thread, and the one that our own writing caused is taken away (pthread_sigmask(3), sigtimedwait(2)).
class NoBrokenPipe {
public:
  NoBrokenPipe() {
    ::sigemptyset(&broken_pipe_);
    ::sigaddset(&broken_pipe_, SIGPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    theirs_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  ~NoBrokenPipe() {
    constexpr timespec at_once{};
    while (!theirs_ && ::sigtimedwait(&broken_pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  sigset_t broken_pipe_{};
  sigset_t before_{};
  bool theirs_ = false; // it waited before us, for somebody who holds it back
};

/// Reads what there is; closes the pipe at its end.
void drain(UniqueFd& from, std::string& text) {
  std::array<char, 65536> buffer; // not filled: it is read into
  const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  } else if (got == 0) {
    from.reset();
  }
}

/// After the command's end: what is in the pipe now and no more. A grandchild may keep it open for ever.
void drain_rest(UniqueFd& from, std::string& text) {
  int waiting = 0;
  if (!from || ::ioctl(from.get(), FIONREAD, &waiting) != 0) {
    return;
  }
  for (const std::size_t whole = text.size() + static_cast<std::size_t>(waiting); from && text.size() < whole;) {
    drain(from, text);
  }
}

/// Tells a command's watcher the lines that are whole, of stdout and stderr in turn.
class LineTeller {
public:
  explicit LineTeller(const Command& command) : watch_(command.watch) {}

  void look_at(const CommandResult& result) {
    if (watch_) {
      tell(result.output, told_output_);
      tell(result.errors, told_errors_);
    }
  }

private:
  void tell(const std::string& text, std::size_t& told) {
    for (std::size_t end = 0; (end = text.find('\n', told)) != std::string::npos; told = end + 1) {
      watch_(text.substr(told, end - told));
    }
  }

  const std::function<void(const std::string&)>& watch_;
  std::size_t told_output_ = 0;
  std::size_t told_errors_ = 0;
};

class Conversation {
public:
  Conversation(const Command& command, pid_t pid, Streams& streams, CommandResult& result)
      : command_(command), process_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))), in_(streams.in),
        out_(streams.out), err_(streams.err), result_(result), teller_(command), deadline_(command.timeout),
        input_(command.input) {
    ::fcntl(in_.write.get(), F_SETFL, O_NONBLOCK);
  }

  Over hold() {
    const NoBrokenPipe no_broken_pipe;
    std::optional<Deadline> grace;
    while (!deadline_.passed() && !interrupted()) {
      if (!grace && command_.ended_early && command_.ended_early()) {
        if (!command_.holds_input) {
          return Over::stopped;
        }
        in_.write.reset();
        grace.emplace(command_.grace);
      }
      if (turn()) {
        return grace ? Over::stopped : Over::ended;
      }
      if (grace && grace->passed()) {
        return Over::stopped;
      }
    }
    return Over::late;
  }

private:
  /// Waits a moment for something to move; true once the command has ended and all that it said is here.
  bool turn() {
    if (command_.more_input && in_.write) {
      input_ += command_.more_input();
    }
    const bool fed = fed_ == input_.size();
    if (fed && !command_.holds_input) {
      in_.write.reset();
    }
    std::array<pollfd, 4> polls{
        {{in_.write.get(), static_cast<short>(fed ? 0 : POLLOUT), 0},
         {out_.read.get(), POLLIN, 0},
         {err_.read.get(), POLLIN, 0},
         {process_.get(), POLLIN, 0}}};
    // A signal may come between the look at interrupted() and poll().
    const int glance_ms = command_.ended_early || command_.more_input ? 50 : 200;
    if (::poll(polls.data(), polls.size(), std::min(deadline_.left_ms(), glance_ms)) < 0) {
      return false; // EINTR
    }
    if (polls[0].revents != 0) {
      feed();
    }
    if (polls[1].revents != 0) {
      drain(out_.read, result_.output);
    }
    if (polls[2].revents != 0) {
      drain(err_.read, result_.errors);
    }
    teller_.look_at(result_);
    if (polls[3].revents == 0) {
      return false;
    }
    drain_rest(out_.read, result_.output);
    drain_rest(err_.read, result_.errors);
    teller_.look_at(result_);
    return true;
  }

  void feed() {
    const ssize_t wrote = ::write(in_.write.get(), input_.data() + fed_, input_.size() - fed_);
    if (wrote > 0) {
      fed_ += static_cast<std::size_t>(wrote);
    } else if (wrote == 0 || errno != EAGAIN) {
      fed_ = input_.size(); // it reads no more (EPIPE)
      in_.write.reset();
    }
  }

  const Command& command_;
  UniqueFd process_;
  StreamPipe& in_;
  StreamPipe& out_;
  StreamPipe& err_;
  CommandResult& result_;
  LineTeller teller_;
  Deadline deadline_;
  std::string input_;
  std::size_t fed_ = 0; // of it
};

} // namespace

StreamPipe::StreamPipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw system_error("cannot make a pipe");
  }
  read.reset(ends[0]);
  write.reset(ends[1]);
}

Over converse(const Command& command, pid_t pid, Streams& streams, CommandResult& result) {
  return Conversation(command, pid, streams, result).hold();
}

} // namespace migralab
