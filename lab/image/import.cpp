// SPDX-License-Identifier: Apache-2.0
#include "import.hpp"

#include "cache_folder.hpp"
#include "manifest.hpp"
#include "qcow2.hpp"
#include "tools.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr auto copy_time = std::chrono::minutes(30); // tens of gigabytes on a slow disk
constexpr std::uint64_t sector = 512;

std::uint64_t in_sectors(std::uint64_t bytes) {
  return (bytes + sector - 1) / sector * sector;
}

void require_room(const fs::path& cache, std::uint64_t bytes) {
  const Bytes available{fs::space(cache).available};
  if (available < Bytes{bytes}) {
    throw machine_lacks(
        fmt::format(
            "{} has {} free, the copy of the image needs {}", cache.native(), human(available), human(Bytes{bytes})),
        "free space, or point XDG_CACHE_HOME to another disk");
  }
}

} // namespace

bool is_image_file(const std::string& name) {
  return name.find('/') != std::string::npos;
}

std::string stamp_of(const fs::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) {
    throw system_error(fmt::format("cannot look at {}", file.native()));
  }
  return fmt::format(
      "{} {} {}.{:09} {}:{}",
      file.native(),
      status.st_size,
      status.st_mtim.tv_sec,
      status.st_mtim.tv_nsec,
      status.st_dev,
      status.st_ino);
}

std::optional<fs::path> find_import(const fs::path& cache, const fs::path& file) {
  const std::string stamp = stamp_of(file);
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(cache, none)) {
    const std::string name = entry.path().filename();
    if (!entry.is_directory() || name.starts_with(".")) {
      continue;
    }
    try {
      const bool same = read_manifest(entry.path()).stamp == stamp;
      if (same && fs::file_size(entry.path() / disk_file, none) == in_sectors(fs::file_size(file))) {
        return entry.path();
      }
    } catch (const Error&) { // no manifest, or one of another version
    }
  }
  return std::nullopt;
}

fs::path
import_image(CommandRunner& runner, const fs::path& cache, const fs::path& file, const ImageProgress& progress) {
  progress({fmt::format("copying {}", file.native()), {}, 0});
  const std::string stamp = stamp_of(file);
  const std::uint64_t size = fs::file_size(file);
  require_room(cache, size);
  const WorkFolder work(cache);
  const fs::path image = work.path() / "image";
  const fs::path copy = image / disk_file;
  fs::create_directory(image);
  Command command{.argv = {"cp", "--reflink=auto", "--sparse=always", "--", file.native(), copy.native()}};
  command.timeout = copy_time;
  run_tool(runner, command, "coreutils");
  progress({fmt::format("hashing {}", file.native()), {}, 0.5});
  ImageManifest manifest;
  manifest.name = file;
  manifest.recipe = sha256_of_file(copy);
  manifest.built = utc_timestamp();
  manifest.stamp = stamp;
  manifest.qcow2 = true;
  manifest.disk_size = size_of_qcow2(copy); // of the copy, not of a file that may be another one by now
  if (stamp_of(file) != stamp) {
    throw Error(fmt::format("{} was changed while it was copied", file.native()))
        .with_hint("end the virtual machine that uses it, then try again");
  }
  fs::permissions(copy, fs::perms(0644));
  fs::resize_file(copy, in_sectors(size));
  manifest.products[disk_file] = size % sector == 0 ? manifest.recipe : sha256_of_file(copy);
  fs::permissions(copy, fs::perms(0444)); // guests write to layers of their own
  write_file(image / manifest_file, to_json(manifest));

  fs::path folder = image_folder(cache, file.filename(), manifest.recipe);
  if (fs::exists(folder)) { // the same file from another place or time, or damaged: removed with the work folder
    fs::rename(folder, work.path() / "former");
  }
  fs::rename(image, folder);
  return folder;
}

} // namespace migralab
