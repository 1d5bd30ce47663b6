// SPDX-License-Identifier: Apache-2.0
// A user's qcow2 file as an image: a copy of it in the cache, by its digest. Private to this room.
#pragma once

#include "migralab/image/image.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace migralab {

/// Images that are files of the user have their path as name; recipes' names have no '/'.
[[nodiscard]] bool is_image_file(const std::string& name);

/// What a file is known by again without reading it: its path, size, time of change and inode.
[[nodiscard]] std::string stamp_of(const std::filesystem::path& file);

/// The folder of the copy that was made of the file as it is now.
[[nodiscard]] std::optional<std::filesystem::path>
find_import(const std::filesystem::path& cache, const std::filesystem::path& file);

/// Copies the file, which is never changed, into a new folder of the cache and returns it. The copy is as long as
/// whole sectors: tgtd cuts a LUN's last part of one off. The caller holds the lock of the cache. Throws Error.
[[nodiscard]] std::filesystem::path import_image(
    CommandRunner& runner,
    const std::filesystem::path& cache,
    const std::filesystem::path& file,
    const ImageProgress& progress);

} // namespace migralab
