// SPDX-License-Identifier: Apache-2.0
// The images that a lab needs, ready before anything of the lab is made.
#pragma once

#include "session.hpp"

#include <map>
#include <string>

namespace migralab {

/// Found in the cache, or built with a progress bar. With `locked` each has to be what NAME.image.lock beside the
/// topology says, see expect_locked().
[[nodiscard]] std::map<std::string, GuestImage>
prepare_images(const Topology& topology, ImageStore& images, bool locked);

/// NAME.image.lock in the current folder.
[[nodiscard]] std::filesystem::path lock_file_of(const std::string& name);

/// Throws Error, exit code 1, with a line for everything that differs from the lock file.
void expect_locked(const ImageStore& images, const std::string& name, const std::filesystem::path& lock);

} // namespace migralab
