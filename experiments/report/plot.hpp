// SPDX-License-Identifier: Apache-2.0
// Figures as values: gnuplot scripts for the screen (SVG) and for print (PDF, 8.5 cm wide: a column of a paper), made
// of the same panels. Lengths are in em, the height of the figure's type.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <fmt/format.h>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

// Okabe and Ito's palette, told apart by colour-blind readers too; each also has a point and a dash of its own.
inline constexpr const char* black = "#222222";
inline constexpr const char* blue = "#0072B2";
inline constexpr const char* vermilion = "#D55E00";
inline constexpr const char* green = "#009E73";
inline constexpr const char* purple = "#CC79A7";
inline constexpr const char* orange = "#E69F00";
inline constexpr const char* sky = "#56B4E9";
inline constexpr const char* grey = "#555555";
inline constexpr const char* shade = "#ECE7D8";

struct Look {
  const char* colour;
  const char* pale;
  int point; // of gnuplot's terminals svg and pdfcairo
  const char* dash;
};
/// The looks of series, in their order; again from the first after the last.
[[nodiscard]] const Look& look(std::size_t index);

/// A gnuplot string: in single quotes nothing but the quote is special; line breaks would end the command.
[[nodiscard]] std::string gnuplot_text(std::string_view text);

/// Lines of a script.
class Script {
public:
  template <typename... Args> void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_.push_back('\n');
  }
  void add(std::string_view lines) { text_.append(lines); }
  [[nodiscard]] std::string text() const { return fmt::to_string(text_); }

private:
  fmt::memory_buffer text_;
};

/// One drawing of a figure. Its script sets ranges and tics and plots; what it sets is undone behind it.
struct Panel {
  std::string title;
  double height = 9;  // em
  std::string x_name; // below it; empty: the panels below share its axis
  std::string script;
};

/// An entry of the legend: "with lines lc rgb '...'", "median reply".
struct LegendEntry {
  std::string with;
  std::string title;
};

struct Figure {
  std::string name;    // of its files
  std::string title;   // drawn above it
  std::string caption; // for the page
  std::string warning; // drawn below the title; empty: none
  double left = 5;     // em, for names beside the axis
  std::vector<LegendEntry> legend;
  std::vector<Panel> panels;
};

enum class Medium { screen, print };

/// gnuplot with its script as input; it writes the figure to its standard output.
[[nodiscard]] Command figure_command(const Figure& figure, Medium medium);

/// What gnuplot makes of it: an SVG, or a PDF without the moment at which it was made. Throws Error, exit code 3 where
/// there is no gnuplot.
[[nodiscard]] std::string draw(const Figure& figure, Medium medium, CommandRunner& runner);

/// A PDF without the moment at which it was made.
[[nodiscard]] std::string without_date(std::string pdf);

/// A name that fits beside an axis, and the margin (em) that such names need.
[[nodiscard]] std::string shortened(const std::string& name);
[[nodiscard]] double margin_for(const std::vector<std::string>& names);

/// 1, 2 or 5 times a power of ten, so that an axis up to `highest` has two to five tics.
[[nodiscard]] double tic_step(double highest);

} // namespace migralab
