// SPDX-License-Identifier: Apache-2.0
// Each storage backend with a guest that boots from nothing else than what the lab gave it, writes, migrates, and reads
// back what it wrote: the checksums are equal before and after, with the guest's cache emptied in between.
#include "support/lab_test.hpp"

#include <fmt/format.h>

namespace migralab::test {

namespace {

class StorageOfALab : public LabTest {
protected:
  /// The quickstart lab on storage of `type`.
  static std::string topology(const Cli& cli, const std::string& type) {
    return cli.put(
        "on-" + type + ".lab.yaml",
        fmt::format(
            "lab: on-{0}\n"
            "networks: {{lan: {{rate: 1Gbit/s}}}}\n"
            "storage: {{store: {{type: {0}}}}}\n"
            "hosts: {{h1: {{memory: 1GiB}}, h2: {{memory: 1GiB}}}}\n"
            "clients: {{client: }}\n"
            "guests: {{web: {{memory: 192MiB, disk: {{storage: store, size: 64MiB}}, services: [http]}}}}\n",
            type));
  }

  static std::string in_guest(const Cli& cli, const std::string& script) {
    const Finished finished = cli.run({"exec", "web", "--", "sh", "-c", script});
    EXPECT_TRUE(succeeded(finished));
    return finished.output;
  }

  static std::string checksum(const Cli& cli) {
    return in_guest(cli, "sync; echo 3 >/proc/sys/vm/drop_caches; md5sum </srv/data");
  }

  /// To h2 and back, `options` given to each migration; the file is added to on h2.
  static void write_migrate_and_read(const Cli& cli, const Cli::Words& options) {
    in_guest(cli, "dd if=/dev/urandom of=/srv/data bs=64k count=100 2>/dev/null");
    const std::string on_h1 = checksum(cli);
    ASSERT_FALSE(on_h1.empty());
    Cli::Words there{"migrate", "web", "h2"};
    there.insert(there.end(), options.begin(), options.end());
    ASSERT_TRUE(succeeded(cli.run(there, Seconds(120))));
    EXPECT_EQ(checksum(cli), on_h1);
    in_guest(cli, "dd if=/dev/urandom bs=64k count=20 2>/dev/null >>/srv/data");
    const std::string on_h2 = checksum(cli);
    EXPECT_NE(on_h2, on_h1);
    Cli::Words back{"migrate", "web", "h1"};
    back.insert(back.end(), options.begin(), options.end());
    ASSERT_TRUE(succeeded(cli.run(back, Seconds(120))));
    EXPECT_EQ(checksum(cli), on_h2);
  }
};

TEST_P(StorageOfALab, Iscsi) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"up", topology(cli, "iscsi")}, Seconds(180))));
  write_migrate_and_read(cli, {});
}

TEST_P(StorageOfALab, Nfs) {
  const Cli cli(GetParam());
  const Finished up = cli.run({"up", topology(cli, "nfs")}, Seconds(180));
  if (GetParam() == Mode::rootless) {
    EXPECT_TRUE(refused(up, 3, {"store is of type nfs", "ganesha", "root only", "type: iscsi"}));
    EXPECT_TRUE(refused(cli.run({"check", topology(cli, "nfs")}), 3, {"store is of type nfs"}));
    return;
  }
  ASSERT_TRUE(succeeded(up));
  write_migrate_and_read(cli, {});
}

TEST_P(StorageOfALab, LocalMovesOnlyWithItsDisk) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"up", topology(cli, "local")}, Seconds(180))));
  EXPECT_TRUE(refused(
      cli.run({"migrate", "web", "h2"}),
      2,
      {"the disk of guest web is a file on h1", "h2 does not see it", "--copy-storage"}));
  write_migrate_and_read(cli, {"--copy-storage"});
  const std::filesystem::path disks = cli.lab_folder("on-local") / "local-disks";
  EXPECT_TRUE(std::filesystem::exists(disks / "h1" / "web.img"));
  EXPECT_FALSE(std::filesystem::exists(disks / "h2" / "web.img")) << "a copy that nobody needs";
}

MIGRALAB_BOTH_MODES(StorageOfALab);

} // namespace

} // namespace migralab::test
