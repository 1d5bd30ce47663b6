// SPDX-License-Identifier: Apache-2.0
// The folder that images are kept in: one folder NAME-DIGEST for each, a lock, and folders of builds that run or were
// killed. Private to this room.
#pragma once

#include "recipe.hpp"

#include "migralab/core/handle.hpp"
#include "migralab/image/image.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// NAME of every NAME.image.yaml, sorted. Throws Error when the folder cannot be read.
[[nodiscard]] std::vector<std::string> recipe_names(const std::filesystem::path& recipes);

[[nodiscard]] std::filesystem::path
image_folder(const std::filesystem::path& cache, const std::string& name, const std::string& recipe_digest);

/// Held while the cache is changed; the kernel drops it with the process, however that ends. Waits for another holder.
[[nodiscard]] UniqueFd lock_cache(const std::filesystem::path& cache, const ImageProgress& progress);

/// A new folder beside the images, so that the last rename stays in one file system. Removed with all that is in it.
class WorkFolder {
public:
  explicit WorkFolder(const std::filesystem::path& cache);
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// Work folders. Only under the lock they are what killed builders left.
[[nodiscard]] std::vector<std::filesystem::path> work_folders(const std::filesystem::path& cache);

} // namespace migralab
