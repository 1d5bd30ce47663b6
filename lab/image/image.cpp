// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/image.hpp"

#include "build.hpp"
#include "cache_folder.hpp"
#include "import.hpp"
#include "manifest.hpp"
#include "qcow2.hpp"
#include "recipe.hpp"
#include "root_build.hpp"
#include "tools.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <system_error>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr Bytes room_to_build = Bytes::mib(300); // packages, unpacked kernel package, products

void require_room(const fs::path& cache, const ImageRecipe& recipe) {
  const Bytes available{fs::space(cache).available};
  const Bytes needed = room_to_build + (recipe.root ? room_for_root(*recipe.root) : Bytes{});
  if (available < needed) {
    throw machine_lacks(
        fmt::format("{} has {} free, building an image needs {}", cache.native(), human(available), to_string(needed)),
        "free space, or point XDG_CACHE_HOME to another disk");
  }
}

fs::path absolute(const std::string& file) {
  return fs::absolute(file).lexically_normal();
}

/// Says what is wrong with an image that was there: nobody should wonder why it is built once more.
void tell_damage(const fs::path& folder, const std::string& name, const ImageProgress& progress) {
  try {
    if (const auto damage = damage_of(folder, read_manifest(folder)); !damage.empty()) {
      progress({fmt::format("image {} is damaged ({}) and is built anew", name, fmt::join(damage, "; ")), {}, 0});
    }
  } catch (const Error&) {
    // No manifest: never finished, or made by another version.
  }
}

} // namespace

// Absolute, because the tools of a build run in folders of their own.
ImageStore::ImageStore(CommandRunner& runner, fs::path recipes, fs::path programs, fs::path cache)
    : runner_(runner), recipes_(std::move(recipes)), programs_(std::move(programs)), cache_(fs::absolute(cache)) {}

std::vector<std::string> ImageStore::names() const {
  return recipe_names(recipes_);
}

RecipeSource ImageStore::source_of(const std::string& name) const {
  const std::vector<std::string> known = names();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw Error(fmt::format("unknown image '{}'", name), ExitStatus::bad_input)
        .with_hint(suggest(name, known, "images"));
  }
  return load_recipe(recipes_, programs_, name);
}

std::optional<GuestImage> ImageStore::find(const std::string& name) const {
  if (is_image_file(name)) {
    const auto folder = find_import(cache_, absolute(name));
    return folder ? std::optional(image_of(*folder, read_manifest(*folder))) : std::nullopt;
  }
  const RecipeSource source = source_of(name);
  return verified_image(image_folder(cache_, name, source.digest), name, source.digest);
}

ImageTraits ImageStore::traits(const std::string& name) const {
  if (is_image_file(name)) {
    return {.disk = size_of_qcow2(name), .memory = {}, .own_loader = true, .packages = {}};
  }
  const RecipeSource source = source_of(name);
  ImageTraits traits;
  traits.host = source.recipe.host;
  for (const auto& [package, paths] : source.recipe.packages) {
    traits.packages.insert(package);
  }
  if (const auto& root = source.recipe.root) {
    traits.disk = root->size;
    traits.memory = root->memory;
    traits.packages.insert(root->packages.begin(), root->packages.end());
  }
  return traits;
}

ImageFacts ImageStore::facts(const std::string& name) const {
  const auto folder = is_image_file(name) ? find_import(cache_, absolute(name))
                                          : std::optional(image_folder(cache_, name, source_of(name).digest));
  if (!folder || !fs::exists(*folder / manifest_file)) {
    throw Error(fmt::format("image {} has not been built", name))
        .with_hint(fmt::format("`migralab image build {}`", name));
  }
  return facts_of(read_manifest(*folder));
}

GuestImage ImageStore::ensure(const std::string& name, const ImageProgress& progress) {
  if (auto image = find(name)) {
    return *image;
  }
  return build(name, progress, false);
}

GuestImage ImageStore::build(const std::string& name, const ImageProgress& progress, bool even_if_there) {
  // A mistake in the name, the file or the recipe is told as such.
  if (is_image_file(name)) {
    static_cast<void>(size_of_qcow2(name));
  } else {
    static_cast<void>(source_of(name));
  }
  return with_context("image " + name, [&] {
    try {
      fs::create_directories(cache_);
      const UniqueFd lock = lock_cache(cache_, progress);
      if (auto image = even_if_there ? std::nullopt : find(name)) { // somebody else has built it meanwhile
        return *image;
      }
      for (const fs::path& leftover : work_folders(cache_)) {
        remove_tree(runner_, leftover);
      }
      if (is_image_file(name)) {
        const fs::path imported = import_image(runner_, cache_, absolute(name), progress);
        return image_of(imported, read_manifest(imported));
      }
      const RecipeSource source = load_recipe(recipes_, programs_, name);
      const fs::path folder = image_folder(cache_, name, source.digest);
      tell_damage(folder, name, progress);
      require_room(cache_, source.recipe);
      const WorkFolder work(cache_);
      build_image(runner_, source, work.path(), progress);
      if (fs::exists(folder)) { // it failed its verification, or is not wanted: removed with the work folder
        fs::rename(folder, work.path() / "former");
      }
      fs::rename(work.path() / "image", folder);
      if (auto image = verified_image(folder, name, source.digest)) {
        return *image;
      }
      throw Error(fmt::format("{} is damaged right after it was built", folder.native()));
    } catch (const fs::filesystem_error& error) {
      throw Error(error.what());
    }
  });
}

} // namespace migralab
