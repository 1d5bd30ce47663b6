// SPDX-License-Identifier: Apache-2.0
// The images that a lab needs, ready before anything of the lab is made.
#pragma once

#include "session.hpp"

#include "migralab/image/lock.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace migralab {

/// Found in the cache, or built with a progress bar. With `locked` each has to be what NAME.image.lock beside the
/// topology says, see expect_locked().
[[nodiscard]] std::map<std::string, GuestImage>
prepare_images(const Topology& topology, ImageStore& images, bool locked);

/// NAME.image.lock in the current folder.
[[nodiscard]] std::filesystem::path lock_file_of(const std::string& name);

/// To be called before an image is built. Throws Error, exit code 2, when there is no such file or it is no lock file.
[[nodiscard]] ImageFacts read_lock(const std::string& name, const std::filesystem::path& lock);

/// Throws Error, exit code 1, with a line for everything that differs from `locked`, which is what file `lock` says.
void expect_locked(
    const ImageStore& images,
    const std::string& name,
    const std::filesystem::path& lock,
    const ImageFacts& locked);

} // namespace migralab
