// SPDX-License-Identifier: Apache-2.0
#include "cache_folder.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace migralab {

namespace fs = std::filesystem;

namespace {

constexpr auto recipe_suffix = ".image.yaml";
constexpr auto work_prefix = ".building-";
constexpr auto longest_build = std::chrono::minutes(40);

} // namespace

std::vector<std::string> recipe_names(const fs::path& recipes) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(recipes, problem)) {
    const std::string file = entry.path().filename();
    if (file.ends_with(recipe_suffix)) {
      names.push_back(file.substr(0, file.size() - std::string(recipe_suffix).size()));
    }
  }
  if (problem) {
    throw Error(fmt::format("cannot read the image recipes in {}: {}", recipes.native(), problem.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path image_folder(const fs::path& cache, const std::string& name, const std::string& recipe_digest) {
  return cache / fmt::format("{}-{}", name, recipe_digest.substr(0, 12));
}

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
      progress({"waiting for another migralab that builds an image", {}, 0});
      told = true;
    }
    return false;
  });
  return lock;
}

WorkFolder::WorkFolder(const fs::path& cache) {
  std::string name = (cache / work_prefix).native() + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error(fmt::format("cannot make a folder in {}", cache.native()));
  }
  path_ = name;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored; // the next builder removes what is left
  fs::remove_all(path_, ignored);
}

std::vector<fs::path> work_folders(const fs::path& cache) {
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(cache)) {
    if (entry.path().filename().native().starts_with(work_prefix)) {
      folders.push_back(entry.path());
    }
  }
  return folders;
}

} // namespace migralab
