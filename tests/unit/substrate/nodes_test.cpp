// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/nodes.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

TEST(NodeFolders, AreApart) {
  EXPECT_EQ(node_folder("h1"), "/run/migralab/h1");
  EXPECT_EQ(namespaces_of("h1").net, "/run/migralab/h1/ns/net");
  EXPECT_EQ(namespaces_of("h1").mount, "/run/migralab/h1/ns/mnt");
  EXPECT_EQ(namespaces_of("h1").uts, "/run/migralab/h1/ns/uts");
}

} // namespace
} // namespace migralab
