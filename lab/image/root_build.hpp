// SPDX-License-Identifier: Apache-2.0
// Makes the root file system of an image: mmdebstrap, then mke2fs. Private to this room.
#pragma once

#include "recipe.hpp"

#include "migralab/image/image.hpp"
#include "migralab/image/lock.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace migralab {

struct BuiltRoot {
  std::map<std::string, PackageFact> packages;
  std::string contents; // digest of every file with its owner and mode
};

/// Installs the packages of source.recipe.root into work/tree, adds the recipe's files, writes `file` (ext4) and
/// removes the tree. `progress` gets fractions of this part alone. Throws Error.
[[nodiscard]] BuiltRoot build_root(
    CommandRunner& runner,
    const RecipeSource& source,
    const std::filesystem::path& work,
    const std::filesystem::path& file,
    const ImageProgress& progress);

/// What a build takes on the disk, at most.
[[nodiscard]] Bytes room_for_root(const RootRecipe& root);

} // namespace migralab
