// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/digests.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/printable.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr std::size_t digest_size = 64; // SHA-256 in hex
constexpr std::string_view gap = "  ";

bool is_digest_line(std::string_view line) {
  return line.size() > digest_size + gap.size() && line.substr(digest_size, gap.size()) == gap &&
         line.substr(0, digest_size).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Below the list's own folder, whatever it says.
bool stays_inside(const std::filesystem::path& name) {
  return name.is_relative() && std::find(name.begin(), name.end(), "..") == name.end();
}

} // namespace

std::string digest_lines(const Digests& digests) {
  std::string lines;
  for (const auto& [name, digest] : digests) {
    lines += fmt::format("{}{}{}\n", digest, gap, name);
  }
  return lines;
}

Digests parse_digest_lines(std::string_view text) {
  Digests digests;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string name(is_digest_line(line) ? line.substr(digest_size + gap.size()) : "");
    if (name.empty() || !stays_inside(name)) {
      throw Error(fmt::format("{}: line {} is none of sha256sum's: '{}'", digest_list, number, quotable(line)));
    }
    if (!digests.emplace(name, line.substr(0, digest_size)).second) {
      throw Error(fmt::format("{}: line {} lists {} a second time", digest_list, number, quotable(name)));
    }
  }
  return digests;
}

} // namespace migralab
