// SPDX-License-Identifier: Apache-2.0
// Guests of a cloud image: they boot by their own loader, are told by a seed who they are, and move. A long test: the
// image is made once for each user (three minutes and more), and cloud-init takes minutes under TCG.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include "migralab/core/files.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class CloudLab : public LabTest {
protected:
  /// Made by tests/support/make_cloud_image as it is now.
  static fs::path image(const Cli& cli) {
    const fs::path maker = source_path("tests/support/make_cloud_image");
    fs::path file = cli.cache_home() / fmt::format("cloud-test-{}.qcow2", sha256_of_file(maker).substr(0, 12));
    if (!fs::exists(file)) {
      EXPECT_TRUE(succeeded(cli.run_program({"/usr/bin/mkdir", "-p", file.parent_path()})));
      EXPECT_TRUE(succeeded(cli.run_program({maker, file}, Seconds(900))));
    }
    return file;
  }

  static std::string topology(const Cli& cli, const std::string& type) {
    return cli.put(
        "cloud-" + type + ".lab.yaml",
        fmt::format(
            "lab: cloud-{0}\n"
            "networks: {{lan: {{rate: 1Gbit/s}}}}\n"
            "storage: {{store: {{type: {0}}}}}\n"
            "hosts: {{h1: {{memory: 1GiB}}, h2: {{memory: 1GiB}}}}\n"
            "clients: {{client: }}\n"
            "guests: {{web: {{image: \"{1}\", memory: 512MiB, disk: {{storage: store, size: 2GiB}}, services: "
            "[http]}}}}\n",
            type,
            image(cli).native()));
  }

  static std::string in_guest(const Cli& cli, const std::string& script) {
    const Finished finished = cli.run({"exec", "web", "--", "sh", "-c", script}, Seconds(120));
    EXPECT_TRUE(succeeded(finished));
    return finished.output;
  }

  static void write_migrate_and_read(const Cli& cli, const Cli::Words& options) {
    const std::string checksum = "sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum </root/data";
    in_guest(cli, "dd if=/dev/urandom of=/root/data bs=1M count=10 2>/dev/null");
    const std::string written = in_guest(cli, checksum);
    ASSERT_FALSE(written.empty());
    for (const char* host : {"h2", "h1"}) {
      Cli::Words words{"migrate", "web", host};
      words.insert(words.end(), options.begin(), options.end());
      ASSERT_TRUE(succeeded(cli.run(words, Seconds(300))));
      EXPECT_EQ(in_guest(cli, checksum), written) << "on " << host;
      EXPECT_FALSE(in_guest(cli, "blkid -p -s LABEL -o value /dev/vdb").empty()) << "the seed, on " << host;
    }
  }
};

TEST_P(CloudLab, OnIscsiIsWhatItsSeedSaysAndMoves) {
  const Cli cli(GetParam());
  const std::string file = topology(cli, "iscsi");
  const fs::path image_file = image(cli);
  const std::string digest = sha256_of_file(image_file);
  ASSERT_TRUE(succeeded(cli.run({"up", file}, Seconds(800))));
  EXPECT_TRUE(cli.answers("cloud-iscsi"));
  EXPECT_EQ(in_guest(cli, "hostname"), "web\n");
  EXPECT_EQ(in_guest(cli, "ls /dev/vda2 && findmnt -n -o SOURCE /"), "/dev/vda2\n/dev/vda2\n");
  EXPECT_GT(std::stoi(in_guest(cli, "df --output=size -BM / | tail -1")), 1700) << "grown to its disk, of 1400 MiB";
  EXPECT_EQ(in_guest(cli, "systemctl is-active migralab-echo"), "active\n");
  EXPECT_NE(in_guest(cli, "ip -4 -o addr show dev eth0").find("10.10.0.14/24"), std::string::npos);
  write_migrate_and_read(cli, {});
  EXPECT_EQ(sha256_of_file(image_file), digest);
  EXPECT_TRUE(succeeded(cli.run({"image", "verify", image_file})));
  const Finished listed = cli.run({"image", "ls"});
  EXPECT_NE(listed.output.find("cloud-iscsi"), std::string::npos) << listed.output;
}

TEST_P(CloudLab, OnLocalStorageMovesWithItsLayerAlone) {
  const Cli cli(GetParam());
  const std::string file = topology(cli, "local");
  ASSERT_TRUE(succeeded(cli.run({"up", file}, Seconds(800))));
  write_migrate_and_read(cli, {"--copy-storage"});
  const fs::path disks = cli.lab_folder("cloud-local") / "local-disks";
  EXPECT_LT(fs::file_size(disks / "h1" / "web.img"), 200U << 20U) << "only the layer may be copied";
  EXPECT_FALSE(fs::exists(disks / "h2" / "web.img"));
}

MIGRALAB_BOTH_MODES(CloudLab);

} // namespace

} // namespace migralab::test
