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

constexpr auto copy_time = std::chrono::minutes(10);

std::string page(const std::string& lab, const std::string& guest) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{1} of {0}</title>\n"
      "<h1>{1}</h1>\n<p>This page is on the disk of guest {1} of lab {0}. <a href=\"64k.bin\">64 KiB to "
      "fetch</a>.</p></html>\n",
      lab,
      guest);
}

} // namespace

void make_layer(CommandRunner& runner, const fs::path& file, Bytes size, bool can_grow) {
  Command command{.argv = {"qemu-img", "create", "-q", "-f", "qcow2", file.native(), std::to_string(size.count)}};
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks("qemu-img is needed to make a guest's disk", "install the Debian package qemu-utils");
  }
  check(command, result);
  if (!can_grow) {
    // Tables: 8 bytes for each 64 KiB, and 2 bytes that count references (QEMU's docs/interop/qcow2.txt).
    const std::uint64_t tables = size.count / 1024 + Bytes::mib(2).count;
    const std::uint64_t whole = (size.count + tables + Bytes::mib(1).count - 1) / Bytes::mib(1).count;
    fs::resize_file(file, whole * Bytes::mib(1).count);
  }
}

namespace {

void copy_sparse(CommandRunner& runner, const fs::path& from, const fs::path& to) {
  Command command{.argv = {"cp", "--reflink=auto", "--sparse=always", from.native(), to.native()}};
  command.timeout = copy_time;
  run_checked(runner, command);
}

} // namespace

void place_base(CommandRunner& runner, const ImageDisk& disk, const fs::path& file) {
  std::error_code problem;
  fs::create_hard_link(disk.file, file, problem);
  if (problem) { // another file system, or a file of another user
    copy_sparse(runner, disk.file, file);
    fs::permissions(file, fs::perms(0444));
  }
}

void copy_base(CommandRunner& runner, const ImageDisk& disk, const fs::path& file, Bytes size) {
  copy_sparse(runner, disk.file, file);
  fs::permissions(file, fs::perms(0644));
  fs::resize_file(file, size.count); // the guest's init grows its file system
}

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
