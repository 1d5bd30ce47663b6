// SPDX-License-Identifier: Apache-2.0
#include "ext4.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <random>
#include <unistd.h>

namespace migralab {

namespace {

constexpr auto fill_time = std::chrono::minutes(5);

void make_sparse_file(const std::filesystem::path& file, Bytes size) {
  const UniqueFd disk(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!disk || ::ftruncate(disk.get(), static_cast<off_t>(size.count)) != 0) {
    throw system_error(fmt::format("cannot make the disk {}", file.native()));
  }
}

} // namespace

void make_ext4(CommandRunner& runner, const Ext4& wanted, const std::vector<std::string>& prefix) {
  make_sparse_file(wanted.file, wanted.size);
  Command command{.argv = prefix};
  // No lazy initialisation: the guest's kernel would write the rest of the tables while its memory is measured.
  for (const std::string& argument :
       {std::string("mke2fs"),
        std::string("-q"),
        std::string("-F"),
        std::string("-t"),
        std::string("ext4"),
        std::string("-L"),
        wanted.label.substr(0, 16),
        std::string("-U"),
        wanted.uuid,
        std::string("-m"),
        std::string("0"),
        std::string("-E"),
        fmt::format("hash_seed={},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0", wanted.uuid),
        std::string("-d"),
        wanted.content.native(),
        wanted.file.native()}) {
    command.argv.push_back(argument);
  }
  command.timeout = fill_time;
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks("mke2fs is needed to make a guest's disk", "install the Debian package e2fsprogs");
  }
  check(command, result);
}

std::string uuid_from(const std::string& text) {
  std::string hex = sha256_of_text(text);
  hex[12] = '8'; // RFC 9562: version 8, made by our own rule
  hex[16] = 'a';
  return fmt::format(
      "{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20, 12));
}

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

} // namespace migralab
