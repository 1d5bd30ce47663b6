// SPDX-License-Identifier: Apache-2.0
// What an image is made of, and the lock file (NAME.image.lock, YAML) that says what it has to be made of.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace migralab {

struct PackageFact {
  std::string version;
  std::string sha256; // of the .deb, as the archive's signed index has it

  bool operator==(const PackageFact&) const = default;
};

/// Everything that decides what a guest of an image is.
struct ImageFacts {
  std::string image;
  std::string recipe; // digest of the recipe and of every file and program that it names
  std::map<std::string, PackageFact> packages;
  /// Digests of what is the same whoever builds it and when: "kernel", "initramfs", and "contents": every file of the
  /// root file system with its owner and mode. (How the file system lays them out on its blocks may differ.)
  std::map<std::string, std::string> digests;
};

[[nodiscard]] std::string render_lock(const ImageFacts& facts);

/// Throws InputError with every mistake, Error when the file cannot be read.
[[nodiscard]] ImageFacts load_lock(const std::filesystem::path& file);

/// One line per difference: "apache2: locked 2.4.62-1~deb12u2, the image has 2.4.65-1~deb12u1". Empty: none.
[[nodiscard]] std::vector<std::string> drift(const ImageFacts& locked, const ImageFacts& built);

} // namespace migralab
