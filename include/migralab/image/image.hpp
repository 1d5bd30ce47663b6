// SPDX-License-Identifier: Apache-2.0
// Guest images: recipes (topologies/images/NAME.image.yaml) built from Debian packages into a cache that is addressed
// by the recipe's digest, and qcow2 files of the user, copied there. A half-built image is never used.
#pragma once

#include "migralab/core/units.hpp"
#include "migralab/image/lock.hpp"
#include "migralab/plan/image_traits.hpp"
#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct RecipeSource;

/// The disk that guests of an image start from. Never written to: each guest has a disk of its own over it.
struct ImageDisk {
  std::filesystem::path file;
  bool qcow2 = false; // else raw
  Bytes size;         // as the guest sees it
};

/// A built image that was verified against its digests. With a kernel it is booted directly by the hypervisor, else by
/// the boot loader on its disk.
struct GuestImage {
  std::string name;
  /// Of the recipe, everything it names in the source tree, and the products; of the user's file: hex SHA-256.
  std::string digest;
  std::filesystem::path kernel;
  std::filesystem::path initramfs;
  std::optional<ImageDisk> disk;
  std::map<std::string, std::string> packages; // Debian package -> version
  std::filesystem::path hypervisor = {};       // of a host: Xen, which starts the kernel; empty: the kernel boots alone
};

/// How far a build is.
struct ImageStep {
  std::string what;   // for lines: "fetching linux-image-6.1.0-56-cloud-amd64", "installing packages"
  std::string detail; // changes within a step: "unpacking gcc-12"; may be empty
  double done = 0;    // of the whole build: 0 to 1
};
using ImageProgress = std::function<void(const ImageStep&)>;

/// An image's name is that of a recipe, or the path of a qcow2 file, which has a '/'.
class ImageStore {
public:
  /// `recipes`: folder of *.image.yaml; `programs`: folder of the guest programs that the build made; `cache`: usually
  /// cache_home() / "images".
  ImageStore(
      CommandRunner& runner,
      std::filesystem::path recipes,
      std::filesystem::path programs,
      std::filesystem::path cache);

  /// The cached image when it is whole and its recipe has not changed; asks neither apt nor the network. A file is
  /// known again by its path, size, time and inode: gigabytes are read once, not for every lab.
  [[nodiscard]] std::optional<GuestImage> find(const std::string& name) const;

  /// find(), or build it: fetch the packages with apt (never installed), unpack, order modules by modules.dep, pack.
  /// One builder at a time per cache (a lock); a second one waits, then finds. Throws Error with the cause and the way
  /// out.
  [[nodiscard]] GuestImage ensure(const std::string& name, const ImageProgress& progress);

  /// The same, built anew even if it is in the cache.
  [[nodiscard]] GuestImage build(const std::string& name, const ImageProgress& progress, bool even_if_there);

  /// What a plan has to know about it; reads the recipe only, or the file's header.
  [[nodiscard]] ImageTraits traits(const std::string& name) const;

  /// What the cached image was made of. Throws Error when it has not been built.
  [[nodiscard]] ImageFacts facts(const std::string& name) const;

  /// Names of the recipes.
  [[nodiscard]] std::vector<std::string> names() const;

private:
  [[nodiscard]] RecipeSource source_of(const std::string& name) const;

  CommandRunner& runner_;
  std::filesystem::path recipes_;
  std::filesystem::path programs_;
  std::filesystem::path cache_;
};

/// Network interface of a guest as its kernel command line describes it.
struct GuestNic {
  std::string mac;     // 52:54:00:12:34:56
  std::string address; // 10.10.0.13/24
};

/// The way out of a guest's networks.
struct OutboundRoute {
  std::string gateway; // 10.10.0.2
  std::string dns;     // 10.10.0.3
};

/// The kernel arguments that the init of our images understands: "console=ttyS0 quiet migralab.guest=web
/// migralab.nic=MAC,ADDRESS/PREFIX ... migralab.gateway=ADDRESS migralab.dns=ADDRESS migralab.key=BASE64
/// migralab.services=http". gateway (the default route) and dns are there with outbound access only. `key`: the ed25519
/// public key that may log in as root, without its type and comment; empty: the guest has no ssh server. `console`: the
/// device: "hvc0" under Xen.
[[nodiscard]] std::string kernel_arguments(
    const std::string& guest,
    const std::vector<GuestNic>& nics,
    const std::string& key,
    const std::vector<std::string>& services,
    const std::optional<OutboundRoute>& route = std::nullopt,
    const std::string& console = "ttyS0");

/// Makes the disk of a guest whose image has a disk of its own: an empty qcow2 layer of that size, as the guest sees
/// it. What it lies over is not written into it: the guest could change that. Where the file cannot grow (a LUN), it is
/// made as large as it will ever be; sparse. Throws Error.
void make_layer(CommandRunner& runner, const std::filesystem::path& file, Bytes size, bool can_grow);

/// Puts an image's disk among those of a lab: another name of the same file where that can be, else a copy. What the
/// lab uses stays what it is, whatever becomes of the cache. Throws Error.
void place_base(CommandRunner& runner, const ImageDisk& disk, const std::filesystem::path& file);

/// Makes the disk of a guest as a copy of an image's, of that size; sparse. Throws Error.
void copy_base(CommandRunner& runner, const ImageDisk& disk, const std::filesystem::path& file, Bytes size);

/// Makes a guest's disk: a sparse file of `size` with an ext4 file system (label = first 16 characters of the guest's
/// name) that holds www/index.html (one page naming lab and guest) and www/64k.bin (64 KiB, incompressible, the same
/// every time). mke2fs -d; needs no root. Throws Error.
void make_guest_disk(
    CommandRunner& runner,
    const std::filesystem::path& file,
    Bytes size,
    const std::string& lab,
    const std::string& guest);

} // namespace migralab
