// SPDX-License-Identifier: Apache-2.0
// The root file system of an image, with mmdebstrap, apt, tar and mke2fs played by a script.
#include "root_build.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "support/fake_runner.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;
using test::exited;

class RootBuildTest : public ::testing::Test {
protected:
  void SetUp() override {
    folder_.put("recipes/site.conf", "the site");
    folder_.put("programs/responder", "machine code");
    fs::create_directories(work());
    source_.recipe.name = "debian";
    source_.recipe.root = RootRecipe{
        .suite = "bookworm",
        .packages = {"apache2", "wrk"},
        .files = {{"/etc/site.conf", "site.conf"}},
        .programs = {{"/usr/local/bin/responder", "responder"}},
        .sources = {"deb http://snapshot.debian.org/x bookworm main"},
        .size = Bytes::mib(64),
        .memory = Bytes::mib(256)};
    source_.files = folder_.path() / "recipes";
    source_.programs = folder_.path() / "programs";
    source_.digest = std::string(64, 'a');
    // Every tool that has to be root runs under setpriv and unshare.
    runner_.on("setpriv", [this](const Command& command) { return play(command); });
    runner_.on("dpkg-query", exited(0, "apache2 amd64 2.4.62-1\nca-certificates all 20230311\n"));
    runner_.on(
        "apt-cache",
        exited(
            0,
            "Package: apache2\nVersion: 2.4.62-1\nSHA256: " + std::string(64, 'b') +
                "\n\nPackage: ca-certificates\nVersion: 20230311\nSHA256: " + std::string(64, 'c') +
                "\n\nPackage: apache2\nStatus: install ok installed\nVersion: 2.4.62-1\n"));
  }

  [[nodiscard]] fs::path work() const { return folder_.path() / "work"; }

  static bool has(const Command& command, const std::string& word) {
    return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
  }

  CommandResult play(const Command& command) {
    if (has(command, "mmdebstrap")) {
      return debootstrap(command);
    }
    if (has(command, "tar")) {
      write_file(work() / "tree.tar", "the archive");
    }
    return exited(0);
  }

  CommandResult debootstrap(const Command& command) {
    mmdebstrap_ = command;
    for (const char* file :
         {"etc/ssh/ssh_host_rsa_key", "etc/ssh/sshd_config", "var/lib/apt/lists/x_Packages", "dev/null"}) {
      folder_.put(std::string("work/tree/") + file, "x");
    }
    for (const std::string& line : said_) {
      command.watch(line);
    }
    return result_;
  }

  BuiltRoot build() {
    return build_root(runner_, source_, work(), folder_.path() / "root.img", [this](const ImageStep& step) {
      steps_.push_back(step);
    });
  }

  test::ScratchFolder folder_;
  test::FakeRunner runner_;
  RecipeSource source_;
  Command mmdebstrap_;
  std::vector<std::string> said_;
  CommandResult result_ = exited(0);
  std::vector<ImageStep> steps_;
};

TEST_F(RootBuildTest, InstallsWhatTheRecipeSaysFromItsSources) {
  const BuiltRoot built = build();
  EXPECT_TRUE(has(mmdebstrap_, "--include=apache2,wrk"));
  EXPECT_TRUE(has(mmdebstrap_, "bookworm"));
  EXPECT_EQ(mmdebstrap_.argv.back(), "deb http://snapshot.debian.org/x bookworm main");
  EXPECT_EQ(mmdebstrap_.environment.at("SOURCE_DATE_EPOCH"), "1672531200");
  EXPECT_EQ(built.packages.at("apache2"), (PackageFact{"2.4.62-1", std::string(64, 'b')}));
  EXPECT_EQ(built.packages.at("ca-certificates"), (PackageFact{"20230311", std::string(64, 'c')}));
  EXPECT_EQ(built.contents, sha256_of_text("the archive"));
  EXPECT_EQ(fs::status(folder_.path() / "root.img").permissions(), fs::perms(0444)) << "guests must not write to it";
  EXPECT_EQ(fs::file_size(folder_.path() / "root.img"), Bytes::mib(64).count);
  EXPECT_FALSE(fs::exists(work() / "tree")) << "the tree is only needed to make the file system";
}

TEST_F(RootBuildTest, PutsFilesInAndTakesOutWhatDiffersBetweenBuilds) {
  bool seen = false;
  runner_.on("setpriv", [&](const Command& command) {
    if (has(command, "mke2fs")) {
      seen = true;
      const fs::path tree = work() / "tree";
      EXPECT_EQ(read_file(tree / "etc/site.conf"), "the site");
      EXPECT_EQ(read_file(tree / "usr/local/bin/responder"), "machine code");
      EXPECT_EQ(fs::file_size(tree / "srv/www/64k.bin"), 65536U);
      EXPECT_FALSE(fs::exists(tree / "etc/ssh/ssh_host_rsa_key")) << "all guests would have the same";
      EXPECT_TRUE(fs::exists(tree / "etc/ssh/sshd_config"));
      EXPECT_FALSE(fs::exists(tree / "var/lib/apt/lists/x_Packages"));
      EXPECT_TRUE(fs::is_empty(tree / "dev"));
    }
    return play(command);
  });
  static_cast<void>(build());
  EXPECT_TRUE(seen);
}

TEST_F(RootBuildTest, TellsHowFarItIs) {
  said_ = {"0 upgraded, 1 newly installed, 0 to remove", "Unpacking wrk (1) ..."};
  static_cast<void>(build());
  ASSERT_GE(steps_.size(), 3U);
  EXPECT_EQ(steps_[0].what, "installing debian");
  EXPECT_EQ(steps_[1].detail, "unpacking wrk");
  EXPECT_TRUE(std::is_sorted(
      steps_.begin(), steps_.end(), [](const ImageStep& a, const ImageStep& b) { return a.done < b.done; }));
}

TEST_F(RootBuildTest, SaysWhyPackagesCannotBeInstalled) {
  said_ = {"Get:1 lists", "E: Unable to locate package wrkk", "E: run_chroot failed"};
  result_ = exited(25);
  try {
    static_cast<void>(build());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "mmdebstrap could not install the packages: E: Unable to locate package wrkk; E: run_chroot failed");
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
    EXPECT_EQ(error.hint(), "is there a network, and do all these packages exist in the recipe's suite and sources?");
  }
  EXPECT_FALSE(fs::exists(work() / "tree"));
}

TEST_F(RootBuildTest, NamesThePackageOfMmdebstrap) {
  runner_.on("setpriv", test::not_started("program 'setpriv' not found"));
  try {
    static_cast<void>(build());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "install the Debian package mmdebstrap");
  }
}

TEST_F(RootBuildTest, APackageWithoutADigestIsNoPartOfALock) {
  runner_.on("apt-cache", exited(0, "Package: apache2\nVersion: 2.4.62-1\n"));
  EXPECT_THROW(static_cast<void>(build()), Error);
}

} // namespace
} // namespace migralab
