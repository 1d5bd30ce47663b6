// SPDX-License-Identifier: Apache-2.0
// Storage measured without a guest: requests are kept in flight through the clients that hypervisors use (libiscsi,
// libnfs), and each is timed from its submission to its completion.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/units.hpp"
#include "migralab/hypervisor/guest.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace migralab {

struct BenchLoad {
  enum class Operation { read, write };
  enum class Pattern { sequential, random };
  Operation operation = Operation::read;
  Pattern pattern = Pattern::random;
  Bytes block = {4096}; // a multiple of 512 B, at most 1 MiB
  unsigned depth = 1;   // requests in flight
  Nanoseconds span = std::chrono::seconds(5);
  std::uint64_t seed = 1; // of the random offsets and of what is written
};

/// Of one load. The latencies are all of them, so percentiles are exact.
struct BenchResult {
  BenchLoad load;
  Nanoseconds took{};                 // from the first submission to the last completion
  std::vector<Nanoseconds> latencies; // sorted
  std::string error;                  // why this load was broken off; nothing else is known of it then

  [[nodiscard]] double operations_per_second() const;
  [[nodiscard]] double bytes_per_second() const;
  /// The smallest latency that at least `share` (0 to 1) of the requests did not exceed (nearest rank). Zero without
  /// requests.
  [[nodiscard]] Nanoseconds percentile(double share) const;
};

/// Runs the load on the disk, which is `size` large and loses its content when written to, from the calling thread's
/// network. Throws Error when a request fails or none is answered for ten seconds, or on an interrupt.
[[nodiscard]] BenchResult bench_disk(const DiskSource& source, Bytes size, const BenchLoad& load);

/// "read", "write"; "sequential", "random".
[[nodiscard]] std::string to_string(BenchLoad::Operation operation);
[[nodiscard]] std::string to_string(BenchLoad::Pattern pattern);

} // namespace migralab
