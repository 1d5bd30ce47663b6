// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/image/image.hpp"
#include "support/fake_runner.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>
#include <map>

namespace migralab {
namespace {

using test::FakeRunner;
using test::ScratchFolder;
namespace fs = std::filesystem;

TEST(GuestDisk, IsASparseFileOfTheSizeAskedFor) {
  const ScratchFolder folder;
  FakeRunner runner;
  const fs::path disk = folder.path() / "web.img";
  make_guest_disk(runner, disk, Bytes::mib(64), "quickstart", "web");
  EXPECT_EQ(fs::file_size(disk), Bytes::mib(64).count);
  ASSERT_EQ(runner.log().size(), 1U);
  EXPECT_TRUE(runner.log().front().starts_with("mke2fs -q -F -t ext4 -L web -U ")) << runner.log().front();
  EXPECT_TRUE(runner.log().front().ends_with(disk.native())) << runner.log().front();
}

TEST(GuestDisk, HoldsAPageAndTheSameNoiseForEveryGuest) {
  const ScratchFolder folder;
  FakeRunner runner;
  std::map<std::string, std::uintmax_t> sizes;
  std::vector<std::string> noises;
  std::string last_page;
  runner.on("mke2fs", [&](const Command& command) {
    const fs::path www = fs::path(command.argv.at(command.argv.size() - 2)) / "www";
    noises.push_back(read_file(www / "64k.bin"));
    last_page = read_file(www / "index.html");
    return test::exited(0);
  });
  make_guest_disk(runner, folder.path() / "a.img", Bytes::mib(8), "lab", "a");
  make_guest_disk(runner, folder.path() / "b.img", Bytes::mib(8), "lab", "b");
  ASSERT_EQ(noises.size(), 2U);
  EXPECT_EQ(noises[0].size(), 65536U);
  EXPECT_EQ(noises[0], noises[1]);
  EXPECT_NE(last_page.find("guest b of lab lab"), std::string::npos) << last_page;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 2) << "the content's folder must be gone";
}

TEST(GuestDisk, CutsTheLabelAtSixteenCharacters) {
  const ScratchFolder folder;
  FakeRunner runner;
  make_guest_disk(runner, folder.path() / "x.img", Bytes::mib(8), "lab", "a-name-longer-than-sixteen");
  EXPECT_NE(runner.log().front().find(" -L a-name-longer-th -U "), std::string::npos) << runner.log().front();
}

TEST(GuestDisk, LeavesNothingWhenMke2fsFails) {
  const ScratchFolder folder;
  FakeRunner runner;
  runner.on("mke2fs", test::exited(1, "", "mke2fs: device too small\n"));
  EXPECT_THROW(make_guest_disk(runner, folder.path() / "x.img", Bytes{4096}, "lab", "x"), Error);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(GuestDisk, NamesThePackageOfMke2fs) {
  const ScratchFolder folder;
  FakeRunner runner;
  runner.on("mke2fs", test::not_started("program 'mke2fs' not found"));
  try {
    make_guest_disk(runner, folder.path() / "x.img", Bytes::mib(8), "lab", "x");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
    EXPECT_EQ(error.hint(), "install the Debian package e2fsprogs");
  }
}

} // namespace
} // namespace migralab
