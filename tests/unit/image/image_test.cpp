// SPDX-License-Identifier: Apache-2.0
// The store of built images, with apt, dpkg-deb, depmod and cpio played by a script.
#include "migralab/image/image.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"
#include "support/fake_runner.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

namespace migralab {
namespace {

using test::exited;
using test::FakeRunner;
using test::not_started;
using test::ScratchFolder;
namespace fs = std::filesystem;

constexpr auto kernel_package = "linux-image-6.1.0-1-cloud-amd64";

class ImageStoreTest : public ::testing::Test {
protected:
  void SetUp() override {
    folder_.put(
        "recipes/small.image.yaml",
        "image: small\n"
        "kernel: linux-image-cloud-amd64\n"
        "modules: [virtio]\n"
        "packages: {busybox-static: [/bin/busybox]}\n"
        "links: {/bin/sh: busybox}\n"
        "files: {/init: small/init}\n"
        "programs: {/bin/responder: responder}\n");
    folder_.put("recipes/small/init", "#!/bin/busybox sh\n");
    folder_.put("programs/responder", "machine code");
    runner_.on(
        "apt-cache show --no-all-versions linux-image-cloud-amd64",
        exited(0, "Package: linux-image-cloud-amd64\nVersion: 7\nDepends: linux-image-6.1.0-1-cloud-amd64 (= 7)\n"));
    runner_.on(
        std::string("apt-cache show --no-all-versions ") + kernel_package,
        exited(
            0,
            std::string("Package: ") + kernel_package +
                "\nVersion: 7\nDepends: kmod, linux-base (>= 4.3~)\nSize: 2097152\n"));
    runner_.on(
        "apt-cache show --no-all-versions busybox-static", exited(0, "Package: busybox-static\nVersion: 1.35\n"));
    runner_.on("apt-get", [](const Command& command) {
      write_file(command.folder / (command.argv.back() + "_7_amd64.deb"), "package");
      return exited(0);
    });
    runner_.on("dpkg-deb --field", exited(0, "7-1\n"));
    runner_.on("dpkg-deb -x", [](const Command& command) { return unpack(command.argv.back()); });
    runner_.on("depmod", [](const Command& command) {
      write_file(
          fs::path(command.argv.at(2)) / "lib/modules" / command.argv.at(3) / "modules.dep",
          "kernel/virtio.ko: kernel/virtio_ring.ko\nkernel/virtio_ring.ko:\n");
      return exited(0);
    });
    runner_.on("cpio", [this](const Command& command) {
      packed_ = command.input;
      init_mode_ = fs::status(command.folder / "init").permissions();
      module_list_ = read_file(command.folder / "etc/modules");
      write_file(command.argv.back(), "archive of\n" + command.input);
      return exited(0);
    });
  }

  static CommandResult unpack(const fs::path& tree) {
    if (tree.filename() == kernel_package) {
      fs::create_directories(tree / "boot");
      fs::create_directories(tree / "lib/modules/6.1.0-1-cloud-amd64/kernel");
      write_file(tree / "boot/vmlinuz-6.1.0-1-cloud-amd64", "kernel code");
      write_file(tree / "lib/modules/6.1.0-1-cloud-amd64/modules.builtin", "");
      write_file(tree / "lib/modules/6.1.0-1-cloud-amd64/kernel/virtio.ko", "virtio");
      write_file(tree / "lib/modules/6.1.0-1-cloud-amd64/kernel/virtio_ring.ko", "ring");
    } else {
      fs::create_directories(tree / "bin");
      write_file(tree / "bin/busybox", "busybox");
    }
    return exited(0);
  }

  ImageStore store() {
    return ImageStore(runner_, folder_.path() / "recipes", folder_.path() / "programs", folder_.path() / "cache");
  }

  GuestImage ensure() {
    return store().ensure("small", [this](const ImageStep& step) { progress_.push_back(step.what); });
  }

  /// The error of a build that must fail; the cache must be as empty after it as before.
  Error failure() {
    try {
      static_cast<void>(ensure());
    } catch (const Error& error) {
      EXPECT_EQ(images_in_cache(), 0);
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error("none");
  }

  [[nodiscard]] long images_in_cache() const {
    return std::count_if(
        fs::directory_iterator(folder_.path() / "cache"), {}, [](const auto& entry) { return entry.is_directory(); });
  }

  [[nodiscard]] long built() const {
    return std::count_if(runner_.log().begin(), runner_.log().end(), [](const std::string& command) {
      return command.starts_with("cpio");
    });
  }

  ScratchFolder folder_;
  FakeRunner runner_;
  std::vector<std::string> progress_;
  std::string packed_;
  std::string module_list_;
  fs::perms init_mode_{};
};

TEST_F(ImageStoreTest, FindsNothingInAnEmptyCacheAndAsksNobody) {
  EXPECT_FALSE(store().find("small"));
  EXPECT_TRUE(runner_.log().empty());
}

TEST_F(ImageStoreTest, BuildsFromTheRealKernelPackage) {
  const GuestImage image = ensure();
  EXPECT_EQ(read_file(image.kernel), "kernel code");
  EXPECT_EQ(image.packages.at(kernel_package), "7-1");
  EXPECT_EQ(image.packages.at("busybox-static"), "7-1");
  EXPECT_EQ(image.digest.size(), 64U);
  EXPECT_EQ(module_list_, "virtio_ring.ko\nvirtio.ko\n");
  EXPECT_EQ(
      packed_,
      "bin\nbin/busybox\nbin/responder\nbin/sh\ndev\netc\netc/modules\ninit\nlib\nlib/modules\nlib/modules/virtio.ko\n"
      "lib/modules/virtio_ring.ko\nproc\nroot\nsrv\nsys\ntmp\n");
  const std::vector<std::string> expected{
      std::string("fetching ") + kernel_package + " (2.00 MiB)",
      std::string("unpacking ") + kernel_package,
      "fetching busybox-static",
      "unpacking busybox-static",
      "packing small"};
  EXPECT_EQ(progress_, expected);
  EXPECT_EQ(images_in_cache(), 1) << "the work folder must be gone";
}

TEST_F(ImageStoreTest, UsesTheCacheTheSecondTime) {
  const GuestImage first = ensure();
  const std::size_t commands = runner_.log().size();
  const GuestImage second = ensure();
  EXPECT_EQ(second.digest, first.digest);
  EXPECT_EQ(runner_.log().size(), commands);
  EXPECT_TRUE(store().find("small"));
}

TEST_F(ImageStoreTest, BuildsAnewWhenTheRecipeChangesAndKeepsTheOldOne) {
  const GuestImage first = ensure();
  folder_.put("recipes/small/init", "#!/bin/busybox sh\n# changed\n");
  EXPECT_FALSE(store().find("small"));
  const GuestImage second = ensure();
  EXPECT_NE(second.kernel, first.kernel);
  EXPECT_TRUE(fs::exists(first.kernel));
  EXPECT_EQ(built(), 2);
}

TEST_F(ImageStoreTest, DoesNotUseADamagedImage) {
  const GuestImage image = ensure();
  write_file(image.initramfs, "other bytes");
  EXPECT_FALSE(store().find("small"));
  EXPECT_EQ(ensure().digest, image.digest);
  EXPECT_EQ(built(), 2);
  EXPECT_EQ(images_in_cache(), 1);
}

TEST_F(ImageStoreTest, DoesNotUseAnImageWithHalfAManifest) {
  const GuestImage image = ensure();
  const fs::path manifest = image.kernel.parent_path() / "manifest.json";
  write_file(manifest, read_file(manifest).substr(0, 40));
  EXPECT_FALSE(store().find("small"));
  fs::remove(manifest);
  EXPECT_FALSE(store().find("small"));
}

TEST_F(ImageStoreTest, DoesNotUseAndRemovesWhatAKilledBuilderLeft) {
  folder_.put("cache/.building-abcdef/image/kernel", "half a kernel");
  EXPECT_FALSE(store().find("small"));
  static_cast<void>(ensure());
  EXPECT_FALSE(fs::exists(folder_.path() / "cache/.building-abcdef"));
}

TEST_F(ImageStoreTest, LeavesNothingWhenAToolFails) {
  runner_.on("cpio", exited(2, "", "cpio: write error\n"));
  const Error error = failure();
  EXPECT_TRUE(std::string(error.what()).starts_with("image small: cpio --create")) << error.what();
}

TEST_F(ImageStoreTest, WaitsForAnotherBuilder) {
  fs::create_directories(folder_.path() / "cache");
  UniqueFd other(::open((folder_.path() / "cache/.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  static_cast<void>(store().ensure("small", [&](const ImageStep& step) {
    progress_.push_back(step.what);
    other.reset(); // the other builder ends
  }));
  EXPECT_EQ(progress_.front(), "waiting for another migralab that builds an image");
}

TEST_F(ImageStoreTest, SaysThatPackageListsAreEmpty) {
  runner_.on(
      "apt-cache show --no-all-versions linux-image-cloud-amd64", exited(100, "", "N: Unable to locate package\n"));
  const Error error = failure();
  EXPECT_STREQ(error.what(), "image small: apt knows no package linux-image-cloud-amd64");
  EXPECT_NE(error.hint().find("apt-get update"), std::string::npos);
  EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
}

TEST_F(ImageStoreTest, SaysThatThereIsNoNetwork) {
  runner_.on(
      "apt-get",
      exited(
          100,
          "",
          "E: Failed to fetch http://mirror/linux.deb  Temporary failure resolving 'mirror'\nE: Some files failed to "
          "download\n"));
  const Error error = failure();
  EXPECT_EQ(
      std::string(error.what()),
      std::string("image small: cannot fetch ") + kernel_package + ": E: Some files failed to download");
  EXPECT_NE(error.hint().find("is there a network?"), std::string::npos);
  EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
}

TEST_F(ImageStoreTest, SaysThatTheDiskIsFull) {
  runner_.on("dpkg-deb -x", exited(2, "", "tar: vmlinuz: Cannot write: No space left on device\n"));
  const Error error = failure();
  EXPECT_STREQ(error.what(), "image small: dpkg-deb: the disk is full");
  EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
}

TEST_F(ImageStoreTest, NamesThePackageOfAMissingTool) {
  for (const auto& [tool, package] :
       std::map<std::string, std::string>{{"depmod", "kmod"}, {"cpio", "cpio"}, {"dpkg-deb", "dpkg"}}) {
    FakeRunner before = runner_;
    runner_.on(tool, not_started("program '" + tool + "' not found"));
    const Error error = failure();
    EXPECT_EQ(error.hint(), "install the Debian package " + package);
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
    runner_ = before;
  }
}

TEST_F(ImageStoreTest, KnowsItsRecipes) {
  folder_.put("recipes/large.image.yaml", "");
  EXPECT_EQ(store().names(), (std::vector<std::string>{"large", "small"}));
  try {
    static_cast<void>(store().find("smal"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown image 'smal'");
    EXPECT_NE(error.hint().find("did you mean 'small'?"), std::string::npos);
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
}

} // namespace
} // namespace migralab
