// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/image.hpp"

#include "build.hpp"
#include "manifest.hpp"
#include "recipe.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <system_error>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr auto recipe_suffix = ".image.yaml";
constexpr auto work_prefix = ".building-";
constexpr auto longest_build = std::chrono::minutes(15);
constexpr Bytes room_to_build = Bytes::mib(300); // packages, unpacked kernel package, products

fs::path folder_of(const fs::path& cache, const RecipeSource& source) {
  return cache / fmt::format("{}-{}", source.recipe.name, source.digest.substr(0, 12));
}

/// Held while an image is built; the kernel drops it with the process, however that ends.
UniqueFd lock_cache(const fs::path& cache, const ImageProgress& progress) {
  const fs::path file = cache / ".lock";
  UniqueFd lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) {
    throw system_error(fmt::format("cannot open {}", file.native()));
  }
  bool told = false;
  wait_until("end of the other image build", longest_build, std::chrono::milliseconds(100), [&] {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
      return true;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
      throw system_error(fmt::format("cannot lock {}", file.native()));
    }
    if (!told) {
      progress("waiting for another migralab that builds an image");
      told = true;
    }
    return false;
  });
  return lock;
}

/// A new folder beside the images, so that the last rename stays in one file system. Removed with all that is in it.
class WorkFolder {
public:
  explicit WorkFolder(const fs::path& cache) {
    std::string name = (cache / work_prefix).native() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      throw system_error(fmt::format("cannot make a folder in {}", cache.native()));
    }
    path_ = name;
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored; // the next builder removes what is left
    fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

/// What a killed builder left. Only under the lock: nobody else is building.
void remove_leftovers(const fs::path& cache) {
  for (const fs::directory_entry& entry : fs::directory_iterator(cache)) {
    if (entry.path().filename().native().starts_with(work_prefix)) {
      std::error_code ignored; // not ours to remove, perhaps: a build does not need the name
      fs::remove_all(entry.path(), ignored);
    }
  }
}

void require_room(const fs::path& cache) {
  const Bytes available{fs::space(cache).available};
  if (available < room_to_build) {
    throw machine_lacks(
        fmt::format(
            "{} has {} free, building an image needs {}", cache.native(), human(available), to_string(room_to_build)),
        "free space, or point XDG_CACHE_HOME to another disk");
  }
}

} // namespace

// Absolute, because the tools of a build run in folders of their own.
ImageStore::ImageStore(CommandRunner& runner, fs::path recipes, fs::path programs, fs::path cache)
    : runner_(runner), recipes_(std::move(recipes)), programs_(std::move(programs)), cache_(fs::absolute(cache)) {}

std::vector<std::string> ImageStore::names() const {
  std::vector<std::string> names;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(recipes_, problem)) {
    const std::string file = entry.path().filename();
    if (file.ends_with(recipe_suffix)) {
      names.push_back(file.substr(0, file.size() - std::string(recipe_suffix).size()));
    }
  }
  if (problem) {
    throw Error(fmt::format("cannot read the image recipes in {}: {}", recipes_.native(), problem.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<GuestImage> ImageStore::find(const std::string& name) const {
  const std::vector<std::string> known = names();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw Error(fmt::format("unknown image '{}'", name), ExitStatus::bad_input)
        .with_hint(suggest(name, known, "images"));
  }
  const RecipeSource source = load_recipe(recipes_, programs_, name);
  return verified_image(folder_of(cache_, source), name, source.digest);
}

GuestImage ImageStore::ensure(const std::string& name, const ImageProgress& progress) {
  if (auto image = find(name)) {
    return *image;
  }
  return with_context("image " + name, [&] {
    try {
      fs::create_directories(cache_);
      const UniqueFd lock = lock_cache(cache_, progress);
      if (auto image = find(name)) { // somebody else has built it meanwhile
        return *image;
      }
      remove_leftovers(cache_);
      require_room(cache_);
      const RecipeSource source = load_recipe(recipes_, programs_, name);
      const WorkFolder work(cache_);
      build_image(runner_, source, work.path(), progress);
      const fs::path folder = folder_of(cache_, source);
      if (fs::exists(folder)) { // it failed its verification: out of the way, removed with the work folder
        fs::rename(folder, work.path() / "broken");
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
