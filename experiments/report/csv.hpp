// SPDX-License-Identifier: Apache-2.0
// The tidy tables: one observation a row, units in the column names, times in seconds since the run's origin, an empty
// field where nothing is known. Quoted as RFC 4180 says; lines end with LF.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <string>

namespace migralab {

[[nodiscard]] std::string requests_csv(const RunOutcome& run);
[[nodiscard]] std::string job_samples_csv(const RunOutcome& run);
[[nodiscard]] std::string events_csv(const RunOutcome& run);
[[nodiscard]] std::string network_csv(const RunOutcome& run);
[[nodiscard]] std::string link_rates_csv(const RunOutcome& run);
[[nodiscard]] std::string trials_csv(const RunOutcome& run);

} // namespace migralab
