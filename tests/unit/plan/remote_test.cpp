// SPDX-License-Identifier: Apache-2.0
// Plans of labs on hosts that outlive them.
#include "migralab/core/error.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/topology/load.hpp"
#include "support/golden.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab {
namespace {

Topology cluster() {
  return load_topology(test::source_path("topologies/cluster-remote.lab.yaml"));
}

Capabilities small() {
  return {.memory_available = Bytes::mib(512), .disk_available = Bytes::gib(1), .autossh = true};
}

TEST(RemotePlan, IsThatOfTheGoldenFile) {
  test::expect_golden(
      test::source_path("tests/unit/plan/golden/cluster-remote.txt"), render_plan(make_plan(cluster(), small())));
}

TEST(RemotePlan, GuestsElsewhereTakeNoMemoryHere) {
  Topology topology = cluster();
  topology.guests.front().memory = Bytes::gib(64);
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, small())));
}

TEST(RemotePlan, WhoEmulatesIsAskedThere) {
  Capabilities here = small();
  EXPECT_TRUE(make_plan(cluster(), here).kvm) << "this machine's KVM does not matter";
  here.remote_emulated = "n2 has no KVM";
  EXPECT_FALSE(make_plan(cluster(), here).kvm);
  Topology wants_kvm = cluster();
  wants_kvm.accelerator = Accelerator::kvm;
  EXPECT_THROW(static_cast<void>(make_plan(wants_kvm, here)), Error);
}

TEST(RemotePlan, TheWayThereIsKeptByAutossh) {
  Capabilities without = small();
  without.autossh = false;
  EXPECT_THROW(static_cast<void>(make_plan(cluster(), without)), Error);
}

TEST(RemotePlan, CablesBearTheInstance) {
  Topology topology = cluster();
  topology.instance = "1a2b3c4d-0000-4000-8000-000000000000";
  for (const MakeLink& link : links_of(topology)) {
    EXPECT_EQ(link.remote, link.node == "client" ? "" : "ml1a2b3c") << link.node;
  }
}

} // namespace
} // namespace migralab
