// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/files.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace migralab {

namespace {

constexpr std::size_t chunk = std::size_t{1} << 16U;

void write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw system_error(fmt::format("cannot write {}", path.native()));
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

class Sha256 {
public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw Error("OpenSSL offers no SHA-256");
    }
  }

  void add(std::string_view data) { EVP_DigestUpdate(context_.get(), data.data(), data.size()); }

  [[nodiscard]] std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &length);
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
      text += fmt::format("{:02x}", digest[i]);
    }
    return text;
  }

private:
  UniqueHandle<EVP_MD_CTX, EVP_MD_CTX_free> context_;
};

UniqueFd open_for_reading(const std::filesystem::path& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw system_error(fmt::format("cannot read {}", path.native()));
  }
  return file;
}

std::string kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFDIR:
    return "folder";
  case S_IFLNK:
    return "link";
  case S_IFIFO:
    return "pipe";
  case S_IFSOCK:
    return "socket";
  default:
    return "device";
  }
}

/// Looked at before it is opened, as opening a device may do something; and again after it, as it may be another one by
/// then. O_NONBLOCK: nobody waits for the other end of a pipe.
UniqueFd open_plain_file(const std::filesystem::path& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    throw system_error(fmt::format("cannot read {}", path.native()));
  }
  UniqueFd file;
  if (S_ISREG(status.st_mode)) {
    file.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file || ::fstat(file.get(), &status) != 0) {
      throw system_error(fmt::format("cannot read {}", path.native()));
    }
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(
        fmt::format("{} is a {}: only plain files are read here", path.native(), kind_of(status.st_mode)),
        ExitStatus::bad_input);
  }
  return file;
}

template <typename Use> void read_chunks(const UniqueFd& file, const std::filesystem::path& path, Use&& use) {
  std::vector<char> buffer(chunk);
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw system_error(fmt::format("cannot read {}", path.native()));
    }
    if (got == 0) {
      return;
    }
    use(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }
}

std::filesystem::path xdg_folder(const char* variable, const char* below_home) {
  const char* folder = std::getenv(variable);
  // The XDG specification: a relative path is invalid and is ignored.
  if (folder != nullptr && folder[0] == '/') {
    return std::filesystem::path(folder) / "migralab";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    throw Error(fmt::format("neither {} nor HOME names a folder", variable), ExitStatus::machine_lacks)
        .with_hint("set HOME to your home folder");
  }
  return std::filesystem::path(home) / below_home / "migralab";
}

/// A device, a pipe or a socket is written to, never replaced. False: it is none of these.
bool write_in_place(const std::filesystem::path& path, std::string_view content) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) {
    return false;
  }
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) {
    throw system_error(fmt::format("cannot write {}", path.native()));
  }
  write_all(file.get(), content, path);
  return true;
}

} // namespace

std::string read_file(const std::filesystem::path& path) {
  std::string content;
  read_chunks(open_for_reading(path), path, [&](std::string_view part) { content += part; });
  return content;
}

std::string read_plain_file(const std::filesystem::path& path) {
  std::string content;
  read_chunks(open_plain_file(path), path, [&](std::string_view part) { content += part; });
  return content;
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  if (write_in_place(path, content)) {
    return;
  }
  std::error_code none;
  if (std::filesystem::is_symlink(path, none)) {
    if (const auto target = std::filesystem::canonical(path, none); !none) {
      write_file(target, content);
      return;
    }
  }
  std::string temporary = path.native() + ".XXXXXX";
  UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) {
    throw system_error(fmt::format("cannot create a file in {}", path.parent_path().native()));
  }
  try {
    write_all(file.get(), content, path);
    if (::fchmod(file.get(), 0644) != 0 || ::fsync(file.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
      throw system_error(fmt::format("cannot write {}", path.native()));
    }
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
}

std::string log_tail(const std::filesystem::path& path, std::size_t lines) {
  constexpr off_t window = 16384;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return {};
  }
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  struct stat status = {};
  if (size <= 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return {};
  }
  const off_t start = size > window ? size - window : 0;
  std::string text(static_cast<std::size_t>(size - start), '\0');
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), start);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  std::size_t cut = text.size();
  for (std::size_t line = 0; line < lines && cut != std::string::npos; ++line) {
    cut = cut == 0 ? std::string::npos : text.rfind('\n', cut - 1);
  }
  if (cut != std::string::npos) {
    text.erase(0, cut + 1);
  }
  std::string indented = text.empty() ? "" : "  ";
  for (const char c : text) {
    indented += c;
    if (c == '\n') {
      indented += "  ";
    }
  }
  return indented;
}

std::string sha256_of_text(std::string_view text) {
  Sha256 digest;
  digest.add(text);
  return digest.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  Sha256 digest;
  read_chunks(open_for_reading(path), path, [&](std::string_view part) { digest.add(part); });
  return digest.hex();
}

std::filesystem::path state_home() {
  return xdg_folder("XDG_STATE_HOME", ".local/state");
}
std::filesystem::path cache_home() {
  return xdg_folder("XDG_CACHE_HOME", ".cache");
}

} // namespace migralab
