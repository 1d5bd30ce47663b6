// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/seed.hpp"

#include "migralab/core/files.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

CloudGuest guest() {
  return {
      .guest = "web",
      .instance = "0f0e0d0c-0b0a-4908-8706-050403020100",
      .nics = {{"52:54:00:12:34:56", "10.10.0.13/24"}, {"52:54:00:65:43:21", "192.168.5.7/16"}},
      .route = OutboundRoute{"192.168.0.2", "192.168.0.3"},
      .key = "AAAAC3NzaC1lZDI1NTE5AAAAIKEY"};
}

TEST(CloudSeed, IsGolden) {
  const CloudSeed seed = cloud_seed(guest());
  test::expect_golden(
      test::source_path("tests/unit/image/seed.expected"),
      "--- meta-data\n" + seed.meta_data + "--- user-data\n" + seed.user_data + "--- network-config\n" +
          seed.network_config);
}

TEST(CloudSeed, RoutesByTheNetworkWithTheWayOutOnly) {
  const std::string config = cloud_seed(guest()).network_config;
  EXPECT_EQ(config.find("routes"), config.rfind("routes"));
  EXPECT_GT(config.find("via: 192.168.0.2"), config.find("eth1:"));
  CloudGuest closed = guest();
  closed.route.reset();
  EXPECT_EQ(cloud_seed(closed).network_config.find("routes"), std::string::npos);
  closed.nics.clear();
  EXPECT_EQ(cloud_seed(closed).network_config, "version: 2\nethernets: {}\n");
}

TEST(CloudSeed, IsAFileSystemWithTheLabelThatCloudInitLooksFor) {
  const test::ScratchFolder folder;
  SystemRunner runner;
  const std::filesystem::path file = folder.path() / "web.iso";
  make_seed(runner, file, cloud_seed(guest()));
  const std::string bytes = read_file(file);
  EXPECT_EQ(bytes.substr(0x8001, 5), "CD001");                // ECMA-119, primary volume descriptor
  EXPECT_EQ(bytes.substr(0x8000 + 40, 8), "cidata  ");        // its volume identifier
  EXPECT_NE(bytes.find("network-config"), std::string::npos); // the Rock Ridge name
  EXPECT_NE(bytes.find("local-hostname: web"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file.native() + ".content"));
}

} // namespace
} // namespace migralab
