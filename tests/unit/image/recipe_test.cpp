// SPDX-License-Identifier: Apache-2.0
#include "recipe.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>
#include <set>

namespace migralab {
namespace {

using test::ScratchFolder;

constexpr auto small = R"(image: small
kernel: linux-image-cloud-amd64
modules: [virtio_net]
packages: {busybox-static: [/bin/busybox]}
files: {/init: small/init}
programs: {/bin/responder: responder}
)";

std::string complaints(const std::string& text) {
  Diagnostics diagnostics("small.image.yaml", text);
  static_cast<void>(parse_recipe(text, "small", diagnostics));
  return diagnostics.render();
}

TEST(Recipe, IsReadWhole) {
  Diagnostics diagnostics("small.image.yaml", small);
  const ImageRecipe recipe = parse_recipe(small, "small", diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render();
  EXPECT_EQ(recipe.kernel, "linux-image-cloud-amd64");
  EXPECT_EQ(recipe.modules, std::vector<std::string>{"virtio_net"});
  EXPECT_EQ(recipe.packages.at("busybox-static"), std::vector<std::string>{"/bin/busybox"});
  EXPECT_EQ(recipe.files.at("/init"), "small/init");
  EXPECT_EQ(recipe.programs.at("/bin/responder"), "responder");
}

TEST(Recipe, ShippedOneIsRight) {
  const std::string text = test::read_text(test::source_path("topologies/images/micro.image.yaml"));
  Diagnostics diagnostics("micro.image.yaml", text);
  const ImageRecipe recipe = parse_recipe(text, "micro", diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render();
  for (const auto& [path, source] : recipe.files) {
    EXPECT_TRUE(std::filesystem::exists(test::source_path("topologies/images") / source)) << path;
  }
}

std::string complaints_about(const std::string& file) {
  return complaints(test::read_text(test::source_path("tests/unit/image/errors/" + file + ".image.yaml")));
}

TEST(RecipeMistakes, AreAllReportedInOneGo) {
  const std::string rendered = complaints_about("many");
  EXPECT_NE(rendered.find("small.image.yaml:3:1: error: unknown key 'kernal'"), std::string::npos);
  test::expect_golden(test::source_path("tests/unit/image/errors/many.expected"), rendered);
}

TEST(RecipeMistakes, WordsBecomeArgumentsAndMustBeHarmless) {
  const std::string rendered = complaints_about("words");
  EXPECT_NE(rendered.find("small.image.yaml:3:9: error: 'kernel' is '--download-only'"), std::string::npos);
  test::expect_golden(test::source_path("tests/unit/image/errors/words.expected"), rendered);
}

TEST(RecipeMistakes, InitIsNeeded) {
  test::expect_golden(test::source_path("tests/unit/image/errors/no-init.expected"), complaints_about("no-init"));
}

TEST(RecipeMistakes, SyntaxErrorHasItsPlace) {
  EXPECT_NE(
      complaints("image: small\nfiles: {/init: [\n")
          .find("small.image.yaml:2:16: error: YAML syntax: this '[' is never "),
      std::string::npos);
}

TEST(RecipeMistakes, EmptyFileAndListAreNoRecipe) {
  EXPECT_EQ(
      complaints(""),
      "small.image.yaml: error: the file is empty\nhint: start with 'image: small'\n1 error in small.image.yaml\n");
  EXPECT_NE(
      complaints("- a\n").find("small.image.yaml:1:1: error: the file is a list, but must be a map"),
      std::string::npos);
}

class RecipeDigest : public ::testing::Test {
protected:
  void SetUp() override {
    folder_.put("recipes/small.image.yaml", small);
    folder_.put("recipes/small/init", "#!/bin/busybox sh\n");
    folder_.put("programs/responder", "machine code");
  }

  [[nodiscard]] std::string digest() const {
    return load_recipe(folder_.path() / "recipes", folder_.path() / "programs", "small").digest;
  }

  ScratchFolder folder_;
};

TEST_F(RecipeDigest, IsStable) {
  EXPECT_EQ(digest(), digest());
}

TEST_F(RecipeDigest, ChangesWithEveryIngredient) {
  const std::string before = digest();
  folder_.put("recipes/small.image.yaml", std::string(small) + "# changed\n");
  const std::string recipe = digest();
  folder_.put("recipes/small/init", "#!/bin/busybox sh\nexit\n");
  const std::string file = digest();
  folder_.put("programs/responder", "other machine code");
  const std::string program = digest();
  std::filesystem::permissions(folder_.path() / "programs/responder", std::filesystem::perms(0755));
  const std::string mode = digest();
  EXPECT_EQ(std::set<std::string>({before, recipe, file, program, mode}).size(), 5U);
}

TEST_F(RecipeDigest, NamesTheGuestProgramThatWasNotBuilt) {
  std::filesystem::remove(folder_.path() / "programs/responder");
  try {
    static_cast<void>(digest());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "image small: the guest program 'responder' has not been built");
  }
}

TEST_F(RecipeDigest, NamesTheFileThatIsNotThere) {
  std::filesystem::remove(folder_.path() / "recipes/small/init");
  try {
    static_cast<void>(digest());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("small/init: No such file"), std::string::npos) << error.what();
  }
}

} // namespace
} // namespace migralab
