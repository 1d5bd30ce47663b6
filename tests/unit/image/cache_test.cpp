// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/cache.hpp"

#include "cache_folder.hpp"
#include "manifest.hpp"
#include "migralab/core/files.hpp"
#include "support/fake_runner.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;

class ImageCacheTest : public ::testing::Test {
protected:
  void SetUp() override {
    folder_.put(
        "recipes/small.image.yaml", "image: small\nkernel: k\nmodules: [v]\npackages: {}\nfiles: {/init: init}\n");
    folder_.put("recipes/init", "#!/bin/sh\n");
    current_ = load_recipe(folder_.path() / "recipes", folder_.path(), "small").digest;
  }

  /// Returns the image's digest.
  std::string put_image(const std::string& recipe) const {
    const fs::path folder = image_folder(cache(), "small", recipe);
    fs::create_directories(folder);
    write_file(folder / kernel_file, "kernel");
    write_file(folder / initramfs_file, "initramfs");
    ImageManifest manifest;
    manifest.name = "small";
    manifest.recipe = recipe;
    manifest.built = "2026-01-02T03:04:05.678Z";
    manifest.products = {{kernel_file, sha256_of_text("kernel")}, {initramfs_file, sha256_of_text("initramfs")}};
    write_file(folder / manifest_file, to_json(manifest));
    return image_of(folder, manifest).digest;
  }

  [[nodiscard]] fs::path cache() const { return folder_.path() / "cache"; }
  [[nodiscard]] ImageCache images() const { return {folder_.path() / "recipes", folder_.path(), cache()}; }

  test::ScratchFolder folder_;
  test::FakeRunner runner_;
  std::string current_;
};

TEST_F(ImageCacheTest, ListsTheCurrentAndTheFormerImages) {
  put_image(std::string(64, '0'));
  const std::string digest = put_image(current_);
  folder_.put("cache/.building-x/image/kernel", "half");
  const std::vector<CachedImage> list = images().list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_TRUE(list[0].current);
  EXPECT_EQ(list[0].digest, digest);
  EXPECT_EQ(list[0].kind, "initramfs");
  EXPECT_EQ(list[0].built, "2026-01-02T03:04:05.678Z");
  EXPECT_FALSE(list[1].current);
}

TEST_F(ImageCacheTest, FindsDamage) {
  put_image(current_);
  EXPECT_TRUE(ImageCache::damage(images().list().front()).empty());
  const fs::path folder = images().list().front().folder;
  write_file(folder / kernel_file, "Kernel");
  fs::remove(folder / initramfs_file);
  EXPECT_EQ(
      ImageCache::damage(images().list().front()),
      (std::vector<std::string>{"initramfs is missing", "kernel is not what was built: its digest differs"}));
  write_file(folder / manifest_file, "{");
  EXPECT_EQ(images().list().front().kind, "damaged");
  EXPECT_EQ(
      ImageCache::damage(images().list().front()),
      std::vector<std::string>{(folder / manifest_file).native() + " is damaged"});
}

TEST_F(ImageCacheTest, RemovesOnlyWhatNobodyNeeds) {
  put_image(current_);
  const std::string used = put_image(std::string(64, '1'));
  put_image(std::string(64, '2'));
  folder_.put("cache/.building-x/image/kernel", "half");
  const auto told = images().collect(runner_, {used}, true);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(fs::exists(told.front().folder)) << "only told";
  EXPECT_TRUE(fs::exists(cache() / ".building-x"));
  const auto gone = images().collect(runner_, {used}, false);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone.front().folder, image_folder(cache(), "small", std::string(64, '2')));
  EXPECT_FALSE(fs::exists(gone.front().folder));
  EXPECT_FALSE(fs::exists(cache() / ".building-x"));
  EXPECT_EQ(images().list().size(), 2U);
}

TEST_F(ImageCacheTest, AnEmptyCacheIsNoMistake) {
  EXPECT_TRUE(images().list().empty());
  EXPECT_TRUE(images().collect(runner_, {}, false).empty());
}

} // namespace
} // namespace migralab
