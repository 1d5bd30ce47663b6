// SPDX-License-Identifier: Apache-2.0
#include "qcow2.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <unistd.h>

namespace migralab {

namespace {

constexpr std::size_t header_size = 80; // up to and with the incompatible features, which version 3 has

constexpr std::uint64_t dirty = 1;
constexpr std::uint64_t corrupt = 2;
constexpr std::uint64_t external_data = 4;
constexpr std::uint64_t known_features = 0x1f; // these, another compression, extended L2 tables

/// Big-endian.
std::uint64_t number(const std::array<unsigned char, header_size>& header, std::size_t offset, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    value = value << 8U | header.at(offset + i);
  }
  return value;
}

Error unfit(const std::filesystem::path& file, const std::string& why, const std::string& hint) {
  return Error(fmt::format("{} {}", file.native(), why), ExitStatus::bad_input).with_hint(hint);
}

std::array<unsigned char, header_size> read_header(const std::filesystem::path& file) {
  const UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // a FIFO would make us wait
  if (!opened) {
    throw unfit(file, fmt::format("cannot be read: {}", std::strerror(errno)), "name a qcow2 file that you may read");
  }
  std::array<unsigned char, header_size> header{};
  static_cast<void>(::read(opened.get(), header.data(), header.size())); // a short one has no magic number, or is empty
  return header;
}

} // namespace

Bytes size_of_qcow2(const std::filesystem::path& file) {
  const std::string as_one =
      fmt::format("`qemu-img convert -O qcow2 {} NEW.qcow2` makes one file of it", file.native());
  const auto header = read_header(file);
  const std::uint64_t version = number(header, 4, 4);
  if (number(header, 0, 4) != 0x514649fb || (version != 2 && version != 3)) {
    throw unfit(
        file,
        "is no qcow2 image",
        fmt::format("`qemu-img convert -O qcow2 {} NEW.qcow2` makes one of a disk image", file.native()));
  }
  if (number(header, 8, 8) != 0) {
    throw unfit(file, "has a backing file: an image has to be one file that names no other", as_one);
  }
  const std::uint64_t features = version == 3 ? number(header, 72, 8) : 0;
  if ((features & external_data) != 0) {
    throw unfit(file, "has its data in another file: an image has to be one file that names no other", as_one);
  }
  if (number(header, 32, 4) != 0) {
    throw unfit(
        file,
        "is encrypted, and a lab has no secret to open it with",
        "convert it to one that is not: `qemu-img convert --object secret,... --image-opts ... -O qcow2`");
  }
  if ((features & corrupt) != 0) {
    throw unfit(
        file, "is marked as corrupt", fmt::format("`qemu-img check -r all {}`, or fetch it again", file.native()));
  }
  if ((features & dirty) != 0) {
    throw unfit(
        file,
        "was not closed by who wrote it last (its dirty flag is set)",
        fmt::format("end the virtual machine that uses it, then `qemu-img check -r all {}`", file.native()));
  }
  if ((features & ~known_features) != 0) {
    throw unfit(
        file,
        fmt::format("has features that this version does not know ({:#x})", features & ~known_features),
        fmt::format("with the QEMU that wrote it: `qemu-img convert -O qcow2 {} NEW.qcow2`", file.native()));
  }
  const Bytes size{number(header, 24, 8)};
  if (size == Bytes{}) {
    throw unfit(file, "is a disk of 0 B", "name an image with a system on it");
  }
  return size;
}

} // namespace migralab
