// SPDX-License-Identifier: Apache-2.0
// Files of the machine that a topology names.
#include "check_topology.hpp"

#include <fmt/format.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;

/// An image is a name, unless it looks like a file.
bool is_file_name(const std::string& image) {
  return image.find('/') != std::string::npos || image.ends_with(".qcow2");
}

void check_is(
    fs::file_type wanted,
    const fs::path& path,
    const Location& where,
    const std::string& what,
    const std::string& hint,
    Diagnostics& diagnostics) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (status.type() == wanted) {
    return;
  }
  const char* cause = !fs::exists(status)                  ? "is not there"
                      : wanted == fs::file_type::directory ? "is no folder"
                                                           : "is no file";
  diagnostics.error(where, fmt::format("{} {} {}", what, path.native(), cause), hint);
}

} // namespace

void resolve_paths(Draft& draft, const fs::path& folder) {
  const auto resolved = [&folder](const fs::path& path) { return (folder / path).lexically_normal(); };
  for (GuestDraft& guest : draft.guests) {
    if (is_file_name(guest.image.value)) {
      guest.image.value = resolved(guest.image.value);
    }
  }
  for (StorageDraft& storage : draft.storage) {
    if (storage.chap && !storage.chap->value.secret_file.empty()) {
      storage.chap->value.secret_file = resolved(storage.chap->value.secret_file);
    }
    if (storage.folder) {
      storage.folder->value = resolved(storage.folder->value);
    }
  }
}

void check_files(const Draft& draft, Diagnostics& diagnostics) {
  for (const GuestDraft& guest : draft.guests) {
    if (is_file_name(guest.image.value)) {
      check_is(
          fs::file_type::regular,
          guest.image.value,
          guest.image.where,
          fmt::format("guest '{}': the image", guest.node.name.value),
          "paths are relative to the folder of this file; the name of a built image has no '/'",
          diagnostics);
    }
  }
  for (const StorageDraft& storage : draft.storage) {
    const std::string& name = storage.node.name.value;
    if (storage.chap && !storage.chap->value.secret_file.empty()) {
      check_is(
          fs::file_type::regular,
          storage.chap->value.secret_file,
          storage.chap->where,
          fmt::format("storage server '{}': the file of its CHAP secret", name),
          "make it with 12 to 255 printable ASCII characters, no blanks, in one line, readable by you alone, or leave "
          "'secret_file' out",
          diagnostics);
    }
    if (storage.folder) {
      check_is(
          fs::file_type::directory,
          storage.folder->value,
          storage.folder->where,
          fmt::format("storage server '{}': the folder", name),
          "make it, or leave 'folder' out to keep the disks with the lab",
          diagnostics);
    }
  }
}

} // namespace migralab
