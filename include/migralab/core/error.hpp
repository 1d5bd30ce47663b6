// SPDX-License-Identifier: Apache-2.0
// Operation errors. One root type; each layer that catches adds a line of context and rethrows, so that a
// user reads "up quickstart: start libvirtd of h1: cannot bind its socket". User input has Diagnostics instead.
#pragma once

#include "migralab/core/exit_status.hpp"

#include <functional>
#include <stdexcept>
#include <string>

namespace migralab {

class Error : public std::runtime_error {
public:
  explicit Error(const std::string& what, ExitStatus status = ExitStatus::failed)
      : std::runtime_error(what), status_(status) {}

  [[nodiscard]] ExitStatus status() const { return status_; }

  /// What the user can do next; may be empty. Printed as a line of its own.
  [[nodiscard]] const std::string& hint() const { return hint_; }

  Error& with_hint(std::string hint) {
    hint_ = std::move(hint);
    return *this;
  }

  /// The same error with "context: " in front; keeps status and hint.
  [[nodiscard]] Error in(const std::string& context) const {
    Error outer(context + ": " + what(), status_);
    outer.hint_ = hint_;
    return outer;
  }

private:
  ExitStatus status_;
  std::string hint_;
};

/// The machine lacks a program, a device, a kernel feature or room: exit code 3.
inline Error machine_lacks(const std::string& what, std::string hint) {
  Error error(what, ExitStatus::machine_lacks);
  error.with_hint(std::move(hint));
  return error;
}

/// An Error that names a failed system call: "TEXT: strerror(errno)".
[[nodiscard]] Error system_error(const std::string& text);

/// Runs `body`; an Error that leaves it gets `context` in front.
template <typename Body> auto with_context(const std::string& context, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& error) {
    throw error.in(context);
  }
}

} // namespace migralab
