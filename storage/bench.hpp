// SPDX-License-Identifier: Apache-2.0
// What the measuring loop needs of a client library.
#pragma once

#include "migralab/storage/bench.hpp"

#include <functional>
#include <memory>
#include <string>

namespace migralab {

/// A disk whose requests are answered later. One thread.
class AsyncDisk {
public:
  /// Called out of a C library: it must not throw. Not called any more when the disk is being destroyed.
  using Done = std::function<void()>;

  virtual ~AsyncDisk() = default;

  /// `done` is called by service() when all of it has been read.
  virtual void read(std::uint64_t offset, std::uint64_t count, Done done) = 0;
  virtual void write(std::uint64_t offset, std::shared_ptr<const std::string> data, Done done) = 0;

  /// Waits for the server, at most until `deadline`, and handles what came. Throws Error when a request failed.
  virtual void service(const Deadline& deadline) = 0;
};

[[nodiscard]] std::unique_ptr<AsyncDisk> open_for_bench(const IscsiSource& source);
[[nodiscard]] std::unique_ptr<AsyncDisk> open_for_bench(const NfsSource& source);

/// The loop itself, for any disk.
[[nodiscard]] BenchResult run_load(AsyncDisk& disk, Bytes size, const BenchLoad& load);

} // namespace migralab
