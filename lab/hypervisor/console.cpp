// SPDX-License-Identifier: Apache-2.0
#include "libvirt_hypervisor.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace migralab {

namespace {

constexpr char leave_key = 0x1d; // Ctrl-], as telnet and virsh have it
constexpr auto quiet_end = std::chrono::milliseconds(1000);

/// The terminal in raw mode, as long as this lives.
class RawTerminal {
public:
  RawTerminal() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (is_terminal_) {
      termios raw = before_;
      ::cfmakeraw(&raw);
      ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
  }
  ~RawTerminal() {
    if (is_terminal_) {
      ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

private:
  termios before_ = {};
  bool is_terminal_;
};

/// Sends standard input to the guest until it ends or the user leaves. True: it ended (a script's input).
bool send_input(virStreamPtr stream, const std::atomic<bool>& closed) {
  std::array<char, 512> buffer{};
  while (!closed && !interrupted()) {
    pollfd poll{STDIN_FILENO, POLLIN, 0};
    if (::poll(&poll, 1, 100) <= 0) {
      continue;
    }
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) {
      return true;
    }
    for (ssize_t i = 0; i < got; ++i) {
      if (buffer[static_cast<std::size_t>(i)] == leave_key) {
        return false;
      }
    }
    if (virStreamSend(stream, buffer.data(), static_cast<std::size_t>(got)) < 0) {
      return false;
    }
  }
  return false;
}

} // namespace

void LibvirtHypervisor::console(const std::string& guest) {
  const DomainHandle domain = find_domain(connection_.get(), guest, host_.name);
  const StreamHandle stream(virStreamNew(connection_.get(), 0));
  if (!stream || virDomainOpenConsole(domain.get(), nullptr, stream.get(), VIR_DOMAIN_CONSOLE_FORCE) != 0) {
    throw_libvirt_error(fmt::format("cannot open the console of {}", guest));
  }
  const RawTerminal terminal;
  std::atomic<bool> closed = false;
  std::atomic<Instant> last_output = std::chrono::steady_clock::now();
  std::thread reader([&] {
    std::array<char, 4096> buffer{};
    int got = 0;
    while ((got = virStreamRecv(stream.get(), buffer.data(), buffer.size())) > 0) {
      last_output = std::chrono::steady_clock::now();
      std::fwrite(buffer.data(), 1, static_cast<std::size_t>(got), stdout);
      std::fflush(stdout);
    }
    closed = true;
  });
  const bool script = send_input(stream.get(), closed);
  // Input from a file or a pipe has ended: stay until the guest has answered and fallen silent.
  last_output = std::chrono::steady_clock::now();
  while (script && !closed && !interrupted() && std::chrono::steady_clock::now() - last_output.load() < quiet_end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  virStreamAbort(stream.get()); // wakes the reader
  reader.join();
}

} // namespace migralab
