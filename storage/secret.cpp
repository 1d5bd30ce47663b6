// SPDX-License-Identifier: Apache-2.0
#include "migralab/storage/secret.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace migralab {

namespace {

constexpr std::size_t shortest = 12;
constexpr std::size_t longest = 255;

} // namespace

std::string read_secret(const std::filesystem::path& file) {
  std::string secret;
  try {
    secret = read_file(file);
  } catch (const Error& error) {
    throw Error(fmt::format("the CHAP secret cannot be read: {}", error.what()), ExitStatus::bad_input)
        .with_hint("secret_file names a file with the secret as its only line");
  }
  if (secret.ends_with('\n')) {
    secret.pop_back();
  }
  const bool plain = std::all_of(secret.begin(), secret.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (!plain || secret.size() < shortest || secret.size() > longest) {
    throw Error(
        fmt::format(
            "the file {} holds no CHAP secret: {}",
            file.native(),
            plain ? fmt::format("it has {} characters", secret.size())
                  : "it has blanks, several lines or characters that are not ASCII"),
        ExitStatus::bad_input)
        .with_hint(
            fmt::format("a secret is one line of {} to {} printable ASCII characters, no blanks", shortest, longest));
  }
  return secret;
}

void make_secret(const std::filesystem::path& file, std::size_t characters) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; // 6 bits each
  std::vector<unsigned char> random(characters);
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    throw system_error("no randomness for a secret");
  }
  std::string secret;
  for (const unsigned char byte : random) {
    secret += letters[byte % letters.size()];
  }
  secret += '\n';
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::permissions(file.parent_path(), std::filesystem::perms::owner_all);
  const UniqueFd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out || ::write(out.get(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size())) {
    throw system_error(fmt::format("cannot write {}", file.native()));
  }
}

std::string secret_warning(const std::filesystem::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & (S_IRGRP | S_IROTH)) == 0) {
    return {};
  }
  return fmt::format("warning: others may read the CHAP secret in {0}; `chmod 600 {0}` keeps it", file.native());
}

} // namespace migralab
