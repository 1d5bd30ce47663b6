// SPDX-License-Identifier: Apache-2.0
// Guest images: a lab of Debian guests whose disks are layers over the image's, and the verbs that look after images.
#include "support/lab_test.hpp"

#include "migralab/core/files.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class ImageOfALab : public LabTest {
protected:
  static std::string topology(const Cli& cli, const std::string& type) {
    return cli.put(
        "debian-" + type + ".lab.yaml",
        fmt::format(
            "lab: debian-{0}\n"
            "networks: {{lan: {{rate: 1Gbit/s}}}}\n"
            "storage: {{store: {{type: {0}}}}}\n"
            "hosts: {{h1: {{memory: 1GiB}}, h2: {{memory: 1GiB}}}}\n"
            "clients: {{client: }}\n"
            "guests: {{web: {{image: debian, memory: 256MiB, disk: {{storage: store, size: 2GiB}}, services: "
            "[http]}}}}\n",
            type));
  }

  static std::string in_guest(const Cli& cli, const std::string& script) {
    const Finished finished = cli.run({"exec", "web", "--", "sh", "-c", script}, Seconds(120));
    EXPECT_TRUE(succeeded(finished));
    return finished.output;
  }

  static std::string checksum(const Cli& cli) {
    return in_guest(cli, "sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum </root/data");
  }

  static void write_migrate_and_read(const Cli& cli, const Cli::Words& options) {
    in_guest(cli, "dd if=/dev/urandom of=/root/data bs=1M count=10 2>/dev/null");
    const std::string written = checksum(cli);
    ASSERT_FALSE(written.empty());
    for (const char* host : {"h2", "h1"}) {
      Cli::Words words{"migrate", "web", host};
      words.insert(words.end(), options.begin(), options.end());
      ASSERT_TRUE(succeeded(cli.run(words, Seconds(120))));
      EXPECT_EQ(checksum(cli), written) << "on " << host;
    }
  }

  /// The only image NAME-DIGEST in the cache of its own that the test has given to `cli`.
  static fs::path folder_of_image(const fs::path& cache) {
    for (const fs::directory_entry& entry : fs::directory_iterator(cache / "migralab" / "images")) {
      if (entry.path().filename().native().starts_with("micro-")) {
        return entry.path();
      }
    }
    ADD_FAILURE() << "no image in " << cache;
    return {};
  }
};

TEST_P(ImageOfALab, DebianOnIscsiServesRunsProgramsAndMoves) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"image", "build", "debian"}, Seconds(400))));
  ASSERT_TRUE(succeeded(cli.run({"up", topology(cli, "iscsi")}, Seconds(180))));
  EXPECT_TRUE(cli.answers("debian-iscsi"));
  EXPECT_NE(in_guest(cli, "sysbench --version").find("sysbench 1."), std::string::npos);
  EXPECT_NE(in_guest(cli, "dbench -t 1 2 2>&1 | tail -1").find("Throughput"), std::string::npos);
  EXPECT_EQ(in_guest(cli, "df --output=fstype / | tail -1"), "ext4\n");
  in_guest(
      cli,
      "printf 'int main(void) { return 42; }' >/tmp/a.c && gcc -o /root/a /tmp/a.c && { /root/a; test $? = 42; } && "
      "for p in stress stress-ng iperf3 fio httperf wrk ab make; do command -v $p || exit 1; done");
  write_migrate_and_read(cli, {});
  const fs::path disks = cli.lab_folder("debian-iscsi") / "disks" / "store";
  EXPECT_EQ(fs::status(disks / "base.debian.img").permissions() & fs::perms(0222), fs::perms::none);
  const Finished whole = cli.run({"image", "verify", "debian"});
  EXPECT_TRUE(succeeded(whole)) << "the image must be what it was, after all that its guests have written";
  EXPECT_NE(cli.run({"image", "ls"}).output.find("debian-iscsi"), std::string::npos) << "who uses it";
}

TEST_P(ImageOfALab, DebianOnLocalStorageMovesWithWhatItWrote) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"image", "build", "debian"}, Seconds(400))));
  ASSERT_TRUE(succeeded(cli.run({"up", topology(cli, "local")}, Seconds(180))));
  write_migrate_and_read(cli, {"--copy-storage"});
  const fs::path disks = cli.lab_folder("debian-local") / "local-disks";
  EXPECT_LT(fs::file_size(disks / "h1" / "web.img"), 200U << 20U) << "only the layer may be copied";
  EXPECT_FALSE(fs::exists(disks / "h2" / "web.img"));
}

TEST_P(ImageOfALab, MistakesAreNamedBeforeAnythingIsMade) {
  const Cli cli(GetParam());
  const std::string file = cli.put(
      "wrong.lab.yaml",
      "lab: wrong\nnetworks: {lan: }\nhosts: {h1: {memory: 1GiB}}\nguests:\n  a: {image: debain, memory: 256MiB}\n"
      "  b: {image: debian, memory: 256MiB}\n");
  for (const char* verb : {"check", "up"}) {
    EXPECT_TRUE(refused(
        cli.run({verb, file}),
        2,
        {"wrong.lab.yaml:5:14: error: guest 'a': unknown image 'debain'",
         "did you mean 'debian'?",
         "wrong.lab.yaml:6:3: error: guest 'b' has no disk"}));
  }
}

TEST_P(ImageOfALab, ACloudImageIsCheckedAndPlannedByItsHeader) {
  const Cli cli(GetParam());
  const fs::path folder = cli.folder() / "state";
  const auto make = [&](const std::string& name, const Cli::Words& options) {
    Cli::Words argv{"/usr/bin/qemu-img", "create", "-q", "-f", "qcow2"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(), {(folder / name).native(), "1G"});
    ASSERT_TRUE(succeeded(cli.run_program(argv)));
  };
  make("sound.qcow2", {});
  make("layer.qcow2", {"-b", folder / "sound.qcow2", "-F", "qcow2"});
  const auto topology = [&](const std::string& name, const std::string& image, const std::string& size) {
    return cli.put(
        name,
        fmt::format(
            "lab: cloudy\nnetworks: {{lan: }}\nstorage: {{store: {{type: iscsi}}}}\nhosts: {{h1: {{memory: 1GiB}}}}\n"
            "guests:\n  a: {{image: {}, memory: 256MiB, disk: {{storage: store, size: {}}}}}\n",
            (folder / image).native(),
            size));
  };
  const Finished planned = cli.run({"up", topology("sound.lab.yaml", "sound.qcow2", "2GiB"), "--dry-run"});
  EXPECT_TRUE(succeeded(planned));
  EXPECT_NE(planned.output.find("export image " + (folder / "sound.qcow2").native() + " store"), std::string::npos)
      << planned.output;
  EXPECT_TRUE(refused(
      cli.run({"check", topology("small.lab.yaml", "sound.qcow2", "512MiB")}),
      2,
      {"error: the disk of guest 'a' has 512MiB, too little for image " + (folder / "sound.qcow2").native(),
       "it needs 1GiB or more"}));
  EXPECT_TRUE(refused(
      cli.run({"check", topology("layer.lab.yaml", "layer.qcow2", "2GiB")}),
      2,
      {"layer.lab.yaml:6:14: error: guest 'a': " + (folder / "layer.qcow2").native() + " has a backing file"}));
}

TEST_P(ImageOfALab, VerbsLookAfterImages) {
  Cli cli(GetParam());
  const fs::path cache = cli.folder() / "own-cache";
  cli.set("XDG_CACHE_HOME", cache);
  // At a terminal: one line that is drawn over.
  const std::string build = std::string(MIGRALAB_PROGRAM) + " image build micro";
  const Finished built =
      cli.run_program({"/usr/bin/script", "--quiet", "--return", "--command", build, "/dev/null"}, Seconds(200));
  ASSERT_TRUE(succeeded(built));
  EXPECT_NE(built.output.find("\r[....................]   0% "), std::string::npos) << built.output;
  EXPECT_NE(built.output.find("image micro is ready"), std::string::npos) << built.output;

  EXPECT_NE(cli.run({"image", "ls"}).output.find("micro  initramfs"), std::string::npos);
  EXPECT_TRUE(succeeded(cli.run({"image", "verify"})));

  const fs::path lock = cli.folder() / "state" / "micro.image.lock";
  ASSERT_TRUE(succeeded(cli.run({"image", "lock", "micro", "--output", lock})));
  EXPECT_TRUE(succeeded(cli.run({"image", "build", "micro", "--lock", lock})));
  std::string text = read_file(lock);
  const std::size_t place = text.find("busybox-static: {version: \"");
  ASSERT_NE(place, std::string::npos) << text;
  text.insert(place + std::string("busybox-static: {version: \"").size(), "0.");
  const std::string other = cli.put("other.image.lock", text);
  EXPECT_TRUE(refused(
      cli.run({"image", "build", "micro", "--lock", other}),
      1,
      {"image micro is not what " + other + " says:\n  busybox-static: locked 0.", "--force"}));
  EXPECT_TRUE(refused(
      cli.run({"image", "build", "micro", "--locked"}),
      2,
      {"there is no micro.image.lock", "migralab image lock micro"}));

  // What is no lock is refused before the image is built anew.
  const std::string garbage = cli.put("garbage.image.lock", "]garbage\n");
  const Finished unread = cli.run({"image", "build", "micro", "--force", "--lock", garbage});
  EXPECT_TRUE(refused(unread, 2, {garbage}));
  EXPECT_EQ(unread.errors.find("building"), std::string::npos) << unread.errors;
  EXPECT_LT(unread.took, std::chrono::seconds(2));

  // The owner changes a byte of the initial RAM disk.
  const fs::path image = folder_of_image(cache);
  ASSERT_TRUE(succeeded(cli.run_program({"/usr/bin/truncate", "--size=+1", image / "initramfs"})));
  EXPECT_TRUE(refused(
      cli.run({"image", "verify", "micro"}),
      1,
      {"initramfs is not what was built: its digest differs", "migralab image build micro"}));
  const Finished rebuilt = cli.run({"image", "build", "micro"}, Seconds(200));
  EXPECT_TRUE(succeeded(rebuilt));
  EXPECT_NE(rebuilt.errors.find("image micro is damaged"), std::string::npos) << rebuilt.errors;
  EXPECT_TRUE(succeeded(cli.run({"image", "verify"})));

  const fs::path former = image.parent_path() / "micro-0123456789ab";
  ASSERT_TRUE(succeeded(cli.run_program({"/usr/bin/cp", "-r", image, former})));
  ASSERT_TRUE(succeeded(cli.run({"image", "gc", "--dry-run"})));
  EXPECT_TRUE(fs::exists(former));
  EXPECT_TRUE(succeeded(cli.run({"image", "gc"})));
  EXPECT_FALSE(fs::exists(former));
  EXPECT_TRUE(fs::exists(image));
}

MIGRALAB_BOTH_MODES(ImageOfALab);

} // namespace

} // namespace migralab::test
