// SPDX-License-Identifier: Apache-2.0
// manifest.json of a built image: what it was made of and the digests of what was made. Private to this room.
#pragma once

#include "migralab/image/image.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct ImageManifest {
  std::string name;
  std::string recipe;                          // digest of the recipe and of everything it names
  std::map<std::string, std::string> packages; // Debian package -> version
  std::vector<std::string> modules;            // files in load order
  std::string kernel;                          // SHA-256 of the product
  std::string initramfs;
};

/// Names of the products in an image's folder.
inline constexpr auto kernel_file = "kernel";
inline constexpr auto initramfs_file = "initramfs";
inline constexpr auto manifest_file = "manifest.json";

[[nodiscard]] std::string to_json(const ImageManifest& manifest);

/// The image in `folder` when its manifest is of this recipe and every product has the digest that was written down.
/// Nothing otherwise, whatever is wrong with it: it will be built anew.
[[nodiscard]] std::optional<GuestImage>
verified_image(const std::filesystem::path& folder, const std::string& name, const std::string& recipe_digest);

} // namespace migralab
