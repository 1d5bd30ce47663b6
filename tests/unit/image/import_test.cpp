// SPDX-License-Identifier: Apache-2.0
// A user's qcow2 file as an image: copied once, known again, listed and removed.
#include "migralab/image/cache.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "support/fake_runner.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;

class Import : public ::testing::Test {
protected:
  void SetUp() override {
    runner_.on("cp ", [](const Command& command) {
      fs::copy_file(command.argv.at(command.argv.size() - 2), command.argv.back());
      return test::exited(0);
    });
    folder_.put("recipes/init", "#!/bin/sh\n");
    write_image(1000);
  }

  /// A header of version 2, 1 GiB, and so many bytes in all.
  void write_image(std::size_t size) {
    std::string bytes(size, '\0');
    bytes.replace(0, 8, std::string("QFI\xfb\0\0\0\2", 8));
    bytes[28] = 0x40;
    folder_.put("my.qcow2", bytes);
  }

  [[nodiscard]] fs::path file() const { return folder_.path() / "my.qcow2"; }
  [[nodiscard]] ImageStore store() {
    return {runner_, folder_.path() / "recipes", folder_.path(), folder_.path() / "cache"};
  }
  [[nodiscard]] ImageCache cache() const {
    return {folder_.path() / "recipes", folder_.path(), folder_.path() / "cache"};
  }
  GuestImage ensure() {
    return store().ensure(file(), [](const ImageStep&) {});
  }

  test::ScratchFolder folder_;
  test::FakeRunner runner_;
};

TEST_F(Import, CopiesInWholeSectorsAndLeavesTheFileAlone) {
  const std::string before = read_file(file());
  EXPECT_FALSE(store().find(file()));
  const GuestImage image = ensure();
  EXPECT_EQ(image.name, file());
  EXPECT_EQ(image.digest, sha256_of_text(before)) << "what sha256sum says";
  EXPECT_TRUE(image.kernel.empty());
  ASSERT_TRUE(image.disk);
  EXPECT_TRUE(image.disk->qcow2);
  EXPECT_EQ(image.disk->size, Bytes::gib(1));
  EXPECT_EQ(read_file(image.disk->file), before + std::string(24, '\0'));
  EXPECT_EQ(fs::status(image.disk->file).permissions(), fs::perms(0444));
  EXPECT_EQ(read_file(file()), before);
  const ImageTraits traits = store().traits(file());
  EXPECT_EQ(traits.disk, Bytes::gib(1));
  EXPECT_TRUE(traits.own_loader);
}

TEST_F(Import, ReadsAFileOnceUnlessItChanges) {
  const std::string digest = ensure().digest;
  EXPECT_EQ(ensure().digest, digest);
  EXPECT_EQ(runner_.log().size(), 1U) << "copied twice";
  write_image(2048);
  EXPECT_FALSE(store().find(file()));
  EXPECT_NE(ensure().digest, digest);
  EXPECT_EQ(runner_.log().size(), 2U);
}

TEST_F(Import, IsCopiedAnewWhenTheCopyIsDamaged) {
  const GuestImage image = ensure();
  fs::permissions(image.disk->file, fs::perms(0644));
  fs::resize_file(image.disk->file, 512);
  const GuestImage again = ensure();
  EXPECT_EQ(again.digest, image.digest);
  EXPECT_EQ(fs::file_size(again.disk->file), 1024U);
}

TEST_F(Import, IsListedVerifiedAndRemovedWhenTheFileIsGoneAndNoLabUsesIt) {
  const GuestImage image = ensure();
  const std::vector<CachedImage> listed = cache().list();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed.front().kind, "cloud");
  EXPECT_EQ(listed.front().name, file());
  EXPECT_TRUE(listed.front().current);
  EXPECT_TRUE(ImageCache::damage(listed.front()).empty());
  EXPECT_TRUE(cache().collect(runner_, {}, false).empty());
  fs::remove(file());
  EXPECT_FALSE(cache().list().front().current);
  EXPECT_TRUE(cache().collect(runner_, {image.digest}, false).empty());
  EXPECT_EQ(cache().collect(runner_, {}, false).size(), 1U);
  EXPECT_FALSE(fs::exists(image.disk->file));
}

TEST_F(Import, CanBeLocked) {
  static_cast<void>(ensure());
  const ImageFacts facts = store().facts(file());
  folder_.put("my.lock", render_lock(facts));
  const ImageFacts locked = load_lock(folder_.path() / "my.lock");
  EXPECT_TRUE(drift(locked, facts).empty());
  write_image(2048);
  static_cast<void>(ensure());
  EXPECT_FALSE(drift(locked, store().facts(file())).empty());
}

} // namespace
} // namespace migralab
