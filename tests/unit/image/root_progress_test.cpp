// SPDX-License-Identifier: Apache-2.0
#include "root_progress.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

TEST(RootProgress, GoesFromNothingToAllByPackages) {
  RootProgress progress;
  EXPECT_FALSE(progress.feed("Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]")) << "a list";
  EXPECT_EQ(progress.done(), 0);
  EXPECT_FALSE(progress.feed("0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded."));
  EXPECT_TRUE(progress.feed("Get:1 http://deb.debian.org/debian bookworm/main amd64 libc6 amd64 2.36-9 [2759 kB]"));
  EXPECT_EQ(progress.detail(), "fetching libc6");
  EXPECT_TRUE(progress.feed("Unpacking libc6:amd64 (2.36-9) ..."));
  EXPECT_EQ(progress.detail(), "unpacking libc6");
  EXPECT_TRUE(progress.feed("Setting up libc6:amd64 (2.36-9) ..."));
  EXPECT_EQ(progress.detail(), "setting up libc6");
  const double half_of_the_first = progress.done();
  EXPECT_GT(half_of_the_first, 0.1);
  progress.feed("0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.");
  EXPECT_GT(progress.done(), half_of_the_first);
  for (const char* line :
       {"Get:1 URL SUITE amd64 wrk amd64 1 [1 B]", "Unpacking wrk (1) ...", "Setting up wrk (1) ..."}) {
    EXPECT_TRUE(progress.feed(line));
  }
  EXPECT_EQ(progress.done(), 1);
  progress.feed("Setting up something more (1) ...");
  EXPECT_EQ(progress.done(), 1) << "more than was told must not go beyond the end";
}

TEST(RootProgress, SaysNothingOfOtherLines) {
  RootProgress progress;
  progress.feed("0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.");
  EXPECT_FALSE(progress.feed("Processing triggers for libc-bin (2.36-9) ..."));
  EXPECT_EQ(progress.done(), 0);
}

} // namespace
} // namespace migralab
