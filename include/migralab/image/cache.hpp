// SPDX-License-Identifier: Apache-2.0
// The built images in a cache, whether a recipe still wants them or not: listed, verified, removed.
#pragma once

#include "migralab/image/image.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace migralab {

struct CachedImage {
  std::string name;
  std::filesystem::path folder;
  std::string kind;     // "initramfs", "root" or "cloud"
  std::string digest;   // as GuestImage has it; empty when its manifest cannot be read
  std::string built;    // UTC
  Bytes size;           // on the disk
  bool current = false; // made by a recipe as it is now, or a copy of the user's file as it is now
};

class ImageCache {
public:
  /// Folders as for ImageStore.
  ImageCache(std::filesystem::path recipes, std::filesystem::path programs, std::filesystem::path cache);

  /// Sorted by name, the current one first.
  [[nodiscard]] std::vector<CachedImage> list() const;

  /// Hashes every product again. Empty: whole.
  [[nodiscard]] static std::vector<std::string> damage(const CachedImage& image);

  /// Removes the images that no recipe makes as it is now and that are not in `used` (digests), and what killed
  /// builders left; returns the images. With `only_tell` nothing is removed. Waits for a running build.
  [[nodiscard]] std::vector<CachedImage>
  collect(CommandRunner& runner, const std::set<std::string>& used, bool only_tell) const;

private:
  std::filesystem::path recipes_;
  std::filesystem::path programs_;
  std::filesystem::path cache_;
};

} // namespace migralab
