// SPDX-License-Identifier: Apache-2.0
// Storage servers that outlive a lab and have tgtd or ganesha (docs/remote.md), as a distribution's packages start
// them.
#include "support/cluster.hpp"

namespace migralab::test {

namespace {

constexpr auto far_lab = R"(lab: far
networks: {lan: {mtu: 1450}}
storage:
  blocks: {type: iscsi, ssh: a1, chap: true}
  files: {type: nfs, ssh: a2}
hosts: {h1: {memory: 512MiB}, h2: {memory: 512MiB}}
clients: {client: }
guests:
  web: {memory: 96MiB, host: h1, networks: {lan: 10.10.0.99}, disk: {storage: blocks, size: 16MiB}}
  doc: {memory: 96MiB, host: h2, networks: {lan: 10.10.0.98}, disk: {storage: files, size: 16MiB}}
)";

constexpr auto bus_conf = R"(<busconfig><type>system</type><auth>EXTERNAL</auth>
<listen>unix:path=/run/dbus/system_bus_socket</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
)";

const std::string targets = "tgtadm --lld iscsi --mode target --op show; tgtadm --lld iscsi --mode account --op show";
const std::string exports = "dbus-send --system --print-reply --dest=org.ganesha.nfsd /org/ganesha/nfsd/ExportMgr "
                            "org.ganesha.nfsd.exportmgr.ShowExports";

class RemoteStorage : public LabTest {
protected:
  /// a1 gets a tgtd with a target and an account of others, a2 a ganesha.
  static void start_daemons(const Cluster& cluster) {
    const std::string bus = cluster.put("bus.conf", bus_conf);
    const std::string ganesha = cluster.put("ganesha.conf", "NFS_CORE_PARAM { Protocols = 3; Enable_NLM = false; }\n");
    ASSERT_TRUE(succeeded(cluster.on(
        "a1",
        "set -e; mkdir -p /run/tgtd; tgtd; for i in $(seq 50); do tgtadm --lld iscsi --mode target --op show && break; "
        "sleep 0.2; done; tgtadm --lld iscsi --mode target --op new --tid 1 --targetname "
        "iqn.2026-11.org.example:theirs; "
        "tgtadm --lld iscsi --mode account --op new --user migralab --password anothersecret")));
    ASSERT_TRUE(succeeded(cluster.on(
        "a2",
        // On its overlay there are no file handles.
        "set -e; mkdir -p /run/dbus /run/rpcbind /var/lib/migralab; mount -t tmpfs tmpfs /var/lib/migralab; "
        "dbus-daemon --fork --config-file=" +
            bus + "; rpcbind; ganesha.nfsd -L /run/ganesha.log -p /run/ganesha.pid -f " + ganesha +
            "; for i in $(seq 50); do " + exports + " && break; sleep 0.2; done")));
  }
  static std::string served(const Cluster& cluster) {
    return cluster.on("a1", targets).output + cluster.on("a2", exports + " | grep string").output;
  }
};

TEST_P(RemoteStorage, IsServedByTheHostsOwnTgtdAndGanesha) {
  Cluster cluster(GetParam(), Cluster::Kind::namespaces);
  ASSERT_TRUE(cluster.start());
  const std::string file = cluster.put("far.lab.yaml", far_lab);
  EXPECT_TRUE(refused(cluster.run({"up", file}), 3, {"files (a2): no NFS server runs there: install and start"}));
  start_daemons(cluster);
  ASSERT_FALSE(HasFatalFailure());
  const std::string before = served(cluster);

  ASSERT_TRUE(succeeded(cluster.run({"up", file}, Seconds(180))));
  for (const char* word : {"Target 2: iqn.", "/served/web.img", "migralab.ml"}) {
    EXPECT_NE(cluster.on("a1", targets).output.find(word), std::string::npos) << word;
  }
  EXPECT_NE(cluster.on("a2", exports).output.find("/served\""), std::string::npos);
  EXPECT_TRUE(succeeded(cluster.run({"exec", "web", "--", "sh", "-c", "echo block-of-web >/srv/word && sync"})));
  EXPECT_TRUE(succeeded(cluster.run({"exec", "doc", "--", "sh", "-c", "echo file-of-doc >/srv/word && sync"})));
  EXPECT_TRUE(succeeded(cluster.run({"migrate", "web", "h2"})));
  EXPECT_TRUE(succeeded(cluster.run({"migrate", "doc", "h1"})));
  EXPECT_EQ(cluster.run({"exec", "web", "--", "cat", "/srv/word"}).output, "block-of-web\n");
  EXPECT_EQ(cluster.run({"exec", "doc", "--", "cat", "/srv/word"}).output, "file-of-doc\n");
  EXPECT_TRUE(succeeded(cluster.on("a1", "grep -q block-of-web /var/lib/migralab/*/served/web.img")));
  EXPECT_TRUE(succeeded(cluster.on("a2", "grep -q file-of-doc /var/lib/migralab/*/served/doc.img")));
  const Finished audit = cluster.run({"audit"});
  for (const char* item : {"tgt iqn.", "account migralab.ml", "share /var/lib/migralab/"}) {
    EXPECT_NE(audit.output.find(item), std::string::npos) << item << " in\n" << audit.output;
  }
  for (const char* host : {"a1", "a2"}) { // then by the names of what is served
    ASSERT_TRUE(succeeded(cluster.on(host, "rm -r /var/lib/migralab/*-*-*")));
  }
  EXPECT_TRUE(succeeded(cluster.run({"down", "far"})));
  EXPECT_EQ(cluster.left(), "");
  // What others have there is as it was.
  EXPECT_EQ(served(cluster), before);
}

using RemoteStorageLong = RemoteStorage;

TEST_P(RemoteStorageLong, UpIsKilledAtEveryStepOfItsDisks) {
  Cluster cluster(GetParam(), Cluster::Kind::namespaces);
  ASSERT_TRUE(cluster.start());
  const std::string file = cluster.put("far.lab.yaml", far_lab);
  start_daemons(cluster);
  ASSERT_FALSE(HasFatalFailure());
  const std::string before = served(cluster);
  for (const char* step : {"] target blocks", "] nfs server files", "] disk web", "] export web", "] guest web"}) {
    SCOPED_TRACE(step);
    {
      Child up = cluster.start({"up", file});
      ASSERT_TRUE(up.wait_for_text(step, Seconds(120))) << up.errors();
      up.send(SIGKILL);
      static_cast<void>(up.wait(Seconds(5)));
    }
    EXPECT_TRUE(succeeded(cluster.run({"down", "far"})));
    EXPECT_EQ(cluster.left(), "");
    EXPECT_EQ(served(cluster), before);
  }
}

// In a user namespace sshd cannot read who may log in.
INSTANTIATE_TEST_SUITE_P(Labs, RemoteStorage, ::testing::Values(Mode::root), ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(Labs, RemoteStorageLong, ::testing::Values(Mode::root), ::testing::PrintToStringParamName());

} // namespace

} // namespace migralab::test
