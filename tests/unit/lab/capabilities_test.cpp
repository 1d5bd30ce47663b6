// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/doctor.hpp"

#include "support/scratch_folder.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;

constexpr unsigned somebody = 54321;

/// A plain file stands for the device: permissions work alike.
class DevicePermissions : public ::testing::Test {
protected:
  DevicePermissions() : device_(folder_.path() / "kvm") { std::ofstream(device_).put('\n'); }

  void set_mode(unsigned bits) { fs::permissions(device_, fs::perms(bits)); }

  test::ScratchFolder folder_;
  fs::path device_;
};

TEST_F(DevicePermissions, OfAGroupAreNone) {
  set_mode(0660);
  EXPECT_FALSE(opens_without_groups(device_, somebody));
  EXPECT_TRUE(opens_without_groups(device_, 0)) << "root needs none";
  EXPECT_TRUE(opens_without_groups(device_, ::geteuid())) << "the owner";
}

TEST_F(DevicePermissions, OfOthersMustBeReadAndWrite) {
  set_mode(0664);
  EXPECT_FALSE(opens_without_groups(device_, somebody));
  set_mode(0666);
  EXPECT_TRUE(opens_without_groups(device_, somebody));
}

TEST_F(DevicePermissions, OfAnAccessListCount) {
  struct Entry {
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
  };
  struct {
    std::uint32_t version = 2;
    std::array<Entry, 5> entries{{{0x01, 6, ~0U}, {0x02, 6, somebody}, {0x04, 6, ~0U}, {0x10, 6, ~0U}, {0x20, 0, ~0U}}};
  } list;
  set_mode(0660);
  if (::setxattr(device_.c_str(), "system.posix_acl_access", &list, sizeof list, 0) != 0) {
    GTEST_SKIP() << "this file system has no access lists";
  }
  EXPECT_TRUE(opens_without_groups(device_, somebody));
  EXPECT_FALSE(opens_without_groups(device_, somebody + 1));
}

TEST_F(DevicePermissions, OfNothingAreNone) {
  EXPECT_FALSE(opens_without_groups(folder_.path() / "none", somebody));
}

} // namespace
} // namespace migralab
