// SPDX-License-Identifier: Apache-2.0
// Traces of others, as they publish them. Nothing of them is in this repository: give a copy of yours.
#pragma once

#include "migralab/simulation/trace.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab::simulation {

/// A day of PlanetLab's CoMon, as A. Beloglazov publishes them (planetlab-workload-traces) and CloudSim reads them: a
/// folder with a file for each guest, 288 lines each, a whole number of per cent of its processor on each, one for
/// every 5 minutes. Guests are in the order of their files' names. Throws Error (exit code 2) "FILE:LINE: ..." for the
/// first line that is missing, too many, or no number from 0 to 100.
[[nodiscard]] Trace read_planetlab(const std::filesystem::path& folder);
/// The same of these files, in this order: which guest is how large may go by it.
[[nodiscard]] Trace read_planetlab(const std::vector<std::filesystem::path>& files);

/// Bitbrains' GWA-T-12 (fastStorage, Rnd) of the Grid Workloads Archive: a folder with a CSV file for each guest,
/// fields parted by ';' and any white space, the first line their names. Needed are "Timestamp [ms]" (of fastStorage:
/// seconds, whatever its name says), "CPU cores", "CPU capacity provisioned [MHZ]" and "CPU usage [%]"; where they are
/// there, memory and network are read. All guests have the same number of samples, at equal distances of each other; a
/// guest's samples may begin at another time than others'. Throws Error (exit code 2) "FILE:LINE: ..." for the first
/// mistake.
[[nodiscard]] Trace read_bitbrains(const std::filesystem::path& folder);
/// The same of these files, in this order.
[[nodiscard]] Trace read_bitbrains(const std::vector<std::filesystem::path>& files);

/// What agents measured in a lab: `balance_samples.csv` of a trial, or of `migralab balance run --output FOLDER`. A
/// sample holds until the guest's next one, on whichever host; shares are of a host's processors and memory. A guest
/// that nobody tells of yet, or any more, uses nothing. The interval is the median of those between a host's samples.
/// Throws Error (exit code 2) "FILE: ..." for a file that is none, or tells of no guest.
[[nodiscard]] Trace read_lab_samples(const std::filesystem::path& file);

/// Any of these: a folder with `balance_samples.csv`, or that file, is of a lab; a folder whose first file begins with
/// the names of columns is of Bitbrains, another of PlanetLab. A single file of Bitbrains is a trace of one guest.
/// Throws Error (exit code 2) for a path at which there is no trace, with what is there instead.
struct KnownTrace {
  std::string kind; ///< "PlanetLab", "Bitbrains", "lab"
  Trace trace;
};
[[nodiscard]] KnownTrace read_trace(const std::filesystem::path& path);

} // namespace migralab::simulation
