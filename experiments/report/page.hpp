// SPDX-License-Identifier: Apache-2.0
// The HTML page of a run.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <string>
#include <string_view>

namespace migralab {

/// One self-contained page: tables, provenance, `figure` (an SVG document) inlined, links to the files next to it.
[[nodiscard]] std::string render_page(const RunOutcome& run, std::string_view figure);

[[nodiscard]] std::string html_escaped(std::string_view text);

} // namespace migralab
