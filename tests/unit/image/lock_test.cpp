// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/lock.hpp"

#include "migralab/core/error.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

ImageFacts facts() {
  return {
      .image = "debian",
      .recipe = std::string(64, 'a'),
      .packages =
          {{"apache2", {"2.4.62-1~deb12u2", std::string(64, 'b')}}, {"gcc", {"4:12.2.0-3", std::string(64, 'c')}}},
      .digests = {{"kernel", std::string(64, 'd')}, {"contents", std::string(64, 'e')}}};
}

TEST(ImageLock, IsReadAsItWasWritten) {
  const test::ScratchFolder folder;
  folder.put("debian.image.lock", render_lock(facts()));
  const ImageFacts read = load_lock(folder.path() / "debian.image.lock");
  EXPECT_EQ(read.image, "debian");
  EXPECT_EQ(read.packages, facts().packages);
  EXPECT_EQ(read.digests, facts().digests);
  EXPECT_TRUE(drift(read, facts()).empty());
}

TEST(ImageLock, NamesEverythingThatDiffers) {
  ImageFacts now = facts();
  now.recipe = std::string(64, 'f');
  now.packages["apache2"].version = "2.4.65-1~deb12u1";
  now.packages["gcc"].sha256 = std::string(64, '0');
  now.packages["libapr1"] = {"1.7.2-3", {}};
  now.digests["contents"] = std::string(64, '1');
  ImageFacts locked = facts();
  locked.packages["wrk"] = {"4.1.0-3+b2", {}};
  const std::vector<std::string> expected{
      "recipe: locked aaaaaaaaaaaaaaaa, now ffffffffffffffff: the recipe, or a file or program that it names, has "
      "changed",
      "apache2: locked 2.4.62-1~deb12u2, the image has 2.4.65-1~deb12u1",
      "gcc: 4:12.2.0-3 in both, but another file: locked cccccccccccccccc, the image has 0000000000000000 (SHA-256)",
      "libapr1: not in the lock, the image has 1.7.2-3",
      "wrk: locked 4.1.0-3+b2, the image has no such package",
      "contents: locked eeeeeeeeeeeeeeee, the image has 1111111111111111 (SHA-256)"};
  EXPECT_EQ(drift(locked, now), expected);
}

TEST(ImageLock, MistakesHaveTheirPlace) {
  const test::ScratchFolder folder;
  folder.put("x.image.lock", "image: debian\nrecipe: abc\npackages: {apache2: {version: 1}}\ndigest: {}\n");
  try {
    static_cast<void>(load_lock(folder.path() / "x.image.lock"));
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("x.image.lock:3:12: error: 'apache2' of 'packages' lacks 'sha256'"), std::string::npos) << text;
    EXPECT_NE(text.find("x.image.lock:4:1: error: unknown key 'digest'"), std::string::npos) << text;
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
}

} // namespace
} // namespace migralab
