// SPDX-License-Identifier: Apache-2.0
#include "plot.hpp"

#include "migralab/core/error.hpp"
#include "table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace migralab {

namespace {

constexpr std::array<Look, 6> looks{{
    {blue, "#9DCBE8", 7, "1"},
    {vermilion, "#F0BE96", 9, "'-'"},
    {green, "#94D3C0", 5, "'.'"},
    {purple, "#EBCADB", 13, "'-.'"},
    {orange, "#F5D795", 11, "(12,3)"},
    {black, "#BBBBBB", 6, "(3,3)"},
}};

/// How large an em and the figure are.
struct Sheet {
  Medium medium = Medium::screen;
  double em = 13;     // in the unit of width
  double width = 760; // pixels; print: fortieths of a centimetre
  double width_em() const { return width / em; }
};

Sheet sheet_for(Medium medium) {
  return medium == Medium::screen ? Sheet{medium, 13, 760} : Sheet{medium, 10, 340};
}

constexpr double gap = 2.0;     // above a panel, with its title
constexpr double footing = 4.0; // tics and name of an axis
constexpr double line_height = 1.35;
constexpr double legend_row = 1.65; // as gnuplot spaces them
constexpr std::size_t longest_name = 24;

/// How many entries of the legend fit beside each other, by their longest title.
int legend_columns(const Figure& figure, const Sheet& sheet) {
  std::size_t longest = 1;
  for (const LegendEntry& entry : figure.legend) {
    longest = std::max(longest, width_of(entry.title));
  }
  const double each = 0.58 * static_cast<double>(longest) + 4.5;
  const int fitting = static_cast<int>((sheet.width_em() - 1.5) / each);
  return std::clamp(fitting, 1, std::max(1, static_cast<int>(figure.legend.size())));
}

int legend_rows(const Figure& figure, int columns) {
  return (static_cast<int>(figure.legend.size()) + columns - 1) / columns;
}

/// Breaks a text at blanks into lines of at most `most` characters.
std::vector<std::string> wrapped(const std::string& text, std::size_t most) {
  std::vector<std::string> lines(1);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > most) {
      lines.emplace_back();
    }
    lines.back() += (lines.back().empty() ? "" : " ") + word;
    at = end + 1;
  }
  return lines;
}

class Drawing {
public:
  Drawing(const Figure& figure, const Sheet& sheet) : figure_(figure), sheet_(sheet) {
    const auto letters = static_cast<std::size_t>((sheet.width_em() - 1.5) / 0.62);
    heading_ = wrapped(figure.title, static_cast<std::size_t>(static_cast<double>(letters) / 1.15));
    warning_ = figure.warning.empty() ? std::vector<std::string>{} : wrapped(figure.warning, letters);
    columns_ = legend_columns(figure, sheet);
    height_ = top_of_panels();
    for (const Panel& panel : figure.panels) {
      height_ += gap + panel.height + (panel.x_name.empty() ? 0 : footing);
    }
    height_ = std::max(height_ + 0.3, top_of_panels() + 1);
  }

  std::string script() {
    head();
    heading();
    legend();
    double top = top_of_panels();
    int index = 0;
    for (const Panel& panel : figure_.panels) {
      top += gap;
      draw(panel, top, index++);
      top += panel.height + (panel.x_name.empty() ? 0 : footing);
    }
    out_.line("unset multiplot");
    return out_.text();
  }

private:
  [[nodiscard]] double top_of_panels() const {
    double top = 0.6 + static_cast<double>(heading_.size()) * line_height * 1.15 +
                 static_cast<double>(warning_.size()) * line_height;
    if (!figure_.legend.empty()) {
      top += 0.3 + legend_rows(figure_, columns_) * legend_row;
    }
    return top;
  }
  [[nodiscard]] double screen_y(double from_top) const { return 1 - from_top / height_; }
  [[nodiscard]] double screen_x(double from_left) const { return from_left / sheet_.width_em(); }

  void head() {
    const double height = height_ * sheet_.em;
    out_.line("set encoding utf8");
    if (sheet_.medium == Medium::screen) {
      out_.line(
          "set terminal svg size {:.0f},{:.0f} dynamic font 'sans-serif,13' background '#ffffff' noenhanced",
          sheet_.width,
          height);
    } else {
      out_.line(
          "set terminal pdfcairo size {:.3f}cm,{:.3f}cm font 'DejaVu Sans,5.8' fontscale 1 noenhanced lw 0.7",
          sheet_.width / 40,
          height / 40);
    }
    out_.line("set multiplot");
  }

  /// Text and legend are a plot of their own, without axes.
  void heading() {
    double from_top = 0.6;
    int tag = 1;
    const double points = sheet_.medium == Medium::screen ? 15 : 6.7;
    for (const std::string& text : heading_) {
      out_.line(
          "set label {} {} at screen {:.5f},{:.5f} left font ',{}'",
          tag++,
          gnuplot_text(text),
          screen_x(0.7),
          screen_y(from_top + 0.6),
          points);
      from_top += line_height * 1.15;
    }
    for (const std::string& text : warning_) {
      out_.line(
          "set label {} {} at screen {:.5f},{:.5f} left tc rgb '{}'",
          tag++,
          gnuplot_text(text),
          screen_x(0.7),
          screen_y(from_top + 0.5),
          vermilion);
      from_top += line_height;
    }
    legend_top_ = from_top + 0.3;
  }

  void legend() {
    out_.line("unset border; unset tics; set xrange [0:1]; set yrange [0:1]");
    // gnuplot asks of a legend that it fit between the plot's margins, wherever it stands.
    out_.line("set lmargin at screen 0; set rmargin at screen 1");
    out_.line("set tmargin at screen {:.5f}", screen_y(legend_top_));
    out_.line("set bmargin at screen {:.5f}", screen_y(legend_top_ + 1));
    if (figure_.legend.empty()) {
      out_.line("plot -1 notitle");
    } else {
      out_.line(
          "set key at screen {:.5f},{:.5f} left top Left reverse horizontal maxcols {} samplen 2 width 1 spacing 1.05",
          screen_x(0.3),
          screen_y(legend_top_),
          columns_);
      std::string entries;
      for (const LegendEntry& entry : figure_.legend) {
        entries += fmt::format(", keyentry {} title {}", entry.with, gnuplot_text(entry.title));
      }
      out_.line("plot -1 notitle{}", entries);
    }
    out_.line("unset label; unset key");
    out_.line("set lmargin at screen {:.5f}", screen_x(figure_.left));
    out_.line("set rmargin at screen {:.5f}", screen_x(sheet_.width_em() - 1.8));
  }

  void draw(const Panel& panel, double top, int index) {
    out_.line("set tmargin at screen {:.5f}", screen_y(top));
    out_.line("set bmargin at screen {:.5f}", screen_y(top + panel.height));
    out_.line("set border 3 lc rgb '{}'; set tics nomirror out scale 0.5", grey);
    out_.line("set xtics nomirror autofreq; set ytics nomirror autofreq; set autoscale");
    out_.line("set grid xtics ytics lc rgb '#DDDDDD' lw 0.8 dt 1");
    out_.line("set label 1 {} at graph 0, graph 1 offset 0,0.75 left tc rgb 'black'", gnuplot_text(panel.title));
    out_.line("set format '%g'");
    if (panel.x_name.empty()) {
      out_.line("set format x ''");
    } else {
      out_.line("set xlabel {} offset 0,0.5", gnuplot_text(panel.x_name));
    }
    std::string script = panel.script; // each panel names its data $data; blocks of all panels live side by side
    for (std::size_t at = script.find("$data"); at != std::string::npos; at = script.find("$data", at + 1)) {
      script.replace(at, 5, fmt::format("$panel{}_", index));
    }
    out_.add(script);
    out_.line("unset object; unset arrow; unset label; unset xlabel; unset logscale; unset y2tics");
  }

  const Figure& figure_;
  Sheet sheet_;
  std::vector<std::string> heading_;
  std::vector<std::string> warning_;
  int columns_ = 1;
  double height_ = 0;
  double legend_top_ = 0;
  Script out_;
};

} // namespace

const Look& look(std::size_t index) {
  return looks[index % looks.size()];
}

std::string gnuplot_text(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      out += "''";
    } else {
      out += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
    }
  }
  return out + "'";
}

Command figure_command(const Figure& figure, Medium medium) {
  Command command;
  command.argv = {"gnuplot", "-d", "-"}; // -d: without the user's start-up file
  command.environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}};
  command.input = Drawing(figure, sheet_for(medium)).script();
  command.timeout = std::chrono::minutes(2);
  return command;
}

std::string without_date(std::string pdf) {
  // cairo 1.16 writes it outside of any compressed stream; digits for digits, so that no offset in the file moves.
  const std::string key = "/CreationDate (D:";
  for (std::size_t at = pdf.find(key); at != std::string::npos; at = pdf.find(key, at + 1)) {
    const std::string fixed = "19700101000000";
    const std::size_t digits = at + key.size();
    for (std::size_t i = 0; i < fixed.size() && digits + i < pdf.size() && pdf[digits + i] != ')'; ++i) {
      pdf[digits + i] = fixed[i];
    }
    const std::size_t rest = digits + fixed.size(); // a zone: "Z" or "+01'00"
    if (rest < pdf.size() && (pdf[rest] == '+' || pdf[rest] == '-')) {
      for (std::size_t i = rest + 1; i < pdf.size() && pdf[i] != ')'; ++i) {
        pdf[i] = pdf[i] >= '0' && pdf[i] <= '9' ? '0' : pdf[i];
      }
      pdf[rest] = '+';
    }
  }
  return pdf;
}

std::string shortened(const std::string& name) {
  if (width_of(name) <= longest_name) {
    return name;
  }
  std::string out;
  std::size_t width = 0;
  for (const char letter : name) {
    width += (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U ? 1 : 0;
    if (width >= longest_name) {
      break;
    }
    out += letter;
  }
  return out + "…";
}

double margin_for(const std::vector<std::string>& names) {
  std::size_t longest = 4;
  for (const std::string& name : names) {
    longest = std::max(longest, width_of(shortened(name)));
  }
  return 1.8 + 0.56 * static_cast<double>(longest);
}

double tic_step(double highest) {
  const double power = std::pow(10.0, std::floor(std::log10(highest / 2)));
  const double digits = highest / 2 / power;
  return power * (digits >= 5 ? 5 : digits >= 2 ? 2 : 1);
}

std::string draw(const Figure& figure, Medium medium, CommandRunner& runner) {
  const Command command = figure_command(figure, medium);
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks("cannot start gnuplot: " + result.errors, "install the package gnuplot-nox");
  }
  std::string drawing = check(command, result);
  if (drawing.find(medium == Medium::screen ? "</svg>" : "%%EOF") == std::string::npos) {
    throw Error("gnuplot wrote no whole figure " + figure.name + ": " + result.errors);
  }
  return medium == Medium::screen ? drawing : without_date(std::move(drawing));
}

} // namespace migralab
