// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/cache.hpp"

#include "cache_folder.hpp"
#include "import.hpp"
#include "manifest.hpp"
#include "tools.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace migralab {

namespace fs = std::filesystem;

namespace {

/// What the files take, without their holes.
Bytes room_taken(const fs::path& folder) {
  Bytes taken;
  std::error_code unreadable;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, unreadable)) {
    struct stat status = {};
    if (::lstat(entry.path().c_str(), &status) == 0) {
      taken += Bytes{static_cast<std::uint64_t>(status.st_blocks) * 512};
    }
  }
  return taken;
}

std::string kind_of(const GuestImage& image) {
  if (image.kernel.empty()) {
    return "cloud";
  }
  return image.disk ? "root" : "initramfs";
}

} // namespace

ImageCache::ImageCache(fs::path recipes, fs::path programs, fs::path cache)
    : recipes_(std::move(recipes)), programs_(std::move(programs)), cache_(fs::absolute(cache)) {}

std::vector<CachedImage> ImageCache::list() const {
  std::set<fs::path> current;
  for (const std::string& name : recipe_names(recipes_)) {
    current.insert(image_folder(cache_, name, load_recipe(recipes_, programs_, name).digest));
  }
  std::vector<CachedImage> images;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(cache_, none)) {
    const std::string file = entry.path().filename();
    if (!entry.is_directory() || file.starts_with(".")) {
      continue;
    }
    CachedImage image{
        .name = file.substr(0, file.rfind('-')),
        .folder = entry.path(),
        .kind = {},
        .digest = {},
        .built = {},
        .size = room_taken(entry.path()),
        .current = current.contains(entry.path())};
    try {
      const ImageManifest manifest = read_manifest(entry.path());
      const GuestImage guest_image = image_of(entry.path(), manifest);
      image.name = manifest.name;
      if (!manifest.stamp.empty()) { // as long as the user has the file, and it is the same
        image.current = fs::exists(manifest.name) && stamp_of(manifest.name) == manifest.stamp;
      }
      image.kind = kind_of(guest_image);
      image.digest = guest_image.digest;
      image.built = manifest.built;
    } catch (const Error&) {
      image.kind = "damaged"; // or of another version of migralab
    }
    images.push_back(std::move(image));
  }
  std::sort(images.begin(), images.end(), [](const CachedImage& a, const CachedImage& b) {
    return std::tuple(a.name, !a.current, a.folder) < std::tuple(b.name, !b.current, b.folder);
  });
  return images;
}

std::vector<std::string> ImageCache::damage(const CachedImage& image) {
  try {
    return damage_of(image.folder, read_manifest(image.folder));
  } catch (const Error& error) {
    return {error.what()};
  }
}

std::vector<CachedImage>
ImageCache::collect(CommandRunner& runner, const std::set<std::string>& used, bool only_tell) const {
  if (!fs::exists(cache_)) {
    return {};
  }
  const UniqueFd lock = lock_cache(cache_, [](const ImageStep&) {});
  std::vector<CachedImage> gone;
  for (const CachedImage& image : list()) {
    if (!image.current && !used.contains(image.digest)) {
      gone.push_back(image);
    }
  }
  if (only_tell) {
    return gone;
  }
  for (const CachedImage& image : gone) {
    // Under another name at once: a removal that is interrupted must not leave half an image.
    const fs::path out = cache_ / (".building-gone-" + image.folder.filename().native());
    std::error_code problem;
    fs::rename(image.folder, out, problem);
    if (problem) {
      throw Error("cannot remove " + image.folder.native() + ": " + problem.message());
    }
  }
  for (const fs::path& folder : work_folders(cache_)) {
    remove_tree(runner, folder);
  }
  return gone;
}

} // namespace migralab
