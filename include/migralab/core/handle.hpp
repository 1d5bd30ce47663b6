// SPDX-License-Identifier: Apache-2.0
// Owners of operating-system and C-library resources: move-only, one template, no hand-written moves.
#pragma once

#include <memory>
#include <utility>

namespace migralab {

/// For pointers of C libraries: UniqueHandle<virDomain, virDomainFree>.
template <auto Release> struct Releaser {
  template <typename T> void operator()(T* pointer) const noexcept { static_cast<void>(Release(pointer)); }
};
template <typename T, auto Release> using UniqueHandle = std::unique_ptr<T, Releaser<Release>>;

/// A file descriptor that is closed once.
class UniqueFd {
public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset(other.release());
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept; // in handle.cpp: close() does not belong in a header

private:
  int fd_ = -1;
};

} // namespace migralab
