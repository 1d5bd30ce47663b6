// SPDX-License-Identifier: Apache-2.0
// The HTML page of a run.
#pragma once

#include "analysis.hpp"
#include "plot.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// A figure and its drawing (SVG).
struct DrawnFigure {
  Figure figure;
  std::string svg;
};
/// The figures of one cell.
struct DrawnCell {
  std::size_t cell = 0; // index into Analysis::cells
  std::vector<DrawnFigure> figures;
};

/// One self-contained page: tables, figures inlined, provenance, links to the files next to it. `files` are the tables'
/// file names, relative to the page.
[[nodiscard]] std::string render_page(
    const Analysis& analysis,
    const std::vector<DrawnFigure>& overview,
    const std::vector<DrawnCell>& cells,
    const std::vector<std::string>& files);

/// A drawing as an element of a page: without XML declaration and document type, its ids made unique by `prefix`.
[[nodiscard]] std::string inlined(std::string_view svg, const std::string& prefix);

} // namespace migralab
