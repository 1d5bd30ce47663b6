// SPDX-License-Identifier: Apache-2.0
// Gudkov's: a measured curve of distinct dirty pages over time.
#include "rounds.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>

namespace migralab::models {
namespace {

struct Point {
  double at = 0;    // seconds
  double pages = 0; // distinct, dirtied by then
};

double on_line(Point from, Point to, double at) {
  return from.pages + (to.pages - from.pages) * (at - from.at) / (to.at - from.at);
}

std::vector<Point> points_of(const ModelInputs& inputs) {
  if (inputs.dirty_curve.size() < 2) {
    throw Error("the curve of dirty memory has " + std::to_string(inputs.dirty_curve.size()) + " points; it takes 2");
  }
  std::vector<Point> points;
  for (const DirtyPoint& point : inputs.dirty_curve) {
    const Point next{
        seconds(point.period), static_cast<double>(point.dirtied.count) / static_cast<double>(inputs.page_size.count)};
    const Point last = points.empty() ? Point{} : points.back();
    if (next.at <= last.at || next.pages < last.pages) {
      throw Error(
          "point " + std::to_string(points.size() + 1) +
          " of the curve of dirty memory is not later than the one before, or lower");
    }
    points.push_back(next);
  }
  return points;
}

double pages_after(const std::vector<Point>& points, double at) {
  const auto later = std::find_if(points.begin(), points.end(), [at](Point point) { return point.at >= at; });
  if (later == points.begin()) { // the worst case of a concave curve: a jump at once, then the first slope
    return on_line({0, std::max(0.0, on_line(points[0], points[1], 0))}, points[0], at);
  }
  const auto to = later == points.end() ? points.end() - 1 : later;
  return on_line(*(to - 1), *to, at);
}

} // namespace

MigrationPrediction curve(const ModelInputs& inputs) {
  const std::vector<Point> points = points_of(inputs);
  const double page = static_cast<double>(inputs.page_size.count);
  const double all_pages = static_cast<double>(inputs.memory.count) / page;
  const auto on_the_wire = [page](double pages) { return pages * (page + page_header); };
  const Dirtying dirtying{
      [&](double, double length) { return on_the_wire(std::min(all_pages, pages_after(points, length))); }};
  const double first = on_the_wire(all_pages) + page_header * static_cast<double>(inputs.zero_pages);
  return pre_copy(inputs, follow(inputs, first, dirtying));
}

} // namespace migralab::models
