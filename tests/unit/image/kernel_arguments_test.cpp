// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/image.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

constexpr auto fixed = "console=ttyS0 quiet cryptomgr.notests no_timer_check ipv6.disable=1 ";

TEST(KernelArguments, DescribeEveryNicInOrder) {
  EXPECT_EQ(
      kernel_arguments(
          "web",
          {{"52:54:00:12:34:56", "10.10.0.13/24"}, {"52:54:00:12:34:57", "10.20.0.13/24"}},
          "AAAAC3+/",
          {"echo", "http"}),
      std::string(fixed) +
          "migralab.guest=web migralab.nic=52:54:00:12:34:56,10.10.0.13/24 "
          "migralab.nic=52:54:00:12:34:57,10.20.0.13/24 migralab.key=AAAAC3+/ migralab.services=echo,http");
}

TEST(KernelArguments, LeaveOutWhatAGuestDoesNotHave) {
  EXPECT_EQ(kernel_arguments("idle", {}, "", {}), std::string(fixed) + "migralab.guest=idle");
}

TEST(KernelArguments, NameTheWayOut) {
  EXPECT_EQ(
      kernel_arguments(
          "web", {{"52:54:00:12:34:56", "10.10.0.13/24"}}, "", {}, OutboundRoute{"10.10.0.2", "10.10.0.3"}),
      std::string(fixed) + "migralab.guest=web migralab.nic=52:54:00:12:34:56,10.10.0.13/24 "
                           "migralab.gateway=10.10.0.2 migralab.dns=10.10.0.3");
}

} // namespace
} // namespace migralab
