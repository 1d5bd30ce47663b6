// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/image.hpp"

#include "ext4.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <cstdlib>
#include <fmt/format.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

std::string page(const std::string& lab, const std::string& guest) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{1} of {0}</title>\n"
      "<h1>{1}</h1>\n<p>This page is on the disk of guest {1} of lab {0}. <a href=\"64k.bin\">64 KiB to "
      "fetch</a>.</p></html>\n",
      lab,
      guest);
}

} // namespace

void make_guest_disk(
    CommandRunner& runner,
    const fs::path& file,
    Bytes size,
    const std::string& lab,
    const std::string& guest) {
  std::string content = file.native() + ".content-XXXXXX";
  if (::mkdtemp(content.data()) == nullptr) {
    throw system_error(fmt::format("cannot make a folder beside {}", file.native()));
  }
  try {
    const fs::path www = fs::path(content) / "www";
    fs::create_directory(www);
    write_file(www / "index.html", page(lab, guest));
    write_file(www / "64k.bin", noise(fetched_file_size));
    fs::permissions(content, fs::perms(0755)); // mkdtemp made it 0700 and it becomes the file system's root
    make_ext4(
        runner, {.file = file, .size = size, .label = guest, .uuid = uuid_from(lab + "/" + guest), .content = content});
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(content, ignored);
    fs::remove(file, ignored);
    throw;
  }
  std::error_code ignored;
  fs::remove_all(content, ignored);
}

} // namespace migralab
