// SPDX-License-Identifier: Apache-2.0
// Tests that follow each other in one lab on machines that outlive it.
#pragma once

#include "support/cluster.hpp"

namespace migralab::test {

class FarLabTest : public LabTest {
protected:
  /// `topology` of a lab `far` with a guest `web`.
  FarLabTest(Cluster::Kind kind, const char* topology) : kind_(kind), topology_(topology) {}

  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    if (!cluster_) {
      cluster_ = std::make_unique<Cluster>(GetParam(), kind_);
      stands_ = cluster_->start();
      if (stands_) {
        stands_ = succeeded(bring_up(topology_));
      }
    }
    ASSERT_TRUE(stands_);
  }
  static void TearDownTestSuite() {
    if (cluster_) {
      static_cast<void>(cluster_->run({"down", "far"}, Seconds(300)));
    }
    cluster_.reset();
  }

  static Cluster& cluster() { return *cluster_; }
  static Finished bring_up(const std::string& topology) {
    return cluster().run({"up", cluster().put("far.lab.yaml", topology)}, Seconds(1200));
  }
  static Finished migrate(const Cli::Words& more) {
    Cli::Words words{"migrate"};
    words.insert(words.end(), more.begin(), more.end());
    return cluster().run(words, Seconds(900));
  }
  static Finished in_guest(const std::string& line) {
    return cluster().run({"exec", "web", "--", "sh", "-c", line}, Seconds(120));
  }
  static void expect_that_down_leaves_nothing() {
    EXPECT_TRUE(succeeded(cluster().run({"down", "far"}, Seconds(300))));
    EXPECT_EQ(cluster().left(), "");
    EXPECT_TRUE(succeeded(cluster().run({"audit"}, Seconds(120))));
  }

private:
  inline static std::unique_ptr<Cluster> cluster_;
  inline static ::testing::AssertionResult stands_ = ::testing::AssertionSuccess();
  Cluster::Kind kind_;
  const char* topology_;
};

} // namespace migralab::test
