// SPDX-License-Identifier: Apache-2.0
// What can be done with the disks of a running lab, and what can go wrong with them: secrets, full and missing storage,
// disks that come, go and grow.
#include "support/lab_test.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <thread>
#include <tuple>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class Disks : public LabTest {
protected:
  /// Two hosts, and a guest whose disk of 64MiB is on `storage`, written as in the file.
  static std::string lab(const Cli& cli, const std::string& storage) {
    return cli.put(
        "disks.lab.yaml",
        fmt::format(
            "lab: disks\n"
            "networks: {{lan: }}\n"
            "storage: {{store: {}}}\n"
            "hosts: {{h1: {{memory: 1GiB}}, h2: {{memory: 1GiB}}}}\n"
            "clients: {{client: }}\n"
            "guests: {{web: {{memory: 128MiB, disk: {{storage: store, size: 64MiB}}}}}}\n",
            storage));
  }

  static Finished in_guest(const Cli& cli, const std::string& script, Seconds limit = Seconds(60)) {
    return cli.run({"exec", "web", "--", "sh", "-c", script}, limit);
  }

  static void bring_up(const Cli& cli, const std::string& storage) {
    ASSERT_TRUE(succeeded(cli.run({"up", lab(cli, storage)}, Seconds(180))));
  }
};

/// Processes whose command line has the text in it.
std::vector<std::string> command_lines_with(const std::string& text) {
  std::vector<std::string> found;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const std::string line = text_of(entry.path() / "cmdline");
    if (line.find(text) != std::string::npos) {
      found.push_back(line);
    }
  }
  return found;
}

/// Files below the folder that have the text in them.
std::vector<fs::path> files_with(const fs::path& folder, const std::string& text) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && text_of(entry.path()).find(text) != std::string::npos) {
      found.push_back(entry.path());
    }
  }
  return found;
}

TEST_P(Disks, AChapSecretStaysInItsFile) {
  const Cli cli(GetParam());
  bring_up(cli, "{type: iscsi, chap: true}");
  const fs::path file = cli.lab_folder("disks") / "secrets" / "store";
  std::string secret = text_of(file);
  ASSERT_EQ(secret.size(), 17U);
  secret.pop_back();
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
  ASSERT_TRUE(succeeded(cli.run({"migrate", "web", "h2"}, Seconds(120)))) << "the destination has the secret, too";
  EXPECT_TRUE(succeeded(in_guest(cli, "echo 3 >/proc/sys/vm/drop_caches; ls /srv/www")));
  const Finished verified = cli.run({"storage", "verify"});
  EXPECT_TRUE(succeeded(verified));
  EXPECT_EQ(command_lines_with(secret), std::vector<std::string>{});
  EXPECT_EQ(files_with(cli.lab_folder("disks"), secret), std::vector<fs::path>{file});
  const Finished inspected = cli.run({"inspect", "--json"});
  const Finished planned = cli.run({"up", "--dry-run", lab(cli, "{type: iscsi, chap: true}")});
  for (const Finished& said : {verified, inspected, planned}) {
    EXPECT_EQ((said.output + said.errors).find(secret), std::string::npos);
  }
  // Without the secret there is no way in: the target asks.
  std::ofstream(file) << "not-the-secret-of-it\n";
  const Finished refusal = cli.run({"storage", "verify"});
  EXPECT_EQ(refusal.code, 1);
  for (const std::string host : {"h1", "h2"}) {
    EXPECT_NE(
        refusal.output.find(fmt::format(
            "web      store    {}    FAILED  iqn.2026-11.org.migralab:disks.store LUN 1 at 10.10.0.10: the login was "
            "refused: the secret in {} is not the target's (the target has the secret that the file held when the lab "
            "came up: put that back, or `migralab down` and `up`)",
            host,
            file.native())),
        std::string::npos)
        << refusal.output;
  }
}

TEST_P(Disks, AUsersSecretMustBeOne) {
  const Cli cli(GetParam());
  const std::string shared = cli.put("secret", "tooshort\n");
  const std::string storage = fmt::format("{{type: iscsi, chap: {{user: anna, secret_file: {}}}}}", shared);
  EXPECT_TRUE(refused(
      cli.run({"up", lab(cli, storage)}),
      2,
      {"storage store: the file " + shared + " holds no CHAP secret: it has 8 characters",
       "a secret is one line of 12 to 255 printable ASCII characters, no blanks"}));
  std::ignore = cli.put("secret", "long-enough-to-be-one\n");
  fs::permissions(shared, fs::perms(0644));
  const Finished up = cli.run({"up", lab(cli, storage)}, Seconds(180));
  ASSERT_TRUE(succeeded(up));
  EXPECT_NE(up.errors.find("warning: others may read the CHAP secret in " + shared), std::string::npos) << up.errors;
  EXPECT_TRUE(succeeded(cli.run({"storage", "verify"})));
  EXPECT_EQ(files_with(cli.lab_folder("disks"), "long-enough-to-be-one"), std::vector<fs::path>{});
}

TEST_P(Disks, ComeGoAndGrow) {
  const Cli cli(GetParam());
  bring_up(cli, "{type: iscsi}");
  ASSERT_TRUE(succeeded(in_guest(cli, "echo kept >/srv/data; umount /srv")));
  EXPECT_TRUE(refused(
      cli.run({"storage", "resize", "web", "32MiB"}), 2, {"the disk of web holds 64MiB", "cut off", "above 64MiB"}));
  EXPECT_TRUE(refused(
      cli.run({"storage", "resize", "web", "128MiB"}),
      2,
      {"the disk of web is attached, and its iSCSI server (tgtd) gives a LUN the size that its file has when the LUN "
       "is made",
       "`migralab storage detach web`, then `storage resize web 128MiB`, then `storage attach web`"}));
  EXPECT_TRUE(refused(cli.run({"storage", "resize", "web", "128"}), 2, {"'128' is no size"}));
  EXPECT_TRUE(refused(cli.run({"storage", "detach", "h1"}), 2, {"h1"}));
  for (const std::string said : {"is detached; its file stays", "was detached already"}) {
    const Finished detached = cli.run({"storage", "detach", "web"});
    ASSERT_TRUE(succeeded(detached));
    EXPECT_EQ(detached.output, "the disk of web " + said + "\n");
  }
  EXPECT_FALSE(succeeded(in_guest(cli, "ls /dev/vd*")));
  EXPECT_TRUE(succeeded(cli.run({"storage", "verify"}))) << "a detached disk is no failure";
  ASSERT_TRUE(succeeded(cli.run({"storage", "resize", "web", "128MiB"})));
  ASSERT_TRUE(succeeded(cli.run({"migrate", "web", "h2"}, Seconds(120))));
  for (const std::string said : {"is attached; the guest sees a new block device", "was attached already"}) {
    const Finished attached = cli.run({"storage", "attach", "web"});
    ASSERT_TRUE(succeeded(attached));
    EXPECT_EQ(attached.output, "the disk of web " + said + "\n");
  }
  const Finished back = in_guest(cli, "mount -t ext4 /dev/vda /srv; cat /srv/data /sys/block/vda/size");
  EXPECT_EQ(back.output, "kept\n262144\n") << back.errors;
  ASSERT_TRUE(succeeded(cli.run({"migrate", "web", "h1"}, Seconds(120))));
  EXPECT_TRUE(succeeded(cli.run({"storage", "verify"})));
}

TEST_P(Disks, AreMeasuredWithoutAGuest) {
  const Cli cli(GetParam());
  bring_up(cli, "{type: iscsi, chap: true}");
  const Finished measured =
      cli.run({"storage", "bench", "--json", "--seconds", "0.3", "--block", "4KiB", "--depth", "1,8", "--from", "h2"});
  ASSERT_TRUE(succeeded(measured));
  const nlohmann::json results = nlohmann::json::parse(measured.output).at("results");
  ASSERT_EQ(results.size(), 4U) << "reads and writes, at two depths";
  for (const nlohmann::json& result : results) {
    EXPECT_EQ(result.at("host"), "h2");
    EXPECT_GT(result.at("requests"), 10);
    const nlohmann::json& latency = result.at("latency_us");
    EXPECT_GT(latency.at("p50"), 0);
    EXPECT_LE(latency.at("p50"), latency.at("p99"));
    EXPECT_LE(latency.at("p99"), latency.at("max"));
  }
  EXPECT_FALSE(fs::exists(cli.lab_folder("disks") / "disks" / "store" / "_bench.img")) << "the scratch disk stayed";
  EXPECT_TRUE(succeeded(cli.run({"storage", "verify"}))) << "guests' disks were not touched";
  EXPECT_TRUE(refused(
      cli.run({"storage", "bench", "--from", "client"}),
      2,
      {"'client' is no host on the network of storage store", "h1, h2"}));
  EXPECT_TRUE(refused(cli.run({"storage", "bench", "--block", "5000B"}), 2, {"--block: '5000B' is out of range"}));
}

TEST_P(Disks, LieInAFolderOfTheUsersChoice) {
  const Cli cli(GetParam());
  const fs::path keep = fs::path(cli.put("keep/readme", "mine\n")).parent_path();
  const std::string storage = fmt::format("{{type: iscsi, folder: {}}}", keep.native());
  fs::permissions(keep, fs::perms::all); // the labs may be another user's
  fs::create_directory(keep / "disks-store");
  EXPECT_TRUE(refused(
      cli.run({"up", lab(cli, storage)}, Seconds(60)),
      1,
      {"storage store: cannot make " + (keep / "disks-store").native() + ": File exists", "not of this lab"}));
  EXPECT_TRUE(fs::exists(keep / "disks-store")) << "what is not ours was removed";
  fs::remove(keep / "disks-store");
  bring_up(cli, storage);
  EXPECT_TRUE(fs::exists(keep / "disks-store" / "web.img"));
  ASSERT_TRUE(succeeded(cli.run({"down"})));
  EXPECT_FALSE(fs::exists(keep / "disks-store"));
  EXPECT_TRUE(fs::exists(keep / "readme"));
  if (GetParam() == Mode::rootless) { // nothing is read-only to root
    EXPECT_TRUE(refused(
        cli.run({"check", lab(cli, "{type: iscsi, folder: /usr}")}),
        2,
        {"storage store: cannot write to the folder for its disks, /usr: Permission denied"}));
  }
}

TEST_P(Disks, ThatAreGoneAreMissed) {
  const Cli cli(GetParam());
  bring_up(cli, "{type: iscsi}");
  const fs::path file = cli.lab_folder("disks") / "disks" / "store" / "web.img";
  fs::rename(file, file.native() + ".away");
  const Finished missed = cli.run({"storage", "verify"});
  EXPECT_EQ(missed.code, 1);
  EXPECT_NE(
      missed.output.find(
          "iqn.2026-11.org.migralab:disks.store LUN 1 answers, but its file " + file.native() +
          " is not there any more"),
      std::string::npos)
      << missed.output;
  ASSERT_TRUE(succeeded(cli.run({"storage", "detach", "web"}))) << "it can still be let go of";
  for (const Cli::Words& words : {Cli::Words{"storage", "attach", "web"}, {"storage", "resize", "web", "96MiB"}}) {
    EXPECT_TRUE(refused(
        cli.run(words), 1, {"the file of web's disk, " + file.native() + ", is not there any more", "put it back"}));
  }
  fs::rename(file.native() + ".away", file);
  EXPECT_TRUE(succeeded(cli.run({"storage", "attach", "web"})));
  EXPECT_TRUE(succeeded(cli.run({"storage", "verify"})));
}

MIGRALAB_BOTH_MODES(Disks);

using RootDisks = Disks;

TEST_P(RootDisks, ThatAnNfsServerHasNoMoreAreMissed) {
  const Cli cli(GetParam());
  bring_up(cli, "{type: nfs}");
  EXPECT_TRUE(succeeded(cli.run({"storage", "resize", "web", "96MiB"}))) << "while it is attached";
  EXPECT_EQ(in_guest(cli, "cat /sys/block/vda/size").output, "196608\n");
  fs::rename(cli.lab_folder("disks") / "disks" / "store" / "web.img", cli.folder() / "web.img");
  std::this_thread::sleep_for(std::chrono::milliseconds(1500)); // the server believes what it knows for a second
  const Finished missed = cli.run({"storage", "verify"});
  EXPECT_EQ(missed.code, 1);
  EXPECT_NE(
      missed.output.find(
          "web      store    h2    FAILED  the NFS server at 10.10.0.10 has no /disks/web.img (the disk's file was "
          "removed or renamed while the lab ran: put it back, or `migralab down` and `up` make it anew)"),
      std::string::npos)
      << missed.output;
}

/// The guest's writes fail, and nothing else.
void fill_and_go_on(const Cli& cli, const MountView& view, const fs::path& folder) {
  constexpr std::uint64_t left = 6U << 20U;
  const std::uint64_t room = fs::space(view.seen_from_outside(folder)).available;
  ASSERT_GT(room, left);
  const Finished filled = cli.run_program(
      {"/bin/dd",
       "if=/dev/zero",
       "of=" + (folder / "filler").native(),
       "bs=1M",
       fmt::format("count={}", (room - left) >> 20U)});
  ASSERT_TRUE(succeeded(filled));
  const Finished written = cli.run(
      {"exec", "web", "--", "sh", "-c", "dd if=/dev/urandom of=/srv/big bs=64k count=400 conv=fsync"}, Seconds(120));
  EXPECT_NE(written.code, 0);
  EXPECT_NE(written.errors.find("Input/output error"), std::string::npos) << written.errors;
  EXPECT_EQ(cli.inspect("disks").at("guests").at(0).at("state"), "running");
  EXPECT_TRUE(succeeded(cli.run({"exec", "web", "--", "true"})));
  EXPECT_TRUE(succeeded(cli.run({"migrate", "web", "h2"}, Seconds(120))));
  EXPECT_TRUE(succeeded(cli.run({"storage", "verify"})));
  EXPECT_TRUE(succeeded(cli.run({"down"})));
  EXPECT_FALSE(fs::exists(view.seen_from_outside(folder / "disks-store")));
}

TEST_P(RootDisks, OnFullStorageFailInTheGuestAndTheLabGoesOn) {
  for (const std::string type : {"iscsi", "nfs"}) {
    SCOPED_TRACE(type);
    const ScratchFolder scratch;
    const MountView view(
        {{.source = "tmpfs", .target = scratch.path(), .type = "tmpfs", .options = "size=80m,mode=0755"}});
    Cli cli(GetParam());
    cli.look_through(view);
    const std::string storage = fmt::format("{{type: {}, folder: {}}}", type, scratch.path().native());
    bring_up(cli, storage);
    fill_and_go_on(cli, view, scratch.path());
    EXPECT_TRUE(refused(
        cli.run({"up", lab(cli, storage)}),
        3,
        {"the disks on storage store hold 64.0 MiB, in " + scratch.path().native() + " there is room for"}));
  }
}

INSTANTIATE_TEST_SUITE_P(Labs, RootDisks, ::testing::Values(Mode::root), ::testing::PrintToStringParamName());

} // namespace

} // namespace migralab::test
