// SPDX-License-Identifier: Apache-2.0
#include "images.hpp"

#include "progress_bar.hpp"

#include "migralab/image/lock.hpp"
#include "migralab/image/seed.hpp"
#include "migralab/lab/doctor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace migralab {

std::map<std::string, GuestImage> prepare_images(const Topology& topology, ImageStore& images, bool locked) {
  std::map<std::string, GuestImage> ready;
  for (const std::string& name : images_of(topology)) {
    const std::filesystem::path lock = topology.file.parent_path() / lock_file_of(name);
    const std::optional<ImageFacts> wanted = locked ? std::optional(read_lock(name, lock)) : std::nullopt;
    ProgressBar bar;
    const GuestImage& image = ready.emplace(name, images.ensure(name, bar.as_progress())).first->second;
    if (image.kernel.empty()) {
      expect_seed_tool();
    }
    if (wanted) {
      expect_locked(images, name, lock, *wanted);
    }
  }
  return ready;
}

std::filesystem::path lock_file_of(const std::string& name) {
  return name + ".image.lock";
}

ImageFacts read_lock(const std::string& name, const std::filesystem::path& lock) {
  if (!std::filesystem::exists(lock)) {
    throw Error(
        fmt::format("image {} is wanted as it was locked, but there is no {}", name, lock.native()),
        ExitStatus::bad_input)
        .with_hint(fmt::format("`migralab image lock {} --output {}` writes down what it is now", name, lock.native()));
  }
  return load_lock(lock);
}

void expect_locked(
    const ImageStore& images,
    const std::string& name,
    const std::filesystem::path& lock,
    const ImageFacts& locked) {
  const std::vector<std::string> differences = drift(locked, images.facts(name));
  if (!differences.empty()) {
    throw Error(fmt::format("image {} is not what {} says:\n  {}", name, lock.native(), fmt::join(differences, "\n  ")))
        .with_hint(fmt::format(
            "`migralab image build {0} --force` builds it anew from the archive as it is now; to get older packages "
            "name "
            "a date of snapshot.debian.org under `sources` of the recipe; `migralab image lock {0}` accepts what is "
            "there",
            name));
  }
}

} // namespace migralab
