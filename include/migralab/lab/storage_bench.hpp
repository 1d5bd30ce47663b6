// SPDX-License-Identifier: Apache-2.0
// A lab's storage measured from a host, without a guest, on a scratch disk that comes and goes with the measurement.
#pragma once

#include "migralab/process/command_runner.hpp"
#include "migralab/storage/bench.hpp"
#include "migralab/topology/topology.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab {

struct StorageBench {
  std::string storage;
  std::string host; // from where
  Bytes size;       // of the scratch disk; filled before, so that reads find data
  std::vector<BenchLoad> loads;
};

/// The storages of the topology that have a server. Throws Error (exit code 2) when there is none.
[[nodiscard]] std::vector<std::string> served_storages(const Topology& topology);

/// The host from which a storage is measured: `wished`, or the first on its network. Throws Error (exit code 2) when
/// `wished` is not on it.
[[nodiscard]] std::string bench_host(const Topology& topology, const std::string& storage, const std::string& wished);

/// Inside the lab. `report` gets each result as it comes, also that of a load that was broken off. The scratch disk is
/// gone afterwards, also after an Error.
void run_storage_bench(
    const Topology& topology,
    const StorageBench& bench,
    CommandRunner& runner,
    const std::function<void(const BenchResult&)>& report);

} // namespace migralab
