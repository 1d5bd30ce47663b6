// SPDX-License-Identifier: Apache-2.0
// An image recipe as written (NAME.image.yaml), and the digest of all that decides what the image will be.
// Private to this room.
#pragma once

#include "migralab/core/diagnostics.hpp"
#include "migralab/core/units.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// A root file system of installed Debian packages, on a disk of the guest.
struct RootRecipe {
  std::string suite; // "bookworm"
  std::vector<std::string> packages;
  std::map<std::string, std::string> files;    // path in the guest -> path beside the recipe
  std::map<std::string, std::string> programs; // path in the guest -> name of a guest program
  std::vector<std::string> sources; // sources.list(5) lines; none: Debian's own archive with its security updates
  Bytes size;                       // of the file system
  Bytes memory;                     // a guest's least
};

struct ImageRecipe {
  std::string name;
  std::string kernel;               // Debian package
  std::string hypervisor = {};      // Debian package of Xen; empty: the kernel boots alone
  std::string host = {};            // "xen", "kvm", "storage": the system of such hosts; empty: guests'
  std::vector<std::string> modules; // kernel modules wanted, without what they need
  std::map<std::string, std::vector<std::string>> packages; // Debian package -> paths taken from it
  std::map<std::string, std::string> links;                 // path in the guest -> target
  std::map<std::string, std::string> files;                 // path in the guest -> path beside the recipe
  std::map<std::string, std::string> programs;              // path in the guest -> name of a guest program
  std::optional<RootRecipe> root = {};                      // none: the initial RAM disk is all there is
};

/// Everything wrong goes to `diagnostics`; the result is meaningful only without errors. `name` is what the file's name
/// promises.
[[nodiscard]] ImageRecipe parse_recipe(const std::string& text, const std::string& name, Diagnostics& diagnostics);

/// A recipe with the folders that its names are relative to.
struct RecipeSource {
  ImageRecipe recipe;
  std::filesystem::path files;    // folder of the recipe
  std::filesystem::path programs; // folder of the guest programs
  std::string digest;             // over the recipe's text and the bytes of every file and program it names
};

/// Throws InputError on a wrong recipe, Error when a file that it names cannot be read.
[[nodiscard]] RecipeSource
load_recipe(const std::filesystem::path& recipes, const std::filesystem::path& programs, const std::string& name);

} // namespace migralab
