// SPDX-License-Identifier: Apache-2.0
#include "modules.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab {
namespace {

// As depmod writes it for Debian's cloud kernel, shortened: virtio_pci names all it needs, not in load order.
constexpr auto dep = R"(kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/drivers/char/hw_random/virtio-rng.ko.xz: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/net/core/failover.ko:
kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
)";

std::size_t place(const std::vector<std::string>& order, const std::string& file) {
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), file) - order.begin());
}

TEST(LoadOrder, PutsEveryModuleAfterWhatItNeeds) {
  const auto order = load_order(dep, "", {"virtio_pci", "virtio_net"});
  const std::vector<std::string> expected{
      "kernel/drivers/virtio/virtio_ring.ko",
      "kernel/drivers/virtio/virtio.ko",
      "kernel/drivers/virtio/virtio_pci.ko",
      "kernel/net/core/failover.ko",
      "kernel/drivers/net/net_failover.ko",
      "kernel/drivers/net/virtio_net.ko"};
  EXPECT_EQ(order, expected);
  EXPECT_LT(place(order, "kernel/drivers/virtio/virtio_ring.ko"), place(order, "kernel/drivers/virtio/virtio.ko"));
}

TEST(LoadOrder, TreatsDashAndUnderscoreAlikeAndKeepsCompressedNames) {
  EXPECT_EQ(load_order(dep, "", {"virtio_rng"}).back(), "kernel/drivers/char/hw_random/virtio-rng.ko.xz");
  EXPECT_EQ(load_order(dep, "", {"virtio-rng"}).back(), "kernel/drivers/char/hw_random/virtio-rng.ko.xz");
}

TEST(LoadOrder, LeavesOutWhatTheKernelHasBuiltIn) {
  const auto order = load_order(
      dep, "kernel/drivers/block/virtio_blk.ko\nkernel/net/core/failover.ko\n", {"virtio_blk", "net_failover"});
  EXPECT_EQ(order, std::vector<std::string>{"kernel/drivers/net/net_failover.ko"});
}

TEST(LoadOrder, RefusesAModuleThatTheKernelDoesNotHave) {
  try {
    static_cast<void>(load_order(dep, "", {"floppy"}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the kernel has no module 'floppy'");
  }
}

TEST(LoadOrder, EndsOnACycle) {
  EXPECT_EQ(load_order("a.ko: b.ko\nb.ko: a.ko\n", "", {"a"}).size(), 2U);
}

} // namespace
} // namespace migralab
