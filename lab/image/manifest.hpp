// SPDX-License-Identifier: Apache-2.0
// manifest.json of a built image: what it was made of and the digests of what was made. Private to this room.
#pragma once

#include "migralab/image/image.hpp"
#include "migralab/image/lock.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct ImageManifest {
  std::string name;
  std::string recipe; // digest of the recipe and of everything it names; of the user's file
  std::string built;  // UTC; not a part of the image's digest
  std::map<std::string, PackageFact> packages;
  std::vector<std::string> modules;            // files in load order
  std::map<std::string, std::string> products; // file in the image's folder -> SHA-256
  std::string contents;                        // see ImageFacts
  bool qcow2 = false;                          // the disk's format
  Bytes disk_size;                             // as a guest sees it; 0: no disk
  std::string stamp = {};                      // of the user's file that this is a copy of; empty: built
};

/// Names of the products in an image's folder.
inline constexpr auto kernel_file = "kernel";
inline constexpr auto hypervisor_file = "hypervisor";
inline constexpr auto initramfs_file = "initramfs";
inline constexpr auto disk_file = "root.img";
inline constexpr auto manifest_file = "manifest.json";

[[nodiscard]] std::string to_json(const ImageManifest& manifest);

/// Throws Error on a manifest that is missing, damaged or of another version.
[[nodiscard]] ImageManifest read_manifest(const std::filesystem::path& folder);

/// What is wrong with the products in `folder`, one line each: "root.img is not what was built (its digest differs)".
[[nodiscard]] std::vector<std::string> damage_of(const std::filesystem::path& folder, const ImageManifest& manifest);

[[nodiscard]] ImageFacts facts_of(const ImageManifest& manifest);

[[nodiscard]] GuestImage image_of(const std::filesystem::path& folder, const ImageManifest& manifest);

/// The image in `folder` when its manifest is of this recipe and every product has the digest that was written down.
/// Nothing otherwise, whatever is wrong with it: it will be built anew.
[[nodiscard]] std::optional<GuestImage>
verified_image(const std::filesystem::path& folder, const std::string& name, const std::string& recipe_digest);

} // namespace migralab
