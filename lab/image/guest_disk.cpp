// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/image.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <random>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

/// Incompressible and the same for every guest: what is fetched is compared between runs.
std::string noise(std::size_t length) {
  std::mt19937_64 generator(64); // the standard fixes its sequence
  std::string bytes;
  bytes.reserve(length);
  while (bytes.size() < length) {
    std::uint64_t word = generator();
    for (int i = 0; i < 8; ++i, word >>= 8U) {
      bytes += static_cast<char>(word & 0xffU);
    }
  }
  return bytes;
}

std::string page(const std::string& lab, const std::string& guest) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{1} of {0}</title>\n"
      "<h1>{1}</h1>\n<p>This page is on the disk of guest {1} of lab {0}. <a href=\"64k.bin\">64 KiB to "
      "fetch</a>.</p></html>\n",
      lab,
      guest);
}

/// A UUID that depends on lab and guest only.
std::string uuid_of(const std::string& lab, const std::string& guest) {
  std::string hex = sha256_of_text(lab + "/" + guest);
  hex[12] = '8'; // RFC 9562: version 8, made by our own rule
  hex[16] = 'a';
  return fmt::format(
      "{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20, 12));
}

void make_sparse_file(const fs::path& file, Bytes size) {
  const UniqueFd disk(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!disk || ::ftruncate(disk.get(), static_cast<off_t>(size.count)) != 0) {
    throw system_error(fmt::format("cannot make the disk {}", file.native()));
  }
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
    write_file(www / "64k.bin", noise(std::size_t{64} << 10U));
    fs::permissions(content, fs::perms(0755)); // mkdtemp made it 0700 and it becomes the file system's root
    make_sparse_file(file, size);
    const std::string uuid = uuid_of(lab, guest);
    // No lazy initialisation: the guest's kernel would write the rest of the tables while its memory is measured.
    const Command command{
        .argv = {
            "mke2fs",
            "-q",
            "-F",
            "-t",
            "ext4",
            "-L",
            guest.substr(0, 16),
            "-U",
            uuid,
            "-m",
            "0",
            "-E",
            fmt::format("hash_seed={},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0", uuid),
            "-d",
            content,
            file}};
    const CommandResult result = runner.run(command);
    if (result.end == CommandResult::End::not_started) {
      throw machine_lacks("mke2fs is needed to make a guest's disk", "install the Debian package e2fsprogs");
    }
    check(command, result);
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
