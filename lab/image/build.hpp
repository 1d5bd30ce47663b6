// SPDX-License-Identifier: Apache-2.0
// Makes an image from its recipe: Debian packages are fetched and unpacked, never installed. Private to this room.
#pragma once

#include "migralab/image/image.hpp"
#include "recipe.hpp"

#include <filesystem>

namespace migralab {

/// Fills the empty folder `work`; the finished image is work/image (kernel, initramfs, manifest.json). Throws Error.
void build_image(
    CommandRunner& runner,
    const RecipeSource& source,
    const std::filesystem::path& work,
    const ImageProgress& progress);

} // namespace migralab
